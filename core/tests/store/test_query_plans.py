"""Every look-up of the delivery path uses its index, for one record as for 64, whatever else there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event, text

from backhaul.entities import Key
from backhaul.store.database import Database
from backhaul.store.planner_statistics import SHAPE
from backhaul.store.unit_of_work import Store, UnitOfWork

Call = Callable[[UnitOfWork, int], object]


def refs(count: int) -> list[tuple[str, str]]:
    mixed = [("contact", "c1"), ("contact", "c2")] if count > 1 else []
    return [("account", f"a{number}") for number in range(count)] + mixed


def claim(uow: UnitOfWork, count: int, *, interactive: bool = False) -> object:
    return uow.lanes.claim("billing", count, owner="me", token="t", lease=1, interactive=interactive)


CALLS: dict[str, tuple[Call, list[str]]] = {
    "claim": (claim, ["INDEX ix_lanes_ready (backoffice=? AND ready_at<?)", "PRIMARY KEY (rowid=?)"]),
    "interactive claim": (
        lambda uow, count: claim(uow, count, interactive=True),
        ["INDEX ix_lanes_interactive (backoffice=? AND ready_at<?)", "PRIMARY KEY (rowid=?)"],
    ),
    "heartbeat": (lambda uow, _: uow.lanes.extend("me", "billing", 1), ["INDEX ix_lanes_leased (owner=?)"]),
    "take back": (lambda uow, _: uow.lanes.take_back("me"), ["INDEX ix_lanes_leased (owner=?)"]),
    "owners": (lambda uow, _: uow.lanes.owners(), ["INDEX ix_lanes_leased (owner>?)"]),
    "parked": (lambda uow, _: uow.lanes.parked(), ["INDEX ix_lanes_parked"]),
    "next ready": (
        lambda uow, _: uow.lanes.next_ready(["billing", "assurance"]),
        ["INDEX ix_lanes_ready (backoffice=? AND ready_at>?)"],
    ),
    "heads": (
        lambda uow, count: uow.deliveries.heads(list(range(count))),
        [
            "INDEX ix_deliveries_runnable (lane_id=?)",
            "INDEX sqlite_autoindex_deliveries_1 (lane_id=? AND seq=?)",
        ],
    ),
    "open of": (
        lambda uow, count: uow.deliveries.open_of("billing", refs(count)),
        ["INDEX ix_deliveries_open (backoffice=? AND entity=? AND record_id=?)"],
    ),
    "waiting on": (
        lambda uow, count: uow.deliveries.waiting_on("billing", refs(count)),
        ["INDEX ix_deliveries_waiting (backoffice=? AND wait_entity=? AND wait_id=?)"],
    ),
    "overdue": (lambda uow, _: uow.deliveries.overdue(), ["INDEX ix_deliveries_deadline (deadline<?)"]),
    "stalled creates": (
        lambda uow, _: uow.deliveries.stalled_creates("billing", "account"),
        ["INDEX ix_deliveries_state (backoffice=? AND state=?)"],
    ),
    "records": (
        lambda uow, count: uow.records.many(refs(count)),
        ["INDEX sqlite_autoindex_records_1 (entity=? AND id=?)"],
    ),
    "by keys": (
        lambda uow, count: uow.records.by_keys("account", [Key(*ref, strong=True) for ref in refs(count)]),
        ["INDEX sqlite_autoindex_record_keys_1 (entity=? AND kind=? AND value=?)"],
    ),
    "to internal": (
        lambda uow, count: uow.cross_references.to_internal("billing", refs(count)),
        ["INDEX sqlite_autoindex_cross_references_1 (backoffice=? AND resource=? AND external_id=?)"],
    ),
    "to external": (
        lambda uow, count: uow.cross_references.to_external("billing", refs(count)),
        ["INDEX ix_cross_references_record (entity=? AND record_id=?)"],
    ),
    "bound to": (
        lambda uow, _: uow.sync_states.bound_to(("account", "a1")),
        ["INDEX ix_sync_states_record (entity=? AND record_id=?)"],
    ),
    "sync states": (
        lambda uow, count: uow.sync_states.many("billing", refs(count)),
        ["INDEX sqlite_autoindex_sync_states_1 (backoffice=? AND entity=? AND record_id=?)"],
    ),
    "held": (lambda uow, _: uow.inbox.held("billing"), ["INDEX ix_inbox_items_held (backoffice=?)"]),
    "all held": (lambda uow, _: uow.inbox.held(), ["INDEX ix_inbox_items_held"]),
    "attempts": (lambda uow, _: uow.attempts.of(7), ["INDEX ix_attempts_delivery (delivery_id=?)"]),
    "history": (
        lambda uow, _: uow.changes.of(("account", "a1")),
        ["INDEX ix_changes_record (entity=? AND record_id=?)"],
    ),
}


@pytest.fixture
def plan_of(sqlite: Database) -> Iterator[Callable[[Call, int], list[str]]]:
    """What SQLite intends to do for a call of a repository."""
    said: list[tuple[str, Any]] = []

    def hear(conn: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        if statement.startswith(("SELECT", "UPDATE", "WITH")):
            said.append((statement, parameters))

    def planned(call: Call, count: int) -> list[str]:
        with Store(sqlite).write() as uow:
            call(uow, count)
            explained = [
                uow._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
                for statement, parameters in list(said)
            ]
        return [row[3] for rows in explained for row in rows]

    event.listen(sqlite.engine, "before_cursor_execute", hear)
    yield planned
    event.remove(sqlite.engine, "before_cursor_execute", hear)


@pytest.mark.parametrize("count", [1, 64])
@pytest.mark.parametrize("name", CALLS)
def test_a_look_up_uses_its_index(plan_of: Callable[[Call, int], list[str]], name: str, count: int) -> None:
    call, indexes = CALLS[name]
    steps = [step for step in plan_of(call, count) if step.startswith(("SEARCH", "SCAN"))]
    harmless = ("SCAN CONSTANT ROW", "SCAN chosen")
    used = [step for step in steps if step not in harmless]
    assert used
    assert [step for step in used if not any(index in step for index in (*indexes, "PRIMARY KEY"))] == []
    assert [index for index in indexes if not any(index in step for step in used)] == []


def test_without_its_statistics_sqlite_would_read_everything(
    sqlite: Database, plan_of: Callable[[Call, int], list[str]]
) -> None:
    with sqlite.write() as connection:
        connection.execute(text("DELETE FROM sqlite_stat1"))
    sqlite.close()
    assert "SCAN inbox_items" in plan_of(CALLS["all held"][0], 1)


def test_every_index_has_its_statistics(sqlite: Database) -> None:
    query = "SELECT tbl_name, name FROM sqlite_master WHERE type = 'index' AND tbl_name <> 'alembic_version'"
    with sqlite.read() as connection:
        present = {tuple(row) for row in connection.execute(text(query))}
        told = {tuple(row) for row in connection.execute(text("SELECT tbl, idx FROM sqlite_stat1"))}
    assert told == present == {(table, index) for table, indexes in SHAPE.items() for index in indexes}
