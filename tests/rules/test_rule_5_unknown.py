"""RULES 5: unknown, dead, probes, batches, deletes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.rules.support.fault import FaultKind
from tests.rules.support.listener import Listener
from tests.rules.support.office import OfficeSettings
from tests.rules.support.payment import Payment
from tests.rules.support.system import System
from tests.rules.support.world import World

from backhaul.entities import Account, Money
from backhaul.sdk.repeat import Repeat
from backhaul.sdk.transports.base import Request
from backhaul.store.delivery_state import State, WaitKind

A1 = ("account", "a1")
MakeWorld = Callable[..., World]


def of(make_world: MakeWorld, hooks: Mapping[str, object] | None = None, **settings: Any) -> World:
    return make_world(offices={"billing": OfficeSettings(**settings)}, hooks=hooks or {})


# ---- unknown --------------------------------------------------------------------------------------------

EXECUTED = [FaultKind.DROP_AFTER, FaultKind.GARBLE, FaultKind.BAD_GATEWAY_AFTER]
LOST = [FaultKind.DROP_BEFORE, FaultKind.BAD_GATEWAY]


@pytest.mark.parametrize("kind", EXECUTED + LOST)
def test_unknown_waits_settle_after_and_is_probed_then(make_world: MakeWorld, kind: FaultKind) -> None:
    world = of(make_world)
    world.system.fail(kind)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    unknown = world.last(*A1)
    assert (unknown.state, unknown.settle_until) == (State.UNKNOWN, world.clock() + 60.0)
    world.drain(advance=59.0)
    assert len(world.system.tried) == 1
    world.drain(advance=1.0)
    methods = [request.method for request in world.system.tried]
    assert methods == (["POST", "GET"] if kind in EXECUTED else ["POST", "GET", "POST"])
    assert world.last(*A1).state is State.COMPLETED
    assert len(world.system.all("account")) == 1
    assert world.bound(A1) == {"account": "A-1"}


def test_a_defect_of_the_adapter_is_unknown_and_shows_no_text_of_its_error(make_world: MakeWorld) -> None:
    world = of(make_world)
    world.system.fail(FaultKind.DEFECT)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    assert world.last(*A1).state is State.UNKNOWN
    assert "LookupError" in (world.last(*A1).reason or "")
    assert "a defect of the adapter" not in (world.last(*A1).reason or "")


def test_without_a_probe_it_is_repeated_where_that_is_safe_and_only_after_settle_after(
    make_world: MakeWorld,
) -> None:
    world = of(make_world, probe=False, repeat=Repeat.MESSAGE_ID)
    world.system.fail(FaultKind.DROP_AFTER)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    world.drain(advance=59.0)
    assert len(world.system.tried) == 1
    world.drain(advance=1.0)
    assert [request.method for request in world.system.tried] == ["POST", "POST"]
    assert len(world.system.all("account")) == 1
    assert world.last(*A1).state is State.COMPLETED


@pytest.mark.parametrize("what", ["create", "update", "command"])
def test_without_probe_and_safe_repetition_it_parks_for_a_person(make_world: MakeWorld, what: str) -> None:
    listener = Listener()
    world = of(make_world, {"listener": listener}, probe=False, repeat=Repeat.NONE)
    if what == "update":
        world.save(Account(id="a1", name="Ada"))
        world.drain()
    world.system.fail(FaultKind.DROP_AFTER)
    if what == "command":
        amount = Money.of("12.50", "EUR")
        world.command(Payment(id="p1", account_id="a1", billing_profile_id="b1", amount=amount))
    elif what == "update":
        world.edit(*A1, name="Bob")
    else:
        world.save(Account(id="a1", name="Ada"))
    world.settle()
    sent = len(world.system.tried)
    world.settle(within=1_000_000.0)
    parked = world.deliveries()[-1]
    assert (parked.state, parked.wait_kind) == (State.UNKNOWN, WaitKind.PERSON)
    assert len(world.system.tried) == sent
    assert listener.parked[-1].delivery == parked.id


def crashed(world: World) -> None:
    """A worker dies while its request is being executed; its lease is taken back at the next start."""
    dispatcher = world.dispatcher()
    dispatcher._settle = lambda uow, job, error: None  # type: ignore[method-assign]
    dispatcher._settle_plain = lambda uow, events: set()  # type: ignore[method-assign]
    dispatcher._outstanding = lambda: 0 if world.system.requests else 1  # type: ignore[method-assign]
    dispatcher.drain()


def test_a_lease_reclaimed_after_a_crash_is_unknown(make_world: MakeWorld) -> None:
    world = of(make_world)
    world.save(Account(id="a1", name="Ada"))
    crashed(world)
    assert world.last(*A1).state is State.IN_FLIGHT
    world.drain(advance=5.0)
    unknown = world.last(*A1)
    assert (unknown.state, unknown.settle_until) == (State.UNKNOWN, world.clock() + 60.0)
    assert [one["outcome"] for one in world.attempts(unknown.id)] == ["unknown"]
    world.settle()
    assert world.last(*A1).state is State.COMPLETED
    assert len(world.system.all("account")) == 1


def test_settle_after_counts_from_the_last_moment_a_request_could_leave(make_world: MakeWorld) -> None:
    """A call that took four seconds may have left at their end."""
    world = of(make_world)
    planned = world.clock()

    def slow(request: Request) -> None:
        if not request.safe:
            world.clock.advance(4.0)

    world.system.gates.append(slow)
    world.system.fail(FaultKind.DROP_BEFORE)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    assert world.last(*A1).settle_until == planned + 4.0 + 60.0


def test_a_probe_that_fails_for_now_proves_nothing(make_world: MakeWorld) -> None:
    world = of(make_world)
    world.system.fail(FaultKind.DROP_AFTER)
    world.system.fail(FaultKind.REFUSE, "GET account", times=3)
    world.save(Account(id="a1", name="Ada"))
    world.settle()
    assert [request.method for request in world.system.tried] == ["POST", "GET", "GET", "GET", "GET"]
    assert world.last(*A1).state is State.COMPLETED
    assert len(world.system.all("account")) == 1


def test_a_send_that_stays_unknown_is_left_to_a_person_at_last(make_world: MakeWorld) -> None:
    world = of(make_world, probe=False, repeat=Repeat.MESSAGE_ID, attempts=3)
    world.system.fail(FaultKind.DROP_AFTER, times=None)
    world.save(Account(id="a1", name="Ada"))
    world.settle()
    parked = world.last(*A1)
    assert (parked.state, parked.wait_kind, parked.faults) == (State.UNKNOWN, WaitKind.PERSON, 3)
    assert len(world.system.tried) == 3
    assert len(world.system.all("account")) == 1


# ---- dead -----------------------------------------------------------------------------------------------


def test_dead_when_the_attempts_are_used_up_on_faults_of_this_delivery(make_world: MakeWorld) -> None:
    listener = Listener()
    world = of(make_world, {"listener": listener}, attempts=3)
    world.system.fail(FaultKind.BUSY, times=None)
    world.save(Account(id="a1", name="Ada"))
    world.settle()
    dead = world.last(*A1)
    assert (dead.state, dead.code, dead.faults) == (State.DEAD, "attempts", 3)
    assert len(world.system.tried) == 3
    assert "delivery" in (world.lane(dead.lane_id)["parked"] or "")
    assert [one.state for one in listener.parked] == ["dead"]


# ---- probes ---------------------------------------------------------------------------------------------


def test_not_found_counts_only_after_settle_after(make_world: MakeWorld) -> None:
    """The request was given up, and is executed long after: just before it is looked for."""
    world = of(make_world)
    world.system.fail(FaultKind.LATE)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    world.drain(advance=59.0)
    assert world.system.all("account") == {}
    world.system.run_late()
    world.settle()
    assert len(world.system.all("account")) == 1
    assert world.bound(A1) == {"account": "A-1"}


def test_not_found_repeats_the_same_bytes_under_the_same_message_id(make_world: MakeWorld) -> None:
    world = of(make_world)
    world.system.fail(FaultKind.DROP_BEFORE)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    world.edit(*A1, name="Changed since")
    world.settle()
    first, second = world.system.sent("POST account")
    assert (first.body, first.headers["x-message-id"]) == (second.body, second.headers["x-message-id"])


def unknown_update(make_world: MakeWorld, kind: FaultKind) -> World:
    world = of(make_world)
    world.save(Account(id="a1", name="Ada", description="one"))
    world.drain()
    world.system.fail(kind)
    world.edit(*A1, description="two")
    world.drain()
    assert world.last(*A1).state is State.UNKNOWN
    return world


def test_the_probe_of_an_update_that_was_executed_closes_it_and_sends_nothing_more(
    make_world: MakeWorld,
) -> None:
    world = unknown_update(make_world, FaultKind.DROP_AFTER)
    world.settle()
    assert world.states() == [State.COMPLETED, State.REPLACED]
    assert len(world.system.sent("PATCH account")) == 1
    assert world.sync(A1).base["description"] == "two"


def test_the_probe_of_an_update_that_was_lost_lets_convergence_send_what_still_differs(
    make_world: MakeWorld,
) -> None:
    world = unknown_update(make_world, FaultKind.DROP_BEFORE)
    world.settle()
    assert world.states() == [State.COMPLETED, State.REPLACED, State.COMPLETED]
    assert world.last(*A1).cause == "convergence"
    assert world.system.only("account")["description"] == "two"
    first, second = world.system.sent("PATCH account")
    assert first.headers["x-message-id"] != second.headers["x-message-id"]


def test_what_the_probe_of_an_update_reads_is_merged_like_an_inbound_message(make_world: MakeWorld) -> None:
    world = unknown_update(make_world, FaultKind.DROP_BEFORE)
    world.system.change("account", "A-1", location="Rome")
    world.settle()
    assert world.load(*A1).location == "Rome"
    assert world.load(*A1).description == "two"
    assert world.system.only("account")["description"] == "two"


def test_an_object_that_is_gone_when_its_update_is_probed_is_not_recreated(make_world: MakeWorld) -> None:
    world = unknown_update(make_world, FaultKind.DROP_BEFORE)
    world.system.objects["account"].clear()
    world.settle()
    gone = world.last(*A1)
    assert (gone.state, gone.code) == (State.REJECTED, "gone")
    assert world.system.all("account") == {}


# ---- batches and deletes go through the same table ------------------------------------------------------


def batched(make_world: MakeWorld, **settings: Any) -> World:
    return of(make_world, batch=3, **settings)


def test_in_a_batch_every_record_has_an_outcome_of_its_own(make_world: MakeWorld) -> None:
    world = batched(make_world)
    system: System = world.system
    system.rule = lambda _, said: ("E1", "no Bobs") if said.get("name") == "Bob" else None
    for name in ("Ada", "Bob", "Eve"):
        world.save(Account(id=name.lower(), name=name))
    world.settle()
    assert world.states() == [State.COMPLETED, State.REJECTED, State.COMPLETED]


def test_an_unknown_batch_is_probed_record_by_record_and_repeated_for_what_is_missing(
    make_world: MakeWorld,
) -> None:
    world = batched(make_world)
    world.system.fail(FaultKind.DROP_BEFORE)
    world.save(Account(id="a1", name="Ada"))
    world.settle()
    assert world.states() == [State.COMPLETED]
    assert len(world.system.all("account")) == 1


def test_a_delete_is_a_call_of_its_own_where_saves_travel_in_batches(make_world: MakeWorld) -> None:
    world = batched(make_world, deletes=True)
    world.save(Account(id="a1", name="Ada"))
    world.settle()
    world.front.delete("account", "a1")
    world.settle()
    assert world.states() == [State.COMPLETED, State.COMPLETED]
    assert world.system.all("account") == {}


def test_a_delete_whose_outcome_is_unknown_is_done_once_the_object_is_gone(make_world: MakeWorld) -> None:
    world = of(make_world, deletes=True)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    world.system.fail(FaultKind.DROP_AFTER, "DELETE account")
    world.front.delete("account", "a1")
    world.settle()
    assert world.last(*A1).state is State.COMPLETED
    assert len(world.system.sent("DELETE account")) == 1


# ---- what a reading leaves open -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.DROP_BEFORE])
@pytest.mark.parametrize("first", ["one", None])
def test_what_an_unknown_update_changed_and_the_next_save_changed_back_arrives(
    make_world: MakeWorld, kind: FaultKind, first: str | None
) -> None:
    """A value that was cleared is not shown any more; that must not pass for what was agreed before."""
    world = of(make_world)
    world.save(Account(id="a1", name="Ada", description=first))
    world.drain()
    world.system.fail(kind)
    world.edit(*A1, description=None if first else "two")
    world.drain()
    world.edit(*A1, description=first)
    world.settle()
    assert world.system.only("account").get("description") == first
    assert world.load(*A1).description == first
