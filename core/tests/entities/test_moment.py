from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from backhaul.entities import CalendarDate, Model, UtcDatetime, as_utc


class Event(Model):
    at: UtcDatetime | None = None
    on: CalendarDate | None = None


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_a_moment_is_kept_in_utc_and_survives_json(moment: datetime) -> None:
    event = Event(at=moment)
    assert event.at is not None
    assert event.at.tzinfo is UTC
    assert event.at == moment.astimezone(UTC)
    assert Event.model_validate_json(event.model_dump_json()) == event


def test_json_is_iso_8601_with_a_z() -> None:
    moment = datetime(2030, 1, 31, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    assert Event(at=moment, on=date(2030, 1, 31)).model_dump(mode="json") == {
        "at": "2030-01-31T10:00:00Z",
        "on": "2030-01-31",
    }


@pytest.mark.parametrize("naive", [datetime(2030, 1, 1), "2030-01-01T00:00:00", "2030-01-01 00:00"])  # noqa: DTZ001
def test_a_moment_without_an_offset_is_refused(naive: object) -> None:
    with pytest.raises(ValidationError, match="without an offset"):
        Event.model_validate({"at": naive})


@pytest.mark.parametrize("guess", [0, 1.5, "1893456000", "2030-01-01", "now", "", True, date(2030, 1, 1)])
def test_a_moment_is_never_guessed(guess: object) -> None:
    with pytest.raises(ValidationError, match="expected a date and time with an offset"):
        Event.model_validate({"at": guess})


@pytest.mark.parametrize(
    "day",
    [0, 20300101, "2030-01-01T00:00:00Z", "20300101", datetime(2030, 1, 1, tzinfo=UTC), "1893456000", ""],
)
def test_a_day_has_no_time(day: object) -> None:
    with pytest.raises(ValidationError, match="expected a calendar day"):
        Event.model_validate({"on": day})


def test_a_day_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError, match="on"):
        Event.model_validate({"on": "2030-02-30"})


@pytest.mark.parametrize(("year", "hours"), [(1, 5), (9999, -5)])
def test_a_moment_outside_the_calendar_is_refused(year: int, hours: int) -> None:
    edge = datetime(year, 1 if year == 1 else 12, 1 if year == 1 else 31, 0 if year == 1 else 23)  # noqa: DTZ001
    with pytest.raises(ValueError, match="outside the years"):
        as_utc(edge.replace(tzinfo=timezone(timedelta(hours=hours))))
