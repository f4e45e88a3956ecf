"""Points in time and calendar days."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

_ISO_DATETIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:")
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _no_guess(value: object) -> object:
    # pydantic would read a number as seconds or milliseconds since 1970, by its size.
    if isinstance(value, datetime) or (isinstance(value, str) and _ISO_DATETIME.match(value)):
        return value
    msg = "expected a date and time with an offset, such as 2030-01-31T10:00:00Z"
    raise ValueError(msg)


def as_utc(moment: datetime) -> datetime:
    """Return the moment in UTC. Raises ValueError when it has no offset, or leaves the calendar in UTC."""
    if moment.utcoffset() is None:
        msg = "a date and time without an offset is ambiguous; add one, such as 2030-01-31T10:00:00Z"
        raise ValueError(msg)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        msg = "the date and time lies outside the years 1 to 9999 in UTC"
        raise ValueError(msg) from None


def _no_time_of_day(value: object) -> object:
    if isinstance(value, str):
        valid = _ISO_DATE.fullmatch(value) is not None
    else:
        valid = isinstance(value, date) and not isinstance(value, datetime)
    if not valid:
        msg = "expected a calendar day without a time, such as 2030-01-31"
        raise ValueError(msg)
    return value


UtcDatetime = Annotated[datetime, AfterValidator(as_utc), BeforeValidator(_no_guess)]
"""An aware date and time, held in UTC, microsecond resolution; in JSON ISO 8601 with a Z."""

CalendarDate = Annotated[date, BeforeValidator(_no_time_of_day)]
"""A day of the calendar, without time and zone; in JSON ISO 8601."""
