"""The two lines of a street, for addresses that are kept as street and house number, and as lines."""

from __future__ import annotations

from typing import Any, Literal

from backhaul.sdk.json import Document, Json
from backhaul.sdk.mapping import Inward, Outward, Text
from backhaul.sdk.mapping.scalar_slot import ScalarSlot
from backhaul.sdk.mapping.slot import Slot
from backhaul.sdk.mapping.source import Source
from backhaul.sdk.mapping.wiring import Wiring


class StreetLine(Text):
    """Street or house number; of an address that has only lines, the line given instead.

    What comes back is kept in the form that the address here has.
    """

    def __init__(self, *, path: str, line: Literal["line1", "line2"], max_length: int) -> None:
        super().__init__(path=path, max_length=max_length)
        self.line = line

    def slots(self, wiring: Wiring) -> list[Slot]:
        """Return the slot that chooses between the two forms."""
        street = Source(self.name or "", wiring.model)
        self.attach(wiring, street)
        return [_LineSlot(self, street, Source(self.line, wiring.model), wiring)]

    def losses(self) -> tuple[str, ...]:
        """Say what has no room."""
        return (*super().losses(), f"{self.line}, where a street is set; a new address is read as street")


class _LineSlot(ScalarSlot):
    def __init__(self, field: StreetLine, street: Source, line: Source, wiring: Wiring) -> None:
        super().__init__(field, street, field.places(), wiring)
        self._street = street
        self._line = line

    def flatten(
        self, model: Any, scope: Outward, prefix: str, out: dict[str, Json], *, lenient: bool
    ) -> None:
        value = getattr(
            model, self._line.text if _has_lines(model.street, model.line1) else self._street.text
        )
        out[prefix + self.flat] = None if value is None else self._said(value, scope)
        del lenient

    def _said(self, value: str, scope: Outward) -> Json:
        return self.field.to_wire(value, scope)  # type: ignore[return-value]  # text is never MISSING

    def apply(self, document: Document, value: Json, scope: Inward) -> None:
        del scope
        form = self._line if _has_lines(document.get("street"), document.get("line1")) else self._street
        form.set(document, value)


def _has_lines(street: Json, line1: Json) -> bool:
    return street is None and line1 is not None
