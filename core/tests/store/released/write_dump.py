"""Writes the database that stands for a release: python core/tests/store/released/write_dump.py VERSION.

Run once when a release is made, never again for that release: its file shows what is out there in the
field. Until 0.1.0 is out, its file follows the first step of the schema.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

from backhaul.entities import Account, Address, Contact, Money
from backhaul.sdk.json import Json
from backhaul.store import schema
from backhaul.store.backoffice_states import BackOfficeState, Health
from backhaul.store.database import Database
from backhaul.store.delivery_state import State
from backhaul.store.sync_states import Presence, SyncState
from backhaul.store.unit_of_work import Store, UnitOfWork

NOON = 1_700_000_000.0
ADA = ("account", "a1")


def main(version: str) -> None:
    """Write VERSION.sql beside this file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "store.db"
        database = Database(f"sqlite:///{file}", lambda: NOON)
        schema.upgrade(database)
        with Store(database).write() as uow:
            records(uow)
            deliveries(uow)
            messages(uow)
        database.close()
        with sqlite3.connect(file) as connection:
            dump = "\n".join(connection.iterdump())
        connection.close()
    (Path(__file__).parent / f"{version}.sql").write_text(f"{dump}\n", encoding="utf-8")


def records(uow: UnitOfWork) -> None:
    """A living account with everything known of it, a contact, and a tombstone."""
    home = Address(part_id="p1", street="Straße des 17. Juni", city="Berlin", country="DE")
    ada = Account(
        id="a1",
        version=3,
        name="Ada Lovelace",
        account_number="N-1",
        addresses=[home],
        primary_address_id="p1",
        contact_ids=["c1"],
        credit_auto_approval_limit=Money(amount=Decimal("12.50"), currency="EUR"),
        extensions={"a_plugin_that_is_gone": {"colour": "blue"}},
    )
    uow.records.insert(ada)
    uow.records.insert(Contact(id="c1", version=1, last_name="Lovelace"))
    uow.records.insert(Account(id="a2", version=1, name="Closed"))
    uow.records.entomb("account", "a2", 2, "billing")
    uow.cross_references.bind("billing", "account", "0.0.0.1 /account 77 0", ADA)
    base: dict[str, Json] = {"name": "Ada Lovelace", "limit": None}
    uow.sync_states.put(SyncState("billing", *ADA, Presence.BOUND, 2, base, {"name": 7}, {}))
    uow.changes.add(ADA, 3, origin="front", fields=["name"], message_id="m3", causation_id="m2", hop=1)
    uow.changes.add_conflict(
        "billing", ADA, message_id="m2", path="name", kind="crossed", ours="Ada", theirs="ADA", kept="ours"
    )
    uow.backoffices.put(
        BackOfficeState("assurance", Health.DOWN, "refused the connection", NOON, NOON + 8, 3)
    )


def deliveries(uow: UnitOfWork) -> None:
    """One delivery in every state on one lane, whose head is the pending one; and a parked lane."""
    for state in State:
        lane, seq = uow.lanes.append("billing", "a1", ready_at=NOON, interactive=False)
        runnable = state is State.PENDING
        one = uow.deliveries.insert(planned(lane, seq, state, runnable=runnable))
        if not runnable:
            uow.lanes.leave(lane, 1)
        if not state.open:
            uow.deliveries.update(one, settled_at=NOON)
        if state is State.WAITING:
            waits = {"wait_kind": "parent", "wait_entity": "contact", "wait_id": "c1", "deadline": NOON + 60}
            uow.deliveries.update(one, **waits)
        if state is State.ACCEPTED:
            uow.deliveries.update(
                one, pin={"change": "create", "document": {"NAME": "Ada"}}, pinned_version=3
            )
            uow.attempts.start([{"delivery_id": one, "number": 1, "kind": "send"}], "host|boot|1|2")
            uow.attempts.end(one, 1, "accepted", None)
            uow.ledger.add_ticket("billing", "T-1", one)
            uow.ledger.add_batch("billing-account-1", "billing", "account", [one])
    parked, _ = uow.lanes.append("billing", "a9", ready_at=NOON, interactive=False)
    uow.lanes.park(parked, "attempts used up")


def planned(lane: int, seq: int, state: State, *, runnable: bool) -> dict[str, Any]:
    """The columns of a delivery of the account."""
    return {
        "lane_id": lane,
        "seq": seq,
        "runnable": runnable,
        "state": state.value,
        "backoffice": "billing",
        "process": "CUT Send Account Data",
        "entity": "account",
        "record_id": "a1",
        "version": 3,
        "action": "save",
        "payload": "latest",
        "mode": "live",
        "first_send": "match_then_create",
        "cause": "save",
        "interactive": False,
        "message_id": f"m-{seq}",
        "correlation_id": "corr",
        "hop": 0,
        "planned_at": NOON,
        "attempts": 0,
        "faults": 0,
        "merge_failed": False,
    }


def messages(uow: UnitOfWork) -> None:
    """A message that was taken in part, a cursor, an idempotent answer and what a person did."""
    message = {"backoffice": "billing", "message_id": "in-1", "hash": "h1", "source": "events"}
    one = uow.inbox.add(message | {"body": b"<a/>", "path": "/inbound/billing", "state": "received"})
    item = {"inbox_id": one, "backoffice": "billing", "entity": "account"}
    uow.inbox.add_item(item | {"number": 0, "state": "taken", "record_id": "a1"})
    uow.inbox.add_item(item | {"number": 1, "state": "held", "inbound": {"NAME": "?"}, "waits_for": [1]})
    uow.inbox.answer(one, "partly", {"taken": 1})
    uow.inbox.use_up("billing", "in-1", "h1", one)
    uow.inbox.move_cursor("billing", "events", "20")
    uow.ledger.remember_answer("crm", "pay-1", "h2", {"id": "p1"})
    uow.ledger.audit(who="ada", why="release night", verb="pause", subject="assurance", detail={"for": "1 h"})


if __name__ == "__main__":
    main(sys.argv[1])
