from __future__ import annotations

import pytest

from backhaul.sdk.errors import ConflictError
from backhaul.store.ledger import Ticket
from backhaul.store.unit_of_work import Store


def test_a_ticket_leads_to_its_delivery(store: Store) -> None:
    with store.write() as uow:
        uow.ledger.add_ticket("billing", "T1", 7)
        uow.ledger.add_ticket("billing", "T2", 7)
        assert uow.ledger.ticket("billing", "T1") == Ticket("billing", "T1", 7, settled=False)
        assert uow.ledger.ticket("assurance", "T1") is None
        assert sorted(uow.ledger.open_tickets(7)) == ["T1", "T2"]
        uow.ledger.settle_ticket("billing", "T1")
        assert uow.ledger.ticket("billing", "T1") == Ticket("billing", "T1", 7, settled=True)
        assert uow.ledger.open_tickets(7) == ["T2"]


def test_a_ticket_is_unique_per_back_office(store: Store) -> None:
    with store.write() as uow:
        uow.ledger.add_ticket("billing", "T1", 7)
        uow.ledger.add_ticket("assurance", "T1", 8)
        with pytest.raises(ConflictError, match="ticket"), uow.savepoint():
            uow.ledger.add_ticket("billing", "T1", 9)
        assert uow.ledger.ticket("billing", "T1") == Ticket("billing", "T1", 7, settled=False)


def test_a_batch_keeps_its_members_in_order(store: Store) -> None:
    with store.write() as uow:
        uow.ledger.add_batch("b-1", "billing", "account", (9, 3, 5))
    with store.read() as uow:
        assert uow.ledger.batch("b-1") == ("billing", "account", [9, 3, 5])
        assert uow.ledger.batch("b-2") is None


def test_a_repeated_command_finds_its_first_answer(store: Store) -> None:
    with store.write() as uow:
        assert uow.ledger.first_answer("crm", "k1") is None
        uow.ledger.remember_answer("crm", "k1", "h1", {"id": "p1"})
        uow.ledger.remember_answer("shop", "k1", "h2", {"id": "p2"})
    with store.read() as uow:
        assert uow.ledger.first_answer("crm", "k1") == ("h1", {"id": "p1"})
        assert uow.ledger.first_answer("shop", "k1") == ("h2", {"id": "p2"})


def test_an_idempotency_key_is_remembered_once(store: Store) -> None:
    with store.write() as uow:
        uow.ledger.remember_answer("crm", "k1", "h1", {"id": "p1"})
    with pytest.raises(ConflictError, match="idempotency_keys"), store.write() as uow:
        uow.ledger.remember_answer("crm", "k1", "h1", {"id": "p2"})
    with store.read() as uow:
        assert uow.ledger.first_answer("crm", "k1") == ("h1", {"id": "p1"})


def test_the_audit_trail_is_read_newest_first(store: Store) -> None:
    with store.write() as uow:
        uow.ledger.audit(who="ada", why="wrong plan", verb="discard", subject="delivery 7")
        uow.ledger.audit(who="bob", why="it is up", verb="resume", subject="billing", detail={"since": 5})
        trail = uow.ledger.audit_trail()
        assert [one["who"] for one in uow.ledger.audit_trail(limit=1)] == ["bob"]
    assert [(one["who"], one["why"], one["verb"], one["subject"], one["detail"]) for one in trail] == [
        ("bob", "it is up", "resume", "billing", {"since": 5}),
        ("ada", "wrong plan", "discard", "delivery 7", None),
    ]
