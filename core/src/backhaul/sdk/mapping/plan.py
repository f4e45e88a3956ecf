"""Plans: the compiled fields of one model, driven together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError

from backhaul.sdk.json import Document, Fields, Json
from backhaul.sdk.mapping import field_path
from backhaul.sdk.mapping.constant_slot import ConstantSlot
from backhaul.sdk.mapping.context import Inward, MapContext, Outward
from backhaul.sdk.mapping.explanation import Explanation, Loss
from backhaul.sdk.mapping.parsed import Reading, Removal
from backhaul.sdk.mapping.routes import Routes
from backhaul.sdk.mapping.slot import Nulls, Slot

if TYPE_CHECKING:
    from backhaul.sdk.mapping.field import WireField


class Plan:
    """The slots of one model; immutable, shared by threads. All paths are within the model."""

    def __init__(self, name: str, slots: Iterable[Slot]) -> None:
        self.name = name
        self.slots = tuple(slots)
        self.constants = tuple(slot for slot in self.slots if isinstance(slot, ConstantSlot))
        named = [slot for slot in self.slots if slot.flat]
        self.sent = tuple(slot for slot in named if slot.sent)
        self.received = tuple(slot for slot in named if slot.read)
        self.outward = Routes(name, self.sent, named)
        self.inward = Routes(name, self.received, named)

    def flatten(
        self, model: Any, scope: Outward, prefix: str, out: dict[str, Json], *, received: bool = False
    ) -> None:
        """Add the fields of the model; received: as a message would state them, to merge with."""
        for slot in self.received if received else self.sent:
            try:
                slot.flatten(model, scope, prefix, out, lenient=received)
            except ValidationError as error:
                raise slot.failed(error, prefix) from error

    def parse(self, document: Any, prefix: str, reading: Reading) -> None:
        """Add what the document says."""
        for slot in self.received:
            try:
                slot.parse(document, prefix, reading)
            except ValidationError as error:
                raise slot.failed(error, prefix) from error

    def write(self, document: Document, fields: Fields, nulls: Nulls) -> None:
        """Put fields into a wire document, with the constants."""
        for constant in self.constants:
            constant.state(document, created=nulls is Nulls.OMIT)
        values, lists = self.outward.of(fields)
        for slot, value in values:
            try:
                slot.write(document, value, nulls)
            except ValidationError as error:
                raise slot.failed(error, "") from error
        for listed, elements in lists.items():
            try:
                listed.write(document, elements, nulls)
            except ValidationError as error:
                raise listed.failed(error, "") from error

    def apply(self, document: Document, fields: Fields, prefix: str, scope: Inward) -> None:
        """Put the meaning of fields into a canonical document."""
        values, lists = self.inward.of(fields)
        values.sort(key=lambda pair: pair[0].late)
        for slot, value in values:
            try:
                slot.apply(document, value, scope)
            except ValidationError as error:
                raise slot.failed(error, prefix) from error
        for listed, elements in lists.items():
            try:
                listed.apply(document, elements, scope)
            except ValidationError as error:
                raise listed.failed(error, prefix) from error

    def understood(self, fields: Fields, context: MapContext) -> dict[str, Json]:
        """Return the fields as we shall spell them once applied, without what policy ignores."""
        values, lists = self.inward.of(fields)
        out: dict[str, Json] = {}
        for slot, value in values:
            try:
                out |= slot.understood(value, context)
            except ValidationError as error:
                raise slot.failed(error, "") from error
        for listed, elements in lists.items():
            for key, inner in listed.understood(elements, context).items():
                whole = field_path.element(listed.flat, key)
                out |= {f"{whole}.{rest}" if rest else whole: value for rest, value in inner.items()}
        return out

    def unresolved(self, fields: Fields) -> set[tuple[str, str]]:
        """Return the (resource, external id) pairs that `apply` needs."""
        values, lists = self.inward.of(fields)
        needed: set[tuple[str, str]] = set()
        for slot, value in values:
            needed |= slot.unresolved(value)
        for listed, elements in lists.items():
            needed |= listed.unresolved(elements)
        return needed

    def removals(self, fields: Fields, prefix: str) -> Iterator[Removal]:
        """Yield the list elements that the fields remove, with what identifies each on the wire."""
        for slot, elements in self.outward.of(fields)[1].items():
            yield from slot.removals(elements, prefix)

    def explain(self, model: Any, scope: Outward, prefix: str) -> Iterator[Explanation]:
        """Say how every wire field comes about."""
        for slot in self.slots:
            yield from slot.explain(model, scope, prefix)

    def manifest(self) -> Iterator[str]:
        """Yield the wire paths with their types."""
        for slot in self.slots:
            yield from slot.manifest()

    def losses(self, prefix: str) -> Iterator[Loss]:
        """Yield what is declared to be lost."""
        for slot in self.slots:
            yield from slot.losses(prefix)

    def fields(self) -> Iterator[WireField]:
        """Yield the fields, those of parts included."""
        for slot in self.slots:
            yield from slot.fields()
