from __future__ import annotations

import json

import pytest
from operations_desk import ANN, NOON, Desk

from backhaul.sdk.errors import AuthenticationError, NotFoundError, TransientError
from backhaul.store.delivery_state import State

DOWN = TransientError("Nobody listens.")
LOCKED_OUT = AuthenticationError("The password has expired.")


def test_the_status_says_how_each_is_and_what_stands_there(desk: Desk) -> None:
    desk.save(1)
    (status,) = desk.back_offices.status()
    assert (status.name, status.plugin, status.state, status.since) == ("billing", "shelf", "up", None)
    assert (status.lanes_ready, status.lanes_parked, status.held) == (1, 0, None)
    assert (status.deliveries["pending"], status.deliveries["holds"]) == (1, True)
    assert json.loads(json.dumps(status.as_json()))["name"] == "billing"


def test_a_paused_one_is_not_called(desk: Desk) -> None:
    one = desk.save()
    assert desk.back_offices.pause("billing", ANN)
    assert not desk.back_offices.pause("billing", ANN)
    desk.drain()
    (status,) = desk.back_offices.status()
    assert (status.state, status.reason, status.since) == ("paused", "ann: the test says so", NOON)
    assert (desk.state(one), desk.shelf.sent) == (State.PENDING, [])
    assert desk.verbs() == ["backoffice pause"]


def test_resumed_it_is_called_at_once(desk: Desk) -> None:
    one = desk.save()
    desk.back_offices.pause("billing", ANN)
    assert desk.back_offices.resume("billing", ANN)
    assert not desk.back_offices.resume("billing", ANN)
    assert desk.planned == 1
    desk.drain()
    assert desk.state(one) is State.COMPLETED
    assert desk.verbs() == ["backoffice pause", "backoffice resume"]


@pytest.mark.parametrize(("error", "state"), [(DOWN, "down"), (LOCKED_OUT, "refused")])
def test_resuming_does_not_wait_for_the_next_try(desk: Desk, error: Exception, state: str) -> None:
    one = desk.after(error)
    (status,) = desk.back_offices.status()
    assert status.state == state
    assert str(error.args[0]) in str(status.reason)
    desk.drain()
    assert desk.state(one) is State.BACKING_OFF
    desk.back_offices.resume("billing", ANN)
    desk.drain()
    assert desk.state(one) is State.COMPLETED
    with desk.store.read() as uow:
        (entry,) = uow.ledger.audit_trail()
    assert entry["detail"]["state"] == state


def test_one_without_its_plugin_is_held_and_can_be_paused(desk: Desk) -> None:
    desk.save()
    desk.serve({"billing": "it is not installed"})
    assert desk.back_offices.pause("billing", ANN)
    (status,) = desk.back_offices.status()
    assert (status.held, status.state, status.plugin) == ("it is not installed", "paused", None)
    assert status.deliveries["held"] == 1


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_a_name_that_nobody_knows(desk: Desk, verb: str) -> None:
    with pytest.raises(NotFoundError, match="'biling' is not configured"):
        getattr(desk.back_offices, verb)("biling", ANN)
