"""Query: we ask a back office live and store nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from backhaul.processes.landscape import Landscape
from backhaul.sdk.capability import Role
from backhaul.sdk.envelope import Envelope, Verb
from backhaul.sdk.json import Document, Json
from backhaul.sdk.mapping.context import MapContext
from backhaul.sdk.reply import Stamp
from backhaul.store.unit_of_work import Store


@dataclass(frozen=True, slots=True)
class Seen:
    """One object as a back office shows it now, read into canonical fields."""

    external_id: str
    document: Document
    stamp: Stamp | None


@dataclass(frozen=True, slots=True)
class SeenPage:
    """One page, and the token of the next."""

    seen: tuple[Seen, ...]
    next_page: str | None


class Query:
    """Live reads through the declared `@queries` of a back office."""

    def __init__(self, store: Store, landscape: Landscape) -> None:
        self._store = store
        self._landscape = landscape

    def one(self, back_office: str, entity: str, external_id: str) -> SeenPage:
        """The object of this external id. Raises the error family."""
        return self._ask(back_office, entity, {"external_id": external_id})

    def page(
        self, back_office: str, entity: str, criteria: Mapping[str, Json], page: str | None = None
    ) -> SeenPage:
        """A page of the objects that match wire field values."""
        return self._ask(back_office, entity, {"criteria": dict(criteria), "page": page})

    def _ask(self, back_office: str, entity: str, question: Mapping[str, Any]) -> SeenPage:
        invocation = self._landscape.invocation(back_office)
        message_id = uuid4().hex
        envelope = Envelope(message_id, message_id, f"Query {entity}", entity, Verb.QUERY)
        answer = invocation.query(entity, envelope, **question)
        schema = invocation.schema(Role.QUERIES, entity)
        seen: list[Seen] = []
        for found in answer.found:
            fields = schema.parse(found.document, partial=True).fields
            with self._store.read() as uow:
                internal = uow.cross_references.to_internal(back_office, schema.unresolved(fields))
            context = MapContext(
                back_office, self._landscape.value_maps.get(back_office, {}), internal_ids=internal
            )
            known = schema.understood(fields, context)
            seen.append(Seen(found.external_id, schema.apply({}, known, context), found.stamp))
        return SeenPage(tuple(seen), answer.next_page)
