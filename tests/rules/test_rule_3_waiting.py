"""RULES 3: waiting, parked lanes, interactive work."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from tests.rules.support.fault import FaultKind
from tests.rules.support.office import OfficeSettings
from tests.rules.support.payment import Payment
from tests.rules.support.world import BY, World

from backhaul.entities import Account, Contact, Money
from backhaul.sdk.settings import DeadPolicy
from backhaul.sdk.transports.base import Request
from backhaul.store.delivery_state import State, WaitKind

A1 = ("account", "a1")
C1 = ("contact", "c1")
MakeWorld = Callable[..., World]


def of(make_world: MakeWorld, **settings: Any) -> World:
    return make_world(offices={"billing": OfficeSettings(**settings)})


def payment(number: str, profile: str = "b1", **fields: Any) -> Payment:
    amount = Money.of("12.50", "EUR")
    return Payment(id=number, account_id="a1", billing_profile_id=profile, amount=amount, **fields)


# ---- waiting --------------------------------------------------------------------------------------------


def orphan(make_world: MakeWorld, **settings: Any) -> World:
    """The account a1 waits: its contact was refused there."""
    world = of(make_world, needs={"account": ("contact",)}, **settings)
    world.system.fail(FaultKind.REJECT, "POST contact")
    world.save(Contact(id="c1", last_name="Smith"))
    world.save(Account(id="a1", name="Ada", contact_ids=["c1"]))
    world.drain()
    waiting = world.last(*A1)
    assert (waiting.state, waiting.wait_kind, waiting.wait_id) == (State.WAITING, WaitKind.PARENT, "c1")
    return world


def test_a_waiting_delivery_holds_no_lease_and_does_not_hold_its_lane(make_world: MakeWorld) -> None:
    world = orphan(make_world)
    lane = world.lane(world.last(*A1).lane_id)
    assert (lane["token"], lane["owner"], lane["ready_at"], lane["runnable"]) == (None, None, None, 0)
    world.save(Contact(id="c9", last_name="Jones", account_ids=["a1"]))
    assert world.last("contact", "c9").lane_id == lane["id"]
    world.drain()
    assert world.last("contact", "c9").state is State.COMPLETED
    assert world.last(*A1).state is State.WAITING


def test_woken_it_keeps_its_place_by_sequence(make_world: MakeWorld) -> None:
    world = orphan(make_world)
    for name in ("c8", "c9"):
        world.save(Contact(id=name, last_name=name, account_ids=["a1"]))
    assert len({world.last(*A1).lane_id, *(one.lane_id for one in world.deliveries("contact")[1:])}) == 1
    world.import_pair("billing", "contact", "C-77", C1)
    world.drain()
    said = [one.said.get("name") or one.said.get("lastName") for one in world.system.log]
    assert said == ["Ada", "c8", "c9"]


def test_past_its_deadline_a_waiting_delivery_parks(make_world: MakeWorld) -> None:
    world = orphan(make_world, wait_limit=100.0)
    world.drain(advance=99.0)
    assert world.last(*A1).state is State.WAITING
    world.drain(advance=2.0)
    parked = world.last(*A1)
    assert (parked.state, parked.code) == (State.DEAD, "wait_deadline")
    assert world.lane(parked.lane_id)["parked"] is None


def test_a_rejected_parent_shows_on_the_waiting_child(make_world: MakeWorld) -> None:
    world = orphan(make_world)
    assert "contact c1 is parked there (rejected" in (world.last(*A1).reason or "")


def unknown_update(make_world: MakeWorld, **settings: Any) -> World:
    world = of(make_world, **settings)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    world.system.fail(FaultKind.DROP_AFTER)
    world.edit(*A1, name="Bob")
    world.drain()
    assert world.last(*A1).state is State.UNKNOWN
    return world


def test_a_save_waits_while_another_of_its_record_is_unknown_and_parked_for_a_person(
    make_world: MakeWorld,
) -> None:
    world = unknown_update(make_world, probe=False)
    world.settle()
    assert world.last(*A1).wait_kind is WaitKind.PERSON
    world.edit(*A1, name="Carol")
    world.save(Contact(id="c9", last_name="Jones", account_ids=["a1"]))
    world.settle()
    waiting = world.last(*A1)
    assert (waiting.state, waiting.wait_kind) == (State.WAITING, WaitKind.RECORD)
    assert "unknown" in (waiting.reason or "")
    assert world.last("contact", "c9").state is State.COMPLETED
    world.operations.settle_done(world.deliveries(*A1)[1].id, BY)
    world.settle()
    assert world.last(*A1).state is State.COMPLETED
    assert world.system.only("account")["name"] == "Carol"


def accepted_create(make_world: MakeWorld, **settings: Any) -> World:
    world = of(make_world, **settings)
    world.system.fail(FaultKind.ACCEPT)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    assert world.last(*A1).state is State.ACCEPTED
    return world


def test_a_save_waits_while_another_of_its_record_is_accepted(make_world: MakeWorld) -> None:
    world = accepted_create(make_world)
    world.edit(*A1, name="Bob")
    world.save(Contact(id="c9", last_name="Jones", account_ids=["a1"]))
    world.drain()
    assert (world.last(*A1).state, world.last(*A1).wait_kind) == (State.WAITING, WaitKind.RECORD)
    assert world.last("contact", "c9").state is State.COMPLETED
    world.push("billing", world.system.answer("T-1"))
    world.drain()
    assert world.states(*A1) == [State.COMPLETED, State.COMPLETED]


def test_it_does_not_wait_where_accepted_sends_are_applied_in_order(make_world: MakeWorld) -> None:
    world = of(make_world, in_order=True)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    world.system.ticketed = True
    for name in ("Bob", "Carol"):
        world.edit(*A1, name=name)
        world.drain()
    assert world.states(*A1)[1:] == [State.ACCEPTED, State.ACCEPTED]
    assert list(world.system.tickets) == ["T-1", "T-2"]


def test_commands_wait_for_nothing_but_their_own_missing_parent(make_world: MakeWorld) -> None:
    world = of(make_world, probe=False, needs={"payment": ("account",)})
    world.save(Account(id="a1", name="Ada"))
    world.system.fail(FaultKind.REJECT, "POST account")
    world.drain()
    record = payment("p1")
    first = world.command(record)
    world.drain()
    assert world.delivery(first).wait_kind is WaitKind.PARENT
    world.edit(*A1, name="Bob")
    world.system.fail(FaultKind.DROP_AFTER, "POST payment")
    world.settle()
    # The first is unknown and parked for a person now: the next does not wait for it.
    assert world.delivery(first).wait_kind is WaitKind.PERSON
    second = world.command(world.load("payment", "p1"))
    world.settle()
    assert world.delivery(second).state is State.COMPLETED


# ---- parked lanes ---------------------------------------------------------------------------------------


def dead_lane(make_world: MakeWorld, **settings: Any) -> World:
    world = of(make_world, attempts=2, **settings)
    world.system.fail(FaultKind.BUSY, times=2)
    world.save(Account(id="a1", name="Ada"))
    world.settle()
    assert world.last(*A1).state is State.DEAD
    return world


def test_a_parked_lane_stays_null_when_something_is_enqueued(make_world: MakeWorld) -> None:
    world = dead_lane(make_world)
    lane = world.last(*A1).lane_id
    assert world.lane(lane)["parked"]
    assert world.lane(lane)["ready_at"] is None
    world.save(Contact(id="c9", last_name="Jones", account_ids=["a1"]))
    world.save(Contact(id="c8", last_name="Jones"))
    assert world.lane(lane)["ready_at"] is None
    world.settle()
    assert world.last("contact", "c9").state is State.PENDING
    assert world.last("contact", "c8").state is State.COMPLETED


def test_an_unparked_lane_goes_on(make_world: MakeWorld) -> None:
    world = dead_lane(make_world)
    world.save(Contact(id="c9", last_name="Jones", account_ids=["a1"]))
    world.lanes.unpark(world.last(*A1).lane_id, BY)
    world.settle()
    assert world.last("contact", "c9").state is State.COMPLETED


def test_a_lane_parks_only_by_policy(make_world: MakeWorld) -> None:
    world = dead_lane(make_world, dead_lane=DeadPolicy.GO_ON)
    lane = world.last(*A1).lane_id
    assert world.lane(lane)["parked"] is None
    world.system.fail(FaultKind.REJECT)
    world.save(Contact(id="c1", last_name="Smith", account_ids=["a1"]))
    world.save(Contact(id="c9", last_name="Jones", account_ids=["a1"]))
    world.settle()
    assert {one.lane_id for one in world.deliveries("contact")} == {lane}
    assert world.states("contact") == [State.REJECTED, State.COMPLETED]


# ---- interactive work -----------------------------------------------------------------------------------


def test_interactive_work_has_reserved_slots_ahead_of_backlog(world: World) -> None:
    released, stuck = threading.Event(), threading.Semaphore(0)

    def gate(request: Request) -> None:
        if b"backlog" in (request.body or b""):
            stuck.release()
            assert released.wait(20.0)
        else:
            released.set()

    world.system.gates.append(gate)
    for number in range(20):
        world.save(Account(id=f"b{number}", name=f"backlog {number}"))
    worker = threading.Thread(target=world.drain)
    worker.start()
    for _ in range(2):  # every thread that takes backlog is stuck now
        assert stuck.acquire(timeout=20.0)
    world.front.save(Account(id="a1", name="Ada"), interactive=True)
    worker.join(30.0)
    assert not worker.is_alive()
    assert b"Ada" in (world.system.requests[0].body or b"")
    assert set(world.states()) == {State.COMPLETED}


def test_slots_kept_for_interactive_work_give_a_worker_no_reason_to_look_at_backlog(world: World) -> None:
    """Otherwise a worker that is fully occupied runs one empty transaction after the other."""
    dispatcher = world.dispatcher()
    dispatcher.drain()
    dispatcher._loads["billing"].lanes = dispatcher._limits["billing"].ahead - 1
    world.save(Account(id="b1", name="backlog"))
    assert not dispatcher._due()
    world.front.save(Account(id="a1", name="Ada"), interactive=True)
    assert dispatcher._due()
