"""A list of references, each an element of a wire list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError

from backhaul.sdk.json import Document, Json
from backhaul.sdk.mapping import field_path
from backhaul.sdk.mapping.context import Inward, MapContext, Outward
from backhaul.sdk.mapping.explanation import Explanation, Loss
from backhaul.sdk.mapping.missing import MISSING
from backhaul.sdk.mapping.parsed import Reading, Removal
from backhaul.sdk.mapping.slot import ElementFields, ListSlot, Nulls
from backhaul.sdk.mapping.source import Source
from backhaul.sdk.mapping.wire_path import WirePath
from backhaul.sdk.mapping.wire_step import Match
from backhaul.sdk.mapping.wiring import Wiring

if TYPE_CHECKING:
    from backhaul.sdk.mapping.field import WireField
    from backhaul.sdk.mapping.reference_field import References


class ReferenceSlot(ListSlot):
    """Flat, each reference is a whole element whose value is the external id: ``contact_ids[C-7]``."""

    def __init__(self, field: References, source: Source, wiring: Wiring) -> None:
        self.field = field
        self.source = source
        self.place = field.place(field.path)
        self.outer, self.inner = self.place.split()
        self.match = self.outer.elements or Match(())
        self.flat = source.flat
        self.shown = f"{wiring.inside}{self.place}"
        self.sent = not field.load_only
        self.read = not field.dump_only

    def flatten(
        self, model: Any, scope: Outward, prefix: str, out: dict[str, Json], *, lenient: bool
    ) -> None:
        """Add an element for each reference that is bound."""
        path = prefix + self.flat
        added = False
        for ours in self.source.get(model, scope.context) or ():
            wire = self.field.to_wire(ours, scope)
            if wire is not MISSING:
                out[field_path.element(path, str(wire))] = wire
                added = True
        if self.field.required and not added and not lenient:
            raise ValidationError("at least one is required there, but none is set here; add one")

    def parse(self, document: Any, prefix: str, reading: Reading) -> None:
        """Add an element for each that meets the predicate."""
        items = self.outer.existing(document)
        if items is MISSING:
            if self.field.required and not reading.partial:
                raise ValidationError("it is required, but the document does not say it")
            return
        path = prefix + self.flat
        if self.field.complete:
            reading.complete.add(path)
        for item in items or ():
            wire = self._id_of(item)
            if wire is not None:
                reading.fields[field_path.element(path, str(wire))] = wire

    def _id_of(self, item: Json) -> Json:
        """Return the external id in an element of the wire list, None in one that is not ours."""
        if self.inner is None:
            return None if item is None else self.field.normal(item)
        if not self.match.selects(item):
            return None
        wire = self.inner.read(item)
        return None if wire is MISSING or wire is None else self.field.normal(wire)

    def _element(self, key: str) -> Json:
        wire = self.field.key_wire(key)
        if self.inner is None:
            return wire
        element = self.match.shell()
        self.inner.write(element, wire)
        return element

    def write(self, document: Document, elements: ElementFields, nulls: Nulls) -> None:
        """Add the references that are not there; take removed ones out when nulls are erased."""
        added = [key for key, fields in elements.items() if fields.get("") is not None]
        removed = {key for key in elements if key not in added} if nulls is Nulls.ERASE else set()
        if not added and not removed:
            return
        if not added and self.outer.existing(document) in (MISSING, None):
            return
        items = self.outer.made(document)
        present = [(None if (wire := self._id_of(item)) is None else str(wire)) for item in items]
        items[:] = [item for item, key in zip(items, present, strict=True) if key not in removed]
        items += [self._element(key) for key in added if key not in present]

    def apply(self, document: Document, elements: ElementFields, scope: Inward) -> None:
        """Add and remove our ids; what policy omits changes nothing."""
        ids = self.source.value(document)
        changed = list(ids) if isinstance(ids, list) else []
        for key, fields in elements.items():
            if fields.get("") is None:
                known = scope.context.internal_ids.get((self.field.resource, key))
                changed = [one for one in changed if known is None or one != known[1]]
                continue
            ours = self.field.ours(key, scope.context)
            if ours is not MISSING and ours not in changed:
                changed.append(ours)
        self.source.set(document, changed)

    def understood(self, elements: ElementFields, context: MapContext) -> ElementFields:
        """Return the references without those that policy omits."""
        return {
            key: fields
            for key, fields in elements.items()
            if fields.get("") is None or self.field.ours(key, context) is not MISSING
        }

    def unresolved(self, elements: ElementFields) -> set[tuple[str, str]]:
        """Return the cross references of all of them, also of those removed."""
        return {(self.field.resource, key) for key in elements}

    def removals(self, elements: ElementFields, prefix: str) -> Iterator[Removal]:
        """Yield the references that are removed."""
        for key, fields in elements.items():
            if fields.get("") is None:
                element = self._element(key)
                whole = field_path.element(prefix + self.flat, key)
                yield Removal(whole, self.shown, element if isinstance(element, dict) else {"": element})

    def explain(self, model: Any, scope: Outward, prefix: str) -> Iterator[Explanation]:
        """Say how each reference comes about."""
        out: dict[str, Json] = {}
        problem = None
        try:
            self.flatten(model, scope, prefix, out, lenient=True)
        except ValidationError as error:
            problem = self.failed(error, prefix).message
            out[prefix + self.flat] = None
        for path, value in out.items():
            rule, loss = self.field.rule(), self.field.loss
            yield Explanation(self.shown, path, rule, None, value, loss, problem if value is None else None)

    def manifest(self) -> Iterator[str]:
        """Yield the wire path."""
        yield f"{self.shown}: {self.field.wire_type}"

    def losses(self, prefix: str) -> Iterator[Loss]:
        """Yield what is declared to be lost."""
        for what in self.field.losses():
            yield Loss(prefix + self.flat, self.shown, what)

    def fields(self) -> Iterator[WireField]:
        """Yield the field."""
        yield self.field

    @property
    def roots(self) -> tuple[WirePath, ...]:
        """The wire list."""
        return (self.outer,)
