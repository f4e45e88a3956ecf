from __future__ import annotations

import json
from typing import Any

import pytest
from operations_desk import ANN, NOON, Desk

from backhaul.processes.operations.inbox import InboxOperations
from backhaul.sdk.errors import ConflictError, MappingError, NotFoundError
from backhaul.sdk.inbound import RawMessage


class Taken:
    """What was handed over to be received again."""

    def __init__(self, *errors: Exception) -> None:
        self.messages: list[tuple[str, RawMessage, int]] = []
        self.errors = list(errors)

    def __call__(self, back_office: str, message: RawMessage, repeats: int) -> str:
        self.messages.append((back_office, message, repeats))
        if self.errors:
            raise self.errors.pop(0)
        return "taken"


def kept(desk: Desk, **special: Any) -> int:
    usual = {
        "backoffice": "billing",
        "message_id": "m1",
        "hash": "h",
        "source": "push",
        "body": b'{"card": "4111111111111111"}',
        "path": "events",
        "state": "refused",
        "answer": [{"number": 0, "state": "refused", "reason": "unknown"}],
        "resubmits": None,
    }
    with desk.store.write() as uow:
        message = uow.inbox.add(usual | special)
        uow.inbox.add_item(
            {
                "inbox_id": message,
                "number": 0,
                "backoffice": "billing",
                "entity": "account",
                "state": "refused",
                "reason": "unknown",
            }
        )
    return message


def test_messages_are_listed_without_their_bodies_newest_first(desk: Desk) -> None:
    first, second = kept(desk), kept(desk, message_id="m2", state="taken")
    inbox = InboxOperations(desk.store, Taken())
    assert [message["id"] for message in inbox.list()] == [second, first]
    assert [message["id"] for message in inbox.list(state="refused")] == [first]
    assert inbox.list(back_office="assurance") == []
    assert "body" not in inbox.list()[0]
    assert json.loads(json.dumps(inbox.list()))[0]["message_id"] == "m2"


def test_one_is_shown_with_its_records_and_no_card_number(desk: Desk) -> None:
    one = kept(desk)
    shown = InboxOperations(desk.store, Taken()).show(one)
    assert shown["body"] == '{"card": "****************"}'
    assert [(item["entity"], item["state"]) for item in shown["items"]] == [("account", "refused")]
    assert json.loads(json.dumps(shown))["id"] == one


def test_a_body_that_is_no_text_is_shown_as_far_as_it_is_readable(desk: Desk) -> None:
    inbox = InboxOperations(desk.store, Taken())
    assert inbox.show(kept(desk, body=b"\xff!"))["body"] == "\ufffd!"
    assert inbox.show(kept(desk, message_id="m2", body=None))["body"] is None


def test_a_refused_one_is_taken_again_as_it_was_kept(desk: Desk) -> None:
    one, taken = kept(desk), Taken()
    inbox = InboxOperations(desk.store, taken)
    assert inbox.resubmit(one, ANN) == "taken"
    ((back_office, message, repeats),) = taken.messages
    assert (back_office, repeats) == ("billing", one)
    assert (message.body, message.path, message.message_id, message.received_at) == (
        b'{"card": "4111111111111111"}',
        "events",
        "m1",
        NOON,
    )
    assert desk.trail() == [("ann", "the test says so", "inbox resubmit", f"message {one}")]
    with pytest.raises(ConflictError, match="is resubmitted"):
        inbox.resubmit(one, ANN)


def test_what_fails_again_stays_refused_and_the_try_is_audited(desk: Desk) -> None:
    one = kept(desk)
    inbox = InboxOperations(desk.store, Taken(MappingError("unreadable")))
    with pytest.raises(MappingError, match="unreadable"):
        inbox.resubmit(one, ANN)
    assert (inbox.show(one)["state"], desk.verbs()) == ("refused", ["inbox resubmit"])


@pytest.mark.parametrize(
    ("special", "words"),
    [({"state": "taken"}, "only one that was refused"), ({"body": None}, "not kept any more")],
)
def test_what_cannot_be_taken_again(desk: Desk, special: dict[str, Any], words: str) -> None:
    one, taken = kept(desk, **special), Taken()
    with pytest.raises(ConflictError, match=words):
        InboxOperations(desk.store, taken).resubmit(one, ANN)
    assert (taken.messages, desk.verbs()) == ([], [])


@pytest.mark.parametrize("verb", ["show", "resubmit"])
def test_a_number_that_does_not_exist(desk: Desk, verb: str) -> None:
    inbox = InboxOperations(desk.store, Taken())
    with pytest.raises(NotFoundError, match="no message 9"):
        getattr(inbox, verb)(*((9,) if verb == "show" else (9, ANN)))


def test_all_refused_ones_of_a_back_office_oldest_first(desk: Desk) -> None:
    first, second = kept(desk), kept(desk, message_id="m2")
    kept(desk, message_id="m3", state="taken")
    taken = Taken(MappingError("unreadable"))
    outcomes = InboxOperations(desk.store, taken).resubmit_all("billing", ANN)
    assert outcomes == {first: "unreadable", second: None}
    assert [repeats for _, _, repeats in taken.messages] == [first, second]
