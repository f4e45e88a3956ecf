from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.simulator.fault_plan import FaultKind, FaultPlan


def plan(*rules: dict[str, Any], seed: int = 0) -> FaultPlan:
    return FaultPlan.parse({"seed": seed, "rule": list(rules)})


def strikes(plan: FaultPlan, count: int = 10, operation: str = "create") -> list[int]:
    return [number for number in range(1, count + 1) if plan.strike(operation, "POST", "/customer")]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ({"nth": 3}, [3]),
        ({"nth": [1, 4]}, [1, 4]),
        ({"every": 4}, [4, 8]),
        ({"limit": 2}, [1, 2]),
        ({"every": 3, "limit": 2}, [3, 6]),
        ({"probability": 0.0}, []),
        ({"probability": 1.0, "limit": 1}, [1]),
        ({"operation": "cre*"}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ({"operation": "update"}, []),
        ({"method": "GET"}, []),
        ({"path": "/cust?mer", "nth": 2}, [2]),
    ],
)
def test_when_a_rule_strikes(when: dict[str, Any], expected: list[int]) -> None:
    assert strikes(plan({"fault": "refuse", **when})) == expected


def test_chance_depends_on_seed_and_place_and_on_no_other_traffic() -> None:
    rule = {"fault": "refuse", "probability": 0.3}
    alone = strikes(plan(rule, seed=5), 200)
    assert alone == strikes(plan(rule, seed=5), 200)
    assert alone != strikes(plan(rule, seed=6), 200)
    assert 30 < len(alone) < 90
    mixed = plan({**rule, "operation": "create"}, {"fault": "delay", "probability": 0.5}, seed=5)
    seen = []
    for number in range(1, 201):
        mixed.strike("other", "POST", "/x")
        if any(struck.fault is FaultKind.REFUSE for struck in mixed.strike("create", "POST", "/x")):
            seen.append(number)
    assert seen == alone


def test_several_rules_can_strike_one_request_and_are_counted() -> None:
    both = plan({"fault": "delay"}, {"fault": "refuse", "nth": 2})
    both.strike("create", "POST", "/x")
    assert [rule.fault for rule in both.strike("create", "POST", "/x")] == [FaultKind.DELAY, FaultKind.REFUSE]
    assert [(count["matched"], count["struck"]) for count in both.counts()] == [(2, 2), (2, 1)]


def test_a_plan_is_read_from_toml_and_json(tmp_path: Path) -> None:
    toml, document = tmp_path / "plan.toml", tmp_path / "plan.json"
    toml.write_text('seed = 7\n[[rule]]\nfault = "garble"\ngarbling = "truncated"\nnth = [1]\n')
    document.write_text(
        json.dumps({"seed": 7, "rules": [{"fault": "garble", "garbling": "truncated", "nth": 1}]})
    )
    assert FaultPlan.read(toml).rules == FaultPlan.read(document).rules
    assert (FaultPlan.read(toml).seed, FaultPlan.read(toml, seed=8).seed) == (7, 8)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (
            {"rule": [{"fault": "explode"}]},
            r"Fault rule 1: 'explode' is not a valid FaultKind.*The faults are",
        ),
        ({"rule": [{"fault": "refuse"}, {}]}, "Fault rule 2"),
        ({"rule": [{"fault": "refuse", "probabilty": 1}]}, r"no 'probabilty'.*It may have: .*probability"),
        ({"rule": [{"fault": "refuse", "when": {}}]}, "no 'when'"),
        ({"rule": [{"fault": "refuse", "nth": 1, "every": 2}]}, "only one of"),
        ({"rule": [{"fault": "refuse", "probability": "x"}]}, "Fault rule 1"),
        ({"rule": [{"fault": "delay", "seconds": -1}]}, "cannot be negative"),
        ({"rule": [{"fault": "garble", "garbling": "x"}]}, "'x' is not a valid Garbling"),
        ({"rule": ["x"]}, "Fault rule 1 is not a table"),
        ({"rule": {}}, "are a list"),
        ({"rul": []}, "A fault plan has no 'rul'"),
    ],
)
def test_a_wrong_plan_is_refused(document: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        FaultPlan.parse(document)


@pytest.mark.parametrize("text", [None, "seed = ", "\x00"])
def test_a_plan_that_cannot_be_read_is_named(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "plan.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"plan\.toml: The fault plan cannot be read"):
        FaultPlan.read(path)
