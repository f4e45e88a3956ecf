"""Points in time on the wire."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import Any, ClassVar, Final, Literal, TypeAlias, Unpack
from zoneinfo import ZoneInfo

from marshmallow import ValidationError

from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.json import Json
from backhaul.sdk.mapping.clock_format import ClockFormat
from backhaul.sdk.mapping.context import Inward, Outward
from backhaul.sdk.mapping.field import FieldOptions, WireField
from backhaul.sdk.mapping.missing import MissingType
from backhaul.sdk.mapping.text_field import expected_text
from backhaul.sdk.mapping.wire_step import kind_of

Resolution: TypeAlias = Literal["microsecond", "millisecond", "second", "minute", "day"]

_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:?\d\d)", re.ASCII)
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_STEPS: Final[Mapping[str, timedelta]] = MappingProxyType(
    {
        "microsecond": timedelta(microseconds=1),
        "millisecond": timedelta(milliseconds=1),
        "second": timedelta(seconds=1),
        "minute": timedelta(minutes=1),
        "day": timedelta(days=1),
    }
)


def _zone(name: str) -> tzinfo:
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ConfigurationError(
            f"{name!r} is not a time zone that this machine knows.", hint="Write it like Europe/Berlin."
        ) from None


def canonical(moment: datetime) -> str:
    """Return the moment as canonical documents hold it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def iso_moment(text: str) -> datetime:
    """Return the moment of an ISO 8601 text with an offset. Raises marshmallow.ValidationError."""
    if not _ISO.fullmatch(text):
        raise ValidationError("expected a date and time with an offset, such as 2030-01-31T10:00:00Z")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValidationError("the date and time is not in the calendar") from None


class Moment(WireField):
    """A point in time: `iso`, `epoch` (seconds since 1970), `epoch_ms`, or a strftime format.

    A format without %z is the local time of `zone`. The resolution is that of the format unless stated
    coarser; what is finer is cut off, a declared loss.
    """

    wire_type: ClassVar[str] = "moment"

    def __init__(
        self,
        *,
        format: str = "iso",  # noqa: A002  (the word of the field)
        zone: str = "UTC",
        resolution: Resolution | None = None,
        **options: Unpack[FieldOptions],
    ) -> None:
        super().__init__(**options)
        self.format = format
        self.zone = _zone(zone)
        self.zone_name = zone
        self.clock = None if format in {"iso", "epoch", "epoch_ms"} else ClockFormat(format)
        self.resolution = resolution or self._finest()
        self.step = _STEPS[self.resolution]

    def _finest(self) -> Resolution:
        if self.clock is None:
            finest: dict[str, Resolution] = {
                "iso": "microsecond",
                "epoch": "second",
                "epoch_ms": "millisecond",
            }
            return finest[self.format]
        written = self.clock.directives
        if "f" in written:
            return "microsecond"
        return "second" if "S" in written else "minute" if "M" in written else "day"

    def to_wire(self, value: Any, scope: Outward) -> Json:  # noqa: ARG002
        """Return the moment as the system writes it."""
        if isinstance(value, str):
            value = iso_moment(value)
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise ValidationError(f"expected a moment with an offset, found {kind_of(value)}")
        return self._written(value)

    def _written(self, moment: datetime) -> Json:
        try:
            local = moment.astimezone(self.zone)
        except OverflowError:
            raise ValidationError(f"the moment is not in the calendar of {self.zone_name}") from None
        if self.format in {"epoch", "epoch_ms"}:
            return (moment - _START) // max(self.step, _STEPS[self._finest()]) * self._unit()
        # Days are cut in the zone of the system, shorter units are the same everywhere.
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        wall = local.replace(tzinfo=None) - midnight.replace(tzinfo=None)
        cut = (midnight.replace(tzinfo=None) + wall // self.step * self.step).replace(
            tzinfo=self.zone, fold=local.fold
        )
        if self.clock is not None:
            return self.clock.write(cut)
        if self.zone is UTC:
            return canonical(cut)
        return cut.isoformat()

    def _unit(self) -> int:
        unit = _STEPS["millisecond" if self.format == "epoch_ms" else "second"]
        return max(self.step, unit) // unit

    def _read(self, value: Json) -> datetime:
        if self.format in {"epoch", "epoch_ms"}:
            return self._since_start(value)
        text = expected_text(value)
        if self.clock is None:
            return iso_moment(text)
        read = self.clock.read(text)
        if read.tzinfo is None:
            read = self._localised(read)
        try:
            return read.astimezone(UTC)
        except OverflowError:
            raise ValidationError("the date and time is not in the calendar") from None

    def _since_start(self, value: Json) -> datetime:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError(f"expected whole seconds since 1970, found {kind_of(value)}")
        unit = _STEPS["millisecond" if self.format == "epoch_ms" else "second"]
        try:
            return _START + value * unit
        except OverflowError:
            raise ValidationError("the date and time is not in the calendar") from None

    def _localised(self, wall: datetime) -> datetime:
        moment = wall.replace(tzinfo=self.zone)
        try:
            there_and_back = moment.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None, fold=0)
        except OverflowError:
            raise ValidationError("the date and time is not in the calendar") from None
        if there_and_back != wall:
            raise ValidationError(
                f"this time does not exist in {self.zone_name}: clocks went forward over it"
            )
        return moment

    def normal(self, value: Json) -> Json:
        """Return the moment as `to_wire` writes it."""
        return self._written(self._read(value))

    def from_wire(self, value: Json, scope: Inward) -> Json | MissingType:  # noqa: ARG002
        """Return the moment in UTC, ISO 8601."""
        return canonical(self._read(value))

    def rule(self) -> str:
        """Say format and zone."""
        return f"format {self.format}, zone {self.zone_name}"

    def losses(self) -> tuple[str, ...]:
        """Say what is cut off, and what local time cannot tell."""
        cut = f"what is finer than a {self.resolution}" if self.resolution != "microsecond" else ""
        local = self.clock is not None and "z" not in self.clock.directives and self.zone is not UTC
        fold = f"which of the two hours when clocks go back in {self.zone_name}" if local else ""
        return tuple(part for part in (cut, fold) if part)

    def wire_types(self) -> tuple[str, ...]:
        """Return moment, with its format if it is not ISO 8601."""
        return (self.wire_type if self.format == "iso" else f"moment {self.format}",)
