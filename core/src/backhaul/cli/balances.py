"""The balance, as a table."""

from __future__ import annotations

from backhaul.bootstrap import Backhaul
from backhaul.cli.session import Session
from backhaul.processes.operations.balance import balance


def show_balance(session: Session, backhaul: Backhaul) -> None:
    """Planned = completed + parked + otherwise ended + open, per back office."""
    rows = balance(backhaul.store, backhaul.landscape)
    session.output.document([row.as_json() for row in rows])
    session.output.table(
        (
            "back office", "planned", "completed", "rejected", "unmappable", "dead", "otherwise", "open",
            "lanes parked",
        ),
        [
            (
                row.back_office, row.planned, row.completed, row.rejected, row.unmappable, row.dead,
                row.skipped + row.superseded + row.expired + row.discarded + row.replaced + row.dry, row.open,
                row.lanes_parked,
            )
            for row in rows
        ],
        empty="There are neither back offices nor deliveries.",
    )  # fmt: skip
    for row in rows:
        if not row.holds:
            session.output.note(f"The balance of {row.back_office} does not hold: this is a defect.")
