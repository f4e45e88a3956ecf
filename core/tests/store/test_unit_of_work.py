from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from backhaul.sdk.errors import ConflictError
from backhaul.store.backoffice_states import BackOfficeState, Health
from backhaul.store.database import Database
from backhaul.store.sync_states import SyncState
from backhaul.store.tables import metadata
from backhaul.store.unit_of_work import Store, UnitOfWork

A1 = ("account", "a1")


class CrashError(Exception):
    """Something that nobody expects."""


def crash(uow: UnitOfWork, planned: Any) -> None:
    write_everywhere(uow, planned)
    raise CrashError


def write_everywhere(uow: UnitOfWork, planned: Any) -> None:
    lane, seq = uow.lanes.append("billing", "a1", ready_at=uow.now, interactive=True)
    delivery = uow.deliveries.insert(planned(lane, seq))
    uow.attempts.start([{"delivery_id": delivery, "number": 1, "kind": "send"}], "me")
    uow.cross_references.bind("billing", "account", "X1", A1)
    uow.sync_states.put(SyncState("billing", *A1))
    uow.changes.add(A1, 1, origin="front", fields=["name"], message_id="m", causation_id=None, hop=0)
    uow.backoffices.put(BackOfficeState("billing", Health.DOWN))
    uow.ledger.add_ticket("billing", "T1", delivery)
    uow.ledger.audit(who="ada", why="test", verb="x", subject="y")
    uow.inbox.move_cursor("billing", "events", "1")


def filled(database: Database) -> list[str]:
    with database.read() as connection:
        return [
            table.name
            for table in metadata.sorted_tables
            if connection.execute(select(func.count()).select_from(table)).scalar_one()
        ]


def test_what_was_written_is_there_after_the_end(store: Store, planned: Any) -> None:
    with store.write() as uow:
        write_everywhere(uow, planned)
    assert len(filled(store.database)) == 10


def test_a_rollback_leaves_nothing(store: Store, planned: Any) -> None:
    with pytest.raises(CrashError), store.write() as uow:
        crash(uow, planned)
    assert filled(store.database) == []


def test_a_savepoint_fails_alone(store: Store, planned: Any) -> None:
    with store.write() as uow:
        uow.ledger.audit(who="ada", why="before", verb="x", subject="y")
        with pytest.raises(CrashError), uow.savepoint():
            crash(uow, planned)
        uow.ledger.audit(who="ada", why="after", verb="x", subject="y")
    assert filled(store.database) == ["audit"]
    with store.read() as uow:
        assert [one["why"] for one in uow.ledger.audit_trail()] == ["after", "before"]


def test_a_lost_race_in_a_savepoint_spoils_nothing_else(store: Store) -> None:
    with store.write() as uow:
        uow.ledger.remember_answer("crm", "k1", "h", {})
        with pytest.raises(ConflictError, match="at the same moment"), uow.savepoint():
            uow.ledger.remember_answer("crm", "k1", "h", {})
        uow.ledger.remember_answer("crm", "k2", "h", {})
    with store.read() as uow:
        assert uow.ledger.first_answer("crm", "k2") == ("h", {})


def test_one_unit_of_work_has_one_clock_and_one_repository_each(store: Store) -> None:
    with store.write() as uow:
        assert uow.records is uow.records
        assert uow.now == uow.now
        assert uow.lanes._now == uow.deliveries._now == uow.now
