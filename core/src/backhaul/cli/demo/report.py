"""The report: a table per back office, and what is wrong in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from backhaul.cli.demo.audit import Finding
from backhaul.cli.demo.narrator import Narrator
from backhaul.store.delivery_state import OPEN, State

_COLUMNS = ("expected", "there", "bound", "created by us", "missing", "doubled", "differing")


def show(narrator: Narrator, finding: Finding) -> None:
    """The tables of one back office: its objects, and the balance of its deliveries."""
    rows = [
        (
            f"{one.entity}s",
            one.expected,
            one.there,
            one.bound,
            one.created,
            len(one.missing),
            len(one.doubled),
            len(one.differing),
        )
        for one in finding.compared
    ]
    narrator.output.say("")
    narrator.table((finding.back_office, *_COLUMNS), rows)
    narrator.output.say("")
    narrator.table(("deliveries", "number"), list(_balance(finding)))


def _balance(finding: Finding) -> Iterable[tuple[str, int]]:
    row = finding.balance
    for state in State:
        if state not in OPEN and (number := getattr(row, state.value)):
            yield state.value, number
    yield "open", row.open
    yield "planned = the sum of these" if row.holds else "planned, NOT the sum of these", row.planned


def document(findings: Sequence[Finding], wrong: Sequence[str], seconds: float) -> dict[str, Any]:
    """The same for a program."""
    return {
        "ok": not wrong,
        "wrong": list(wrong),
        "seconds": round(seconds, 1),
        "back_offices": {
            finding.back_office: {
                **{
                    one.entity: {
                        "expected": one.expected,
                        "there": one.there,
                        "bound": one.bound,
                        "created_by_us": one.created,
                        "missing": one.missing,
                        "doubled": one.doubled,
                        "differing": one.differing,
                    }
                    for one in finding.compared
                },
                "deliveries": finding.balance.as_json(),
            }
            for finding in findings
        },
    }
