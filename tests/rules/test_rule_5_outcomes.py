"""RULES 5: the outcomes table, row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.rules.support.fault import FaultKind
from tests.rules.support.listener import Listener
from tests.rules.support.office import OfficeSettings
from tests.rules.support.world import World

from backhaul.entities import Account, Contact
from backhaul.sdk.json import Json
from backhaul.sdk.repeat import Repeat, Stamps
from backhaul.sdk.transports.base import Request
from backhaul.store.delivery_state import State, WaitKind

A1 = ("account", "a1")
MakeWorld = Callable[..., World]


def of(make_world: MakeWorld, hooks: Mapping[str, object] | None = None, **settings: Any) -> World:
    return make_world(offices={"billing": OfficeSettings(**settings)}, hooks=hooks or {})


# ---- completed ------------------------------------------------------------------------------------------


def test_completed_binds_merges_and_records(world: World) -> None:
    world.system.fail(FaultKind.EXTRA, fields={"location": "Rome"})
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    (delivery,) = world.deliveries()
    assert delivery.state is State.COMPLETED
    assert world.bound(A1) == {"account": "A-1"}
    assert world.load(*A1).location == "Rome"
    assert world.changes(*A1)[-1]["origin"] == "billing"
    assert [one["outcome"] for one in world.attempts(delivery.id)] == ["completed"]
    assert world.sync(A1).sent_version == 1


def test_a_reply_without_the_stamp_of_a_system_that_stamps_is_read_back(world: World) -> None:
    world.system.fail(FaultKind.NO_STAMP)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    assert [request.method for request in world.system.requests] == ["POST", "GET"]
    assert world.sync(A1).stamps["name"] == 1
    assert world.last(*A1).state is State.COMPLETED


def test_a_reply_with_its_stamp_is_not_read_back(world: World) -> None:
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    assert [request.method for request in world.system.requests] == ["POST"]
    assert world.sync(A1).stamps["name"] == 1


def test_inbound_for_the_record_is_held_until_it_was_read_back(make_world: MakeWorld) -> None:
    world = of(make_world, stamps=Stamps.MESSAGES)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    states: list[str] = []

    def gate(request: Request) -> None:
        if request.method == "PATCH":
            world.system.change("account", "A-1", location="Rome")
            states.extend(item.state.value for item in world.tell("billing", "account", "A-1").items)

    world.system.gates.append(gate)
    world.edit(*A1, description="ours")
    world.drain()
    assert states == ["held"]
    assert (world.load(*A1).location, world.load(*A1).description) == ("Rome", "ours")
    assert [request.method for request in world.system.requests] == ["POST", "GET", "PATCH", "GET"]


# ---- completed, reply unusable --------------------------------------------------------------------------


@pytest.mark.parametrize("fails", ["after_call", "after_map", "mapping", "merge"])
def test_a_yes_whose_reply_cannot_be_used_completes_with_a_flag_and_is_never_sent_again(
    make_world: MakeWorld, fails: str
) -> None:
    listener = Listener(fails)
    world = of(make_world, {"listener": listener})
    extra: dict[str, Json] = {"status": "no such code"} if fails == "mapping" else {"location": "Rome"}
    world.system.fail(FaultKind.EXTRA, fields=extra)
    world.save(Account(id="a1", name="Ada"))
    world.settle()
    (delivery,) = world.deliveries()
    assert (delivery.state, delivery.merge_failed, delivery.code) == (State.COMPLETED, True, "merge_failed")
    assert len(world.system.writes("account")) == 1
    # Bound with what is known, the base is what was sent, and somebody is told.
    assert world.bound(A1) == {"account": "A-1"}
    assert world.sync(A1).base["name"] == "Ada"
    assert [(one.delivery, one.state) for one in listener.parked] == [(delivery.id, "completed")]
    listener.fails = ""
    world.edit(*A1, description="later")
    world.settle()
    assert world.system.writes("account")[1].said == {"description": "later"}


# ---- accepted -------------------------------------------------------------------------------------------


def accepted(make_world: MakeWorld, **settings: Any) -> World:
    world = of(make_world, **settings)
    world.system.fail(FaultKind.ACCEPT)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    assert world.last(*A1).state is State.ACCEPTED
    return world


def test_accepted_lets_the_lane_go_on_and_is_settled_by_its_answer(make_world: MakeWorld) -> None:
    world = accepted(make_world)
    world.save(Contact(id="c1", last_name="Smith", account_ids=["a1"]))
    world.drain()
    assert world.last("contact", "c1").state is State.COMPLETED
    assert world.last("contact", "c1").lane_id == world.last(*A1).lane_id
    world.push("billing", world.system.answer("T-1"))
    world.drain()
    assert world.last(*A1).state is State.COMPLETED
    assert world.bound(A1) == {"account": "A-2"}
    assert world.sync(A1).base["name"] == "Ada"


def test_an_acknowledgement_for_an_unknown_ticket_is_kept_and_matched_when_the_ticket_commits(
    make_world: MakeWorld,
) -> None:
    world = of(make_world)
    states: list[str] = []

    def faster_than_the_reply(request: Request) -> None:
        event = {"ticket": "T-1", "entity": "account", "id": "A-9", "document": {"name": "Ada"}}
        states.extend(item.state.value for item in world.push("billing", event).items)

    world.system.gates.append(faster_than_the_reply)
    world.system.fail(FaultKind.ACCEPT)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    assert states == ["held"]
    assert world.last(*A1).state is State.COMPLETED
    assert world.bound(A1) == {"account": "A-9"}


def test_a_negative_answer_is_a_rejection(make_world: MakeWorld) -> None:
    world = accepted(make_world)
    world.push("billing", world.system.answer("T-1", refuse=("E9", "credit check failed")))
    rejected = world.last(*A1)
    assert (rejected.state, rejected.code, rejected.reason) == (State.REJECTED, "E9", "credit check failed")
    assert world.sync(A1).base == {}
    assert world.bound(A1) == {}


def test_a_negative_answer_rejects_that_attempt_only(make_world: MakeWorld) -> None:
    world = accepted(make_world, probe=False, repeat=Repeat.MESSAGE_ID, accepted_limit=100.0)
    world.system.fail(FaultKind.ACCEPT)
    world.drain(advance=101.0)
    world.drain(advance=61.0)
    assert list(world.system.tickets) == ["T-1", "T-2"]
    world.push("billing", world.system.answer("T-1", refuse=("E9", "too late")))
    assert world.last(*A1).state is State.ACCEPTED
    world.push("billing", world.system.answer("T-2"))
    assert world.last(*A1).state is State.COMPLETED


def test_past_its_deadline_an_accepted_send_is_unknown_and_probed_never_repeated_blindly(
    make_world: MakeWorld,
) -> None:
    world = accepted(make_world, accepted_limit=100.0)
    world.system.answer("T-1")  # executed there, but its answer is lost
    world.drain(advance=101.0)
    unknown = world.last(*A1)
    assert (unknown.state, unknown.settle_until) == (State.UNKNOWN, world.clock() + 60.0)
    world.drain(advance=59.0)
    assert len(world.system.requests) == 1
    world.drain(advance=2.0)
    assert [request.method for request in world.system.requests] == ["POST", "GET"]
    assert world.last(*A1).state is State.COMPLETED
    assert len(world.system.all("account")) == 1


def test_a_late_answer_still_settles_it(make_world: MakeWorld) -> None:
    world = accepted(make_world, accepted_limit=100.0, probe=False)
    world.drain(advance=101.0)
    world.settle()
    assert world.last(*A1).wait_kind is WaitKind.PERSON
    world.push("billing", world.system.answer("T-1"))
    world.settle()
    assert world.last(*A1).state is State.COMPLETED
    assert world.bound(A1) == {"account": "A-1"}


def test_a_ticket_is_unique_per_back_office(make_world: MakeWorld) -> None:
    world = make_world(offices={"billing": OfficeSettings(), "assurance": OfficeSettings()})
    for system in world.systems.values():
        system.fail(FaultKind.ACCEPT)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    world.push("assurance", world.systems["assurance"].answer("T-1"))
    assert world.last(*A1, "assurance").state is State.COMPLETED
    assert world.last(*A1, "billing").state is State.ACCEPTED


# ---- rejected, unmappable -------------------------------------------------------------------------------


def test_rejected_is_parked_with_code_and_text_not_retried_and_the_lane_goes_on(
    make_world: MakeWorld,
) -> None:
    listener = Listener()
    world = of(make_world, {"listener": listener})
    world.system.fail(FaultKind.REJECT, code="E42", text="no such segment")
    world.save(Account(id="a1", name="Ada"))
    world.save(Contact(id="c1", last_name="Smith", account_ids=["a1"]))
    world.settle()
    rejected = world.last(*A1)
    assert (rejected.state, rejected.code) == (State.REJECTED, "E42")
    assert "no such segment" in (rejected.reason or "")
    assert len(world.system.sent("POST account")) == 1
    assert world.last("contact", "c1").state is State.COMPLETED
    assert [one.delivery for one in listener.parked] == [rejected.id]


def test_unmappable_is_parked_before_the_call_and_the_lane_goes_on(make_world: MakeWorld) -> None:
    listener = Listener()
    world = of(make_world, {"listener": listener})
    world.save(Account(id="a1", name="x" * 41))
    world.save(Contact(id="c1", last_name="Smith", account_ids=["a1"]))
    world.settle()
    unmappable = world.last(*A1)
    assert (unmappable.state, unmappable.code, unmappable.attempts) == (State.UNMAPPABLE, "name", 0)
    assert world.system.tried != []
    assert world.system.sent("POST account") == []
    assert world.last("contact", "c1").state is State.COMPLETED
    assert [one.state for one in listener.parked] == ["unmappable"]


# ---- not now --------------------------------------------------------------------------------------------


def test_not_now_backs_off_with_jitter_and_keeps_the_head_of_its_lane(make_world: MakeWorld) -> None:
    world = of(make_world, attempts=10)
    world.system.fail(FaultKind.BUSY, times=5)
    world.save(Account(id="a1", name="Ada"))
    waits: list[float] = []
    for _ in range(5):
        world.drain()
        ready = world.lane(world.last(*A1).lane_id)["ready_at"]
        waits.append(ready - world.clock())
        world.clock.advance_to(ready)
    for wait, whole in zip(waits, (1.0, 2.0, 4.0, 8.0, 8.0), strict=True):
        assert whole / 2 <= wait <= whole
    assert len({round(wait / whole, 9) for wait, whole in zip(waits, (1, 2, 4, 8, 8), strict=True)}) > 1
    world.drain()
    assert (world.last(*A1).state, world.last(*A1).faults) == (State.COMPLETED, 5)


def test_retry_after_is_honoured(world: World) -> None:
    world.system.fail(FaultKind.THROTTLE, retry_after=30.0)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    world.drain(advance=29.0)
    assert len(world.system.tried) == 1
    world.drain(advance=1.0)
    assert world.last(*A1).state is State.COMPLETED
