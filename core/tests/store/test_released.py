"""A database that an earlier release wrote opens here, and nothing in it is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from backhaul.entities import Account, Money
from backhaul.store import schema
from backhaul.store.backoffice_states import Health
from backhaul.store.database import Database
from backhaul.store.delivery_state import State
from backhaul.store.planner_statistics import SHAPE
from backhaul.store.sync_states import Presence
from backhaul.store.tables import metadata
from backhaul.store.unit_of_work import Store

RELEASED = sorted((Path(__file__).parent / "released").glob("*.sql"))
NOON = 1_700_000_000.0
ADA = ("account", "a1")


@pytest.fixture(params=RELEASED, ids=lambda file: file.stem)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """The database of a release, brought to this one."""
    file = tmp_path / "old.db"
    connection = sqlite3.connect(file)
    connection.executescript(request.param.read_text(encoding="utf-8"))
    connection.close()
    database = Database(f"sqlite:///{file}", lambda: NOON)
    schema.upgrade(database)
    yield Store(database)
    database.close()


def test_there_is_a_database_of_the_first_release() -> None:
    assert "0.1.0" in [file.stem for file in RELEASED]


def test_its_schema_is_that_of_this_release(old: Store) -> None:
    assert schema.version(old.database) == schema.REVISIONS[-1]
    with old.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        told = connection.exec_driver_sql("SELECT count(*) FROM sqlite_stat1").scalar_one()
    assert told == sum(map(len, SHAPE.values()))


def test_its_records_are_read_with_the_extensions_of_a_plugin_that_is_gone(old: Store) -> None:
    with old.read() as uow:
        found = uow.records.get(*ADA)
        tombstone = uow.records.get("account", "a2")
        number = Account.key_kind("account_number").key("N-1")
        assert number is not None
        assert uow.records.by_keys("account", [number]) == ["a1"]
    assert found is not None
    ada = found.typed({"account": Account})
    assert isinstance(ada, Account)
    assert (ada.name, ada.version, ada.contact_ids) == ("Ada Lovelace", 3, ["c1"])
    assert ada.addresses[0].street == "Straße des 17. Juni"
    assert ada.credit_auto_approval_limit == Money(amount=Decimal("12.50"), currency="EUR")
    assert ada.extensions == {"a_plugin_that_is_gone": {"colour": "blue"}}
    assert tombstone is not None
    assert tombstone.deleted


def test_what_was_known_of_them_elsewhere_is_still_known(old: Store) -> None:
    with old.read() as uow:
        assert uow.cross_references.to_external("billing", [ADA])[ADA] == {"account": "0.0.0.1 /account 77 0"}
        state = uow.sync_states.get("billing", ADA)
        assert [(one["version"], one["fields"]) for one in uow.changes.of(ADA)] == [(3, ["name"])]
        assert [one["theirs"] for one in uow.changes.conflicts_of(ADA)] == ["ADA"]
        assert uow.backoffices.get("assurance").health is Health.DOWN
    assert (state.presence, state.sent_version) == (Presence.BOUND, 2)
    assert (state.base, state.stamps) == ({"name": "Ada Lovelace", "limit": None}, {"name": 7})


def test_its_deliveries_go_on_where_they_stood(old: Store) -> None:
    with old.write() as uow:
        assert set(uow.deliveries.counts()["billing"]) >= {state.value for state in State}
        (lane,) = uow.lanes.claim("billing", 10, owner="me", token="t", lease=30)
        (head,) = uow.deliveries.heads([lane.id])
        assert (lane.key, head.state, head.ref) == ("a1", State.PENDING, ADA)
        assert [reason for *_, reason in uow.lanes.parked()] == ["attempts used up"]
        (waiting,) = uow.deliveries.waiting_on("billing", [("contact", "c1")])
        assert waiting.deadline == NOON + 60
        ticket = uow.ledger.ticket("billing", "T-1")
        assert ticket is not None
        accepted = uow.deliveries.get(ticket.delivery_id)
        assert accepted is not None
        assert (accepted.state, accepted.pinned_version) == (State.ACCEPTED, 3)
        assert accepted.pin == {"change": "create", "document": {"NAME": "Ada"}}
        assert [one["outcome"] for one in uow.attempts.of(accepted.id)] == ["accepted"]
        assert uow.ledger.batch("billing-account-1") == ("billing", "account", [accepted.id])


def test_a_new_delivery_takes_an_id_of_its_own(old: Store) -> None:
    with old.write() as uow:
        lane, seq = uow.lanes.append("billing", "a1", ready_at=NOON, interactive=False)
        assert seq == len(State) + 1
        lane_after, _ = uow.lanes.append("billing", "a new key", ready_at=NOON, interactive=False)
        assert lane_after > lane


def test_its_messages_and_answers_are_remembered(old: Store) -> None:
    with old.read() as uow:
        known = uow.inbox.known("billing", "in-1")
        assert known is not None
        message = uow.inbox.message(known.inbox_id)
        assert [one.inbound for one in uow.inbox.held("billing")] == [{"NAME": "?"}]
        assert uow.inbox.cursor("billing", "events") == "20"
        assert uow.ledger.first_answer("crm", "pay-1") == ("h2", {"id": "p1"})
        assert [one["detail"] for one in uow.ledger.audit_trail()] == [{"for": "1 h"}]
    assert message is not None
    assert (known.hash, known.answer, message["body"]) == ("h1", {"taken": 1}, b"<a/>")
