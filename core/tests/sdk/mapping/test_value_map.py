from __future__ import annotations

from typing import Any

import pytest

from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.mapping import ValueMap


def test_a_value_map_works_both_ways() -> None:
    severity = ValueMap("severity", {"high": "1-Critical", "low": 3})
    assert severity.to_wire["high"] == "1-Critical"
    assert severity.from_wire[3] == "low"
    assert severity.lossy == ()


def test_two_codes_of_one_spelling_need_an_inverse() -> None:
    with pytest.raises(
        ConfigurationError, match=r"severity: high, urgent are all spelled '1'.*State the inverse"
    ):
        ValueMap("severity", {"high": "1", "urgent": "1"})
    stated = ValueMap("severity", {"high": "1", "urgent": "1"}, {"1": "high"})
    assert stated.from_wire["1"] == "high"
    assert stated.lossy == ("urgent",)


@pytest.mark.parametrize("wrong", [True, 1.5, None, ["x"]])
def test_a_code_on_the_wire_is_text_or_a_whole_number(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="text or a whole number"):
        ValueMap("severity", {"high": wrong})


def test_one_map_lies_over_another() -> None:
    inline = ValueMap("severity", {"high": "H", "urgent": "H", "low": "L"}, {"H": "high"})
    over = ValueMap("severity", {"low": "4"}).over(inline)
    assert dict(over.to_wire) == {"high": "H", "urgent": "H", "low": "4"}
    assert over.from_wire["H"] == "high"
    with pytest.raises(ConfigurationError, match="all spelled"):
        ValueMap("severity", {"low": "H2", "high": "H2"}, {}).over(inline)


def test_a_value_map_cannot_be_changed() -> None:
    severity: Any = ValueMap("severity", {"high": "1"})
    with pytest.raises(TypeError):
        severity.to_wire["low"] = "2"
    assert "severity" in repr(severity)
