"""Calendar days on the wire."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any, ClassVar, Final, Unpack

from marshmallow import ValidationError

from backhaul.sdk.json import Json
from backhaul.sdk.mapping.clock_format import ClockFormat
from backhaul.sdk.mapping.context import Inward, Outward
from backhaul.sdk.mapping.field import FieldOptions, WireField
from backhaul.sdk.mapping.missing import MissingType
from backhaul.sdk.mapping.text_field import expected_text
from backhaul.sdk.mapping.wire_step import kind_of

_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Date(WireField):
    """A calendar day, ISO 8601 or in the system's own strftime `format`; `also_reads` are only understood."""

    wire_type: ClassVar[str] = "date"

    def __init__(
        self,
        *,
        format: str = "%Y-%m-%d",  # noqa: A002  (the word of the field)
        also_reads: tuple[str, ...] = (),
        **options: Unpack[FieldOptions],
    ) -> None:
        super().__init__(**options)
        self.format = ClockFormat(format)
        self.iso = format == "%Y-%m-%d"
        self.readings = tuple(ClockFormat(reading) for reading in (format, *also_reads))

    def to_wire(self, value: Any, scope: Outward) -> Json:  # noqa: ARG002
        """Return the day in the system's format."""
        if isinstance(value, str):
            value = self._iso_day(value)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise ValidationError(f"expected a day, found {kind_of(value)}")
        return self._written(value)

    def _iso_day(self, text: str) -> date:
        try:
            if _ISO.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        raise ValidationError("expected a day such as 2030-01-31")

    def _written(self, day: date) -> str:
        return day.isoformat() if self.iso else self.format.write(datetime.combine(day, time()))

    def _read(self, text: str) -> date:
        if self.iso and len(self.readings) == 1:
            return self._iso_day(text)
        for reading in self.readings[:-1]:
            try:
                return reading.read(text).date()
            except ValidationError:
                continue
        return self.readings[-1].read(text).date()

    def normal(self, value: Json) -> Json:
        """Return the day in the system's format."""
        return self._written(self._read(expected_text(value)))

    def from_wire(self, value: Json, scope: Inward) -> Json | MissingType:  # noqa: ARG002
        """Return the day in ISO 8601."""
        return self._read(expected_text(value)).isoformat()

    def rule(self) -> str:
        """Say the format."""
        return "ISO 8601" if self.iso else f"format {self.format.text}"

    def losses(self) -> tuple[str, ...]:
        """Say what the format leaves out."""
        return ("the century",) if "Y" not in self.format.directives else ()
