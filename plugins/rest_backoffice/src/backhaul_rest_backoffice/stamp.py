"""Stamps: when the system last changed an object."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from backhaul.sdk.json import Json


def stamp_in(document: Mapping[str, Json], field: str | None) -> str | None:
    """The stamp of an object, None where the system gives none."""
    return None if field is None else stamp_of(document.get(field))


def stamp_of(value: Json) -> str | None:
    """A moment of the wire as text of fixed width in UTC, which sorts as time does; None for other values."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return spelled(moment) if moment.utcoffset() is not None else None
    except (ValueError, OverflowError):
        return None


def spelled(moment: datetime) -> str:
    """A moment in the spelling of stamps."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def before(stamp: str, seconds: float) -> str:
    """The stamp of a moment so many seconds earlier."""
    return spelled(datetime.fromisoformat(stamp) - timedelta(seconds=seconds))
