"""A field with one value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError

from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.json import Document, Json
from backhaul.sdk.mapping.context import Inward, MapContext, Outward
from backhaul.sdk.mapping.explanation import Explanation, Loss
from backhaul.sdk.mapping.missing import MISSING, MissingType
from backhaul.sdk.mapping.parsed import Reading
from backhaul.sdk.mapping.slot import Nulls, ValueSlot
from backhaul.sdk.mapping.source import Source
from backhaul.sdk.mapping.wire_path import WirePath
from backhaul.sdk.mapping.wiring import Wiring

if TYPE_CHECKING:
    from backhaul.sdk.mapping.field import WireField

_UNSET = "it is required there, but not set here; fill it in, or keep the record from that system by a route"
_UNSAID = "it is required, but the document does not say it"


class ScalarSlot(ValueSlot):
    """One value; with several places it is the list of what stands there."""

    def __init__(
        self, field: WireField, source: Source, places: tuple[WirePath, ...], wiring: Wiring
    ) -> None:
        self.field = field
        self.source = source
        self.places = places
        self._only = places[0] if len(places) == 1 else None
        self.also = tuple(field.place(path) for path in field.options.get("also", ()))
        self.cleared: Json = field.options.get("cleared", wiring.cleared)
        self.flat = source.flat
        self.shown = ", ".join(f"{wiring.inside}{place}" for place in places)
        self.inside = wiring.inside
        self.sent = not field.load_only
        self.read = not field.dump_only
        self.late = field.dependent
        for place in (*places, *self.also):
            if place.elements is not None:
                raise ConfigurationError(f"wire path {place}: one value cannot stand for list elements.")

    def flatten(
        self, model: Any, scope: Outward, prefix: str, out: dict[str, Json], *, lenient: bool
    ) -> None:
        """Add the value, None when it is unset; nothing when the field says nothing about it."""
        source = self.source
        value = getattr(model, source.attribute) if source.attribute else source.get(model, scope.context)
        wire = None if value is None else self._spelled(value, scope)
        if (wire is None or wire is MISSING) and self.field.required and not lenient:
            raise ValidationError(_UNSET)
        if wire is not MISSING:
            out[prefix + self.flat] = wire

    def _spelled(self, value: Any, scope: Outward) -> Json | MissingType:
        wire = self.field.to_wire(value, scope)
        if self.field.validators and wire is not MISSING:
            for validator in self.field.validators:
                validator(wire)
        return None if wire == self.cleared and wire is not False and wire is not True else wire

    def parse(self, document: Any, prefix: str, reading: Reading) -> None:
        """Add the value, None when it was cleared."""
        wire = self.said(document)
        if wire is MISSING:
            if self.field.required and not reading.partial:
                raise ValidationError(_UNSAID)
            return
        if wire is None and self.field.required:
            raise ValidationError("it is required, but the document clears it")
        reading.fields[prefix + self.flat] = wire

    def said(self, document: Any) -> Json | MissingType:
        """Return the normal wire value, MISSING when nothing was said."""
        wire = self._found(document) if self._only is None else self._only.read(document)
        if wire is MISSING or wire is None or wire == self.cleared:
            return wire if wire is MISSING else None
        wire = self.field.normal(wire)
        for validator in self.field.validators:
            validator(wire)
        return wire

    def _found(self, document: Any) -> Json | MissingType:
        found = [place.read(document) for place in self.places]
        if all(value is MISSING for value in found):
            return MISSING
        values = [None if value is MISSING else value for value in found]
        return None if found[0] is None else values

    def write(self, document: Document, value: Json, nulls: Nulls) -> None:
        """Put the value into every place."""
        if value is None:
            self._clear(document, nulls)
            return
        if self._only is not None:
            self._only.write(document, value)
        elif isinstance(value, list):
            for place, part in zip(self.places, value, strict=True):
                place.write(document, part)
        for place in self.also:
            place.write(document, value)

    def _clear(self, document: Document, nulls: Nulls) -> None:
        if nulls is Nulls.OMIT:
            return
        for place in (*self.places, *self.also):
            # Within an array a merge patch keeps nulls as values, so there a cleared member is taken out.
            if nulls is Nulls.ERASE and self.cleared is None and (self.inside or place.names is None):
                place.erase(document)
            else:
                place.write(document, self.cleared)

    def apply(self, document: Document, value: Json, scope: Inward) -> None:
        """Set the canonical value; None clears it."""
        meant = None if value is None else self.field.from_wire(value, scope)
        if meant is not MISSING:
            self.source.set(document, meant)

    def understood(self, value: Json, context: MapContext) -> dict[str, Json]:
        """Return the value as we shall spell it once applied, by its path."""
        wire = None if value is None else self.field.understood(value, context)
        return {} if wire is MISSING else {self.flat: wire}

    def unresolved(self, value: Json) -> set[tuple[str, str]]:
        """Return the pair that `apply` needs, if any."""
        needed = None if value is None else self.field.unresolved(value)
        return {needed} if needed else set()

    def explain(self, model: Any, scope: Outward, prefix: str) -> Iterator[Explanation]:
        """Say how the value comes about; what cannot be mapped is shown as a problem."""
        out: dict[str, Json] = {}
        problem = None
        try:
            self.flatten(model, scope, prefix, out, lenient=not self.sent)
        except ValidationError as error:
            problem = self.failed(error, prefix).message
        value = out.get(prefix + self.flat)
        values = value if len(self.places) > 1 and isinstance(value, list) else [value] * len(self.places)
        for place, part in [*zip(self.places, values, strict=True), *((place, value) for place in self.also)]:
            yield Explanation(
                wire_path=f"{self.inside}{place}",
                source=prefix + self.flat,
                rule=self.field.rule(),
                value_map=self.field.value_map_name,
                value=part,
                loss=self.field.loss,
                problem=problem,
            )

    def manifest(self) -> Iterator[str]:
        """Yield each place with the type of what stands there."""
        types = self.field.wire_types()
        for place, kind in zip(self.places, types, strict=True):
            yield f"{self.inside}{place}: {kind}"
        for place in self.also:
            yield f"{self.inside}{place}: {types[0]}"

    def losses(self, prefix: str) -> Iterator[Loss]:
        """Yield what is declared to be lost."""
        for what in self.field.losses():
            yield Loss(prefix + self.flat, self.shown, what)

    def fields(self) -> Iterator[WireField]:
        """Yield the field."""
        yield self.field

    @property
    def roots(self) -> tuple[WirePath, ...]:
        """The wire paths it writes to."""
        return self.places + self.also
