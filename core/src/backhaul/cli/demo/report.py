"""The report: a table per back office, and what is wrong in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from backhaul.cli.demo.audit import Finding
from backhaul.cli.demo.narrator import Narrator
from backhaul.store.delivery_state import OPEN, State


def show(narrator: Narrator, finding: Finding) -> None:
    """The tables of one back office: its objects, and the balance of its deliveries."""
    rows = [
        (
            f"{one.entity}s",
            one.there,
            one.expected,
            len(one.missing),
            len(one.doubled),
            len(one.differing),
        )
        for one in finding.compared
    ]
    narrator.output.say("")
    narrator.table((finding.back_office, "there", "expected", "missing", "doubled", "differing"), rows)
    narrator.output.say("")
    narrator.table(("deliveries", "number"), list(_balance(finding)))


def _balance(finding: Finding) -> Iterable[tuple[str, int]]:
    row = finding.balance
    for state in State:
        if state not in OPEN and (number := getattr(row, state.value)):
            yield state.value, number
    yield "open", row.open
    yield "planned = the sum of these" if row.holds else "planned, NOT the sum of these", row.planned


def document(findings: Iterable[Finding], seconds: float) -> dict[str, Any]:
    """The same for a program."""
    told = list(findings)
    return {
        "ok": not any(finding.wrong for finding in told),
        "seconds": round(seconds, 1),
        "back_offices": {
            finding.back_office: {
                **{
                    one.entity: {
                        "there": one.there,
                        "expected": one.expected,
                        "missing": one.missing,
                        "doubled": one.doubled,
                        "differing": one.differing,
                    }
                    for one in finding.compared
                },
                "deliveries": finding.balance.as_json(),
                "wrong": finding.wrong,
            }
            for finding in told
        },
    }
