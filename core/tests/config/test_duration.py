from __future__ import annotations

import math

import pytest

from backhaul.config.duration import seconds


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("250ms", 0.25), ("2s", 2), ("5m", 300), ("1h", 3600), ("1.5h", 5400), ("1d", 86_400), (" 3 s ", 3),
        (0, 0), (7, 7), (0.5, 0.5),
    ],
)  # fmt: skip
def test_durations(written: object, expected: float) -> None:
    assert seconds(written) == pytest.approx(expected)
    assert isinstance(seconds(written), float)


@pytest.mark.parametrize(
    "written",
    ["", "2", "s", "2 sec", "-2s", "2s 5m", "1,5h", "٣s", -1, math.inf, math.nan, True, None, ["2s"]],
)
def test_what_is_no_duration(written: object) -> None:
    with pytest.raises(ValueError, match="a duration is a number of seconds"):
        seconds(written)
