from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from backhaul.sdk.errors import ConflictError
from backhaul.store.inbox import ItemState, KnownMessage
from backhaul.store.unit_of_work import Store, UnitOfWork

NOON = 1_700_000_000.0

Work = Callable[..., AbstractContextManager[UnitOfWork]]


def message(**special: Any) -> dict[str, Any]:
    usual = {"backoffice": "billing", "message_id": "m1", "hash": "h1", "source": "events"}
    return usual | {"body": b"<a/>", "path": "/in/billing", "state": "taken"} | special


def item(inbox_id: int, number: int = 0, **special: Any) -> dict[str, Any]:
    usual = {"inbox_id": inbox_id, "number": number, "backoffice": "billing", "entity": "account"}
    return usual | {"state": ItemState.HELD.value} | special


def test_a_message_comes_back_with_its_records(work: Work) -> None:
    with work() as uow:
        one = uow.inbox.add(message())
        uow.inbox.add_item(item(one, 1, state="taken", record_id="a1"))
        uow.inbox.add_item(item(one, 0, state="refused", reason="unknown account"))
        uow.inbox.answer(one, "partly", {"taken": 1, "refused": 1})
        found = uow.inbox.message(one)
        assert uow.inbox.message(one + 1) is None
    assert found is not None
    assert (found["body"], found["state"], found["received_at"]) == (b"<a/>", "partly", NOON)
    assert found["answer"] == {"taken": 1, "refused": 1}
    assert [(one["number"], one["state"], one["reason"]) for one in found["items"]] == [
        (0, "refused", "unknown account"),
        (1, "taken", None),
    ]


def test_a_used_up_id_gives_the_first_answer_again(store: Store) -> None:
    with store.write() as uow:
        assert uow.inbox.known("billing", "m1") is None
        one = uow.inbox.add(message())
        uow.inbox.answer(one, "taken", {"id": "a1"})
        uow.inbox.use_up("billing", "m1", "h1", one)
    with store.read() as uow:
        assert uow.inbox.known("billing", "m1") == KnownMessage(one, "h1", {"id": "a1"})
        assert uow.inbox.known("assurance", "m1") is None


def test_a_message_that_was_not_taken_leaves_its_id_free(store: Store) -> None:
    with store.write() as uow:
        refused = uow.inbox.add(message(state="refused"))
        assert uow.inbox.known("billing", "m1") is None
        again = uow.inbox.add(message(resubmits=refused))
        uow.inbox.use_up("billing", "m1", "h1", again)
        known = uow.inbox.known("billing", "m1")
    assert known is not None
    assert known.inbox_id == again


def test_using_up_an_id_again_by_the_same_message_changes_nothing(store: Store) -> None:
    with store.write() as uow:
        one = uow.inbox.add(message())
        uow.inbox.use_up("billing", "m1", "h1", one)
        uow.inbox.use_up("billing", "m1", "h1", one)
        assert uow.inbox.known("billing", "m1") == KnownMessage(one, "h1", None)


def test_of_two_messages_with_one_id_the_later_is_undone(store: Store) -> None:
    with store.write() as uow:
        uow.inbox.use_up("billing", "m1", "h1", uow.inbox.add(message()))
    with pytest.raises(ConflictError, match="m1 of billing was used up"), store.write() as uow:
        uow.inbox.use_up("billing", "m1", "h2", uow.inbox.add(message(hash="h2")))
    with store.read() as uow:
        assert len(uow.inbox.messages(backoffice=None, state=None)) == 1


def test_held_records_wait_oldest_first(work: Work) -> None:
    with work() as uow:
        one = uow.inbox.add(message())
        first = uow.inbox.add_item(item(one, 0, inbound={"name": "Ada"}, waits_for=[7], deadline=NOON + 9))
        other = uow.inbox.add_item(item(one, 1, backoffice="assurance"))
        second = uow.inbox.add_item(item(one, 2))
        uow.inbox.add_item(item(one, 3, state="taken"))
        assert [held.id for held in uow.inbox.held()] == [first, other, second]
        assert [held.id for held in uow.inbox.held("billing")] == [first, second]
        assert [held.id for held in uow.inbox.held(limit=1)] == [first]
        held = uow.inbox.held("billing")[0]
    assert (held.inbound, held.waits_for, held.deadline) == ({"name": "Ada"}, [7], NOON + 9)
    assert (held.inbox_id, held.number, held.entity, held.reason) == (one, 0, "account", None)
    assert "Ada" not in repr(held)


def test_a_record_that_was_taken_is_not_held_any_more(work: Work) -> None:
    with work() as uow:
        one = uow.inbox.add(message())
        held = uow.inbox.add_item(item(one, inbound={"name": "Ada"}))
    with work(NOON + 5) as uow:
        uow.inbox.update_item(held, state=ItemState.TAKEN.value, record_id="a1", inbound=None)
        assert uow.inbox.held() == []
        found = uow.inbox.message(one)
    assert found is not None
    assert (found["items"][0]["state"], found["items"][0]["at"]) == ("taken", NOON + 5)
    assert found["items"][0]["inbound"] is None


def test_messages_are_listed_newest_first(store: Store) -> None:
    with store.write() as uow:
        first = uow.inbox.add(message())
        second = uow.inbox.add(message(state="refused"))
        third = uow.inbox.add(message(backoffice="assurance"))

        def listed(**chosen: Any) -> list[int]:
            found = uow.inbox.messages(**{"backoffice": None, "state": None, **chosen})
            return [one["id"] for one in found]

        assert listed() == [third, second, first]
        assert listed(backoffice="billing") == [second, first]
        assert listed(state="refused") == [second]
        assert listed(limit=1) == [third]


def test_a_cursor_moves(store: Store) -> None:
    with store.write() as uow:
        assert uow.inbox.cursor("billing", "events") is None
        uow.inbox.move_cursor("billing", "events", "10")
        uow.inbox.move_cursor("billing", "bills", "3")
        uow.inbox.move_cursor("billing", "events", "20")
        assert uow.inbox.cursor("billing", "events") == "20"
        assert uow.inbox.cursor("billing", "bills") == "3"


def test_cursor_and_messages_are_stored_together_or_not_at_all(store: Store) -> None:
    def poll() -> None:
        with store.write() as uow:
            uow.inbox.add(message())
            uow.inbox.move_cursor("billing", "events", "20")
            message_ = "the second message cannot be read"
            raise OSError(message_)

    with pytest.raises(OSError, match="cannot be read"):
        poll()
    with store.read() as uow:
        assert uow.inbox.cursor("billing", "events") is None
        assert uow.inbox.messages(backoffice=None, state=None) == []
