from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from backhaul.store.back_office_names import Use
from backhaul.store.backoffice_states import BackOfficeState, Health
from backhaul.store.delivery_state import State
from backhaul.store.sync_states import Presence, SyncState
from backhaul.store.unit_of_work import UnitOfWork

NOON = 1_700_000_000.0
A1 = ("account", "a1")

Work = Callable[..., AbstractContextManager[UnitOfWork]]
Fill = Callable[[UnitOfWork, str], int]


@pytest.fixture
def fill(planned: Callable[..., dict[str, Any]]) -> Fill:
    """Something of a back office in every table that names one; the id of an open delivery."""

    def everything(uow: UnitOfWork, name: str) -> int:
        lane, seq = uow.lanes.append(name, "a1", ready_at=NOON, interactive=False)
        one = uow.deliveries.insert(planned(lane, seq, backoffice=name, pinned_version=1, state="unknown"))
        uow.lanes.append_to(lane, ready_at=NOON, interactive=False)
        uow.deliveries.insert(planned(lane, 2, backoffice=name))
        uow.cross_references.bind(name, "account", "X1", A1)
        uow.sync_states.put(SyncState(name, *A1, Presence.BOUND))
        uow.changes.add(A1, 1, origin=name, fields=[], message_id="m", causation_id=None, hop=0)
        uow.changes.add_conflict(name, A1, message_id=None, path="name", kind="crossed", kept="ours")
        uow.ledger.add_ticket(name, "T1", one)
        uow.ledger.add_batch(f"{name}-1", name, "account", [one])
        uow.backoffices.put(BackOfficeState(name, Health.DOWN))
        message = {
            "backoffice": name,
            "message_id": "m1",
            "hash": "h",
            "source": "s",
            "path": "/",
            "state": "x",
        }
        inbox_id = uow.inbox.add(message)
        uow.inbox.use_up(name, "m1", "h", inbox_id)
        item = {"inbox_id": inbox_id, "number": 0, "backoffice": name, "entity": "account", "state": "held"}
        uow.inbox.add_item(item | {"inbound": {"name": "Ada"}})
        uow.inbox.move_cursor(name, "s", "7")
        return one

    return everything


def test_what_is_in_use_is_found_by_name(work: Work, fill: Fill) -> None:
    with work() as uow:
        assert uow.back_office_names.in_use() == set()
        fill(uow, "billing")
        fill(uow, "assurance")
        uow.cross_references.bind("field", "account", "X1", A1)
        assert uow.back_office_names.in_use() == {"billing", "assurance", "field"}
        assert uow.back_office_names.known("billing")
        assert not uow.back_office_names.known("fraud")


def test_what_would_be_lost_is_counted(work: Work, fill: Fill) -> None:
    with work() as uow:
        fill(uow, "billing")
        fill(uow, "assurance")
        uow.lanes.claim("billing", 1, owner="me", token="t", lease=30)
        assert uow.back_office_names.use("billing") == Use(open=2, attempted=1, bound=1, leased=1)
        assert uow.back_office_names.use("fraud") == Use(open=0, attempted=0, bound=0, leased=0)
    with work(NOON + 30) as uow:
        assert uow.back_office_names.use("billing").leased == 0


def test_another_name_takes_everything_along(work: Work, fill: Fill) -> None:
    with work() as uow:
        one = fill(uow, "billing")
        fill(uow, "assurance")
        assert uow.back_office_names.rename("billing", "invoicing") > 0
        assert not uow.back_office_names.known("billing")
        assert uow.back_office_names.use("invoicing") == Use(open=2, attempted=1, bound=1, leased=0)
        assert uow.cross_references.to_internal("invoicing", [("account", "X1")]) == {("account", "X1"): A1}
        assert uow.sync_states.get("invoicing", A1).presence is Presence.BOUND
        assert uow.ledger.ticket("invoicing", "T1") is not None
        assert uow.inbox.known("invoicing", "m1") is not None
        assert uow.inbox.cursor("invoicing", "s") == "7"
        assert uow.backoffices.get("invoicing").health is Health.DOWN
        assert [one["origin"] for one in uow.changes.of(A1)] == ["invoicing", "assurance"]
        assert [lane.key for lane in uow.lanes.claim("invoicing", 9, owner="me", token="t", lease=1)] == [
            "a1"
        ]
        found = uow.deliveries.get(one)
        assert uow.back_office_names.use("assurance").open == 2
    assert found is not None
    assert found.backoffice == "invoicing"


def test_a_retired_back_office_leaves_its_history_and_nothing_to_do(work: Work, fill: Fill) -> None:
    with work() as uow:
        one = fill(uow, "billing")
        fill(uow, "assurance")
        uow.back_office_names.retire("billing", "replaced by invoicing")
        assert uow.back_office_names.in_use() == {"assurance"}
        found = uow.deliveries.get(one)
        assert uow.deliveries.counts()["billing"] == {"discarded": 2}
        assert uow.lanes.next_ready(["billing"]) is None
        assert uow.ledger.open_tickets(one) == []
        assert uow.inbox.held("billing") == []
        assert uow.inbox.cursor("billing", "s") is None
        assert uow.sync_states.bound_to(A1) == ["assurance"]
        assert len(uow.changes.of(A1)) == 2
        known = uow.inbox.known("billing", "m1")
        assert known is not None
        message = uow.inbox.message(known.inbox_id)
    assert found is not None
    assert (found.state, found.settled_at, found.reason) == (State.DISCARDED, NOON, "replaced by invoicing")
    assert message is not None
    assert (message["items"][0]["state"], message["items"][0]["inbound"]) == ("refused", None)


def test_a_back_office_that_returns_under_a_retired_name_begins_anew(
    work: Work, fill: Fill, planned: Callable[..., dict[str, Any]]
) -> None:
    with work() as uow:
        fill(uow, "billing")
        uow.back_office_names.retire("billing", "gone")
        lane, seq = uow.lanes.append("billing", "a1", ready_at=NOON, interactive=False)
        uow.deliveries.insert(planned(lane, seq))
        assert len(uow.deliveries.heads([lane])) == 1
