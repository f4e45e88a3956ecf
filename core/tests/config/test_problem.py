from __future__ import annotations

import pytest

from backhaul.config import DeploymentError, Problem, refuse
from backhaul.sdk.errors import ConfigurationError


def test_all_problems_stand_in_one_error_in_the_order_of_their_lines() -> None:
    with pytest.raises(ConfigurationError) as caught:
        refuse(
            [Problem("b.toml", 9, "second"), Problem("b.toml", 2, "first"), Problem("b.toml", 9, "second")]
        )
    assert str(caught.value) == "b.toml:2: first\nb.toml:9: second"
    assert isinstance(caught.value, DeploymentError)
    assert [one.line for one in caught.value.problems] == [2, 9]
    assert (caught.value.file, caught.value.line, caught.value.message) == ("b.toml", 2, "first")


def test_without_problems_nothing_is_refused() -> None:
    refuse([])
    with pytest.raises(DeploymentError):
        refuse(iter([Problem("b.toml", 1, "one")]))
