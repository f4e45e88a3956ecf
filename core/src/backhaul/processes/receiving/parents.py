"""Parents: records that an inbound one cannot do without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from backhaul.entities import Record
from backhaul.processes.landscape import Landscape
from backhaul.sdk.capability import Role
from backhaul.sdk.errors import MappingError
from backhaul.sdk.invocation import Invocation
from backhaul.sdk.mapping.context import MapContext
from backhaul.sdk.mapping.schema import WireSchema
from backhaul.sdk.outcome import View
from backhaul.store.records import Ref

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Parents:
    """Finds references to records that are not known here and without which the message cannot be read."""

    landscape: Landscape

    def missing(
        self,
        invocation: Invocation,
        schema: WireSchema[Record],
        entity: str,
        view: View,
        internal: Mapping[Pair, Ref],
    ) -> str | None:
        """The first one, in words; None when all are known."""
        unknown = sorted(schema.unresolved(view.fields) - set(internal))
        if not unknown:
            return None
        sends = invocation.capabilities.get(Role.SENDS, entity)
        declared = {part.entity for part in sends.needs} if sends is not None else set()
        exchanged = {invocation.resource(name): name for name in self.landscape.entities}
        for pair in unknown:
            parent = exchanged.get(pair[0])
            if parent is None:
                continue
            if parent in declared or self._is_needed(invocation, schema, view, internal, pair, exchanged):
                return f"{parent} {pair[0]} {pair[1]} is not known here"
        return None

    def _is_needed(
        self,
        invocation: Invocation,
        schema: WireSchema[Record],
        view: View,
        internal: Mapping[Pair, Ref],
        pair: Pair,
        exchanged: Mapping[str | None, str],
    ) -> bool:
        """Whether the message could be read if only this one were known, and cannot be without it."""
        others = {
            one: (exchanged[one[0]], "?")
            for one in schema.unresolved(view.fields)
            if one not in internal and one[0] in exchanged
        }
        context = MapContext(
            invocation.name,
            self.landscape.value_maps.get(invocation.name, {}),
            internal_ids={**others, **internal},
        )
        without = {one: ref for one, ref in context.internal_ids.items() if one != pair}
        try:
            schema.understood(view.fields, context)
        except MappingError:
            return False  # wrong whatever is known: it is refused for what is wrong with it
        try:
            schema.understood(view.fields, replace(context, internal_ids=without))
        except MappingError:
            return True
        return False
