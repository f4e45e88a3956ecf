"""RULES 3: lanes."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from typing import Any

import pytest
from support.fault import FaultKind
from support.office import OfficeSettings
from support.payment import Payment
from support.world import BY, SEND_ACCOUNT, World

from backhaul.delivery.owner import Owner
from backhaul.entities import Account, Contact, Money
from backhaul.processes.planning import Cause, Intent
from backhaul.processes.route import Payload, Route
from backhaul.sdk.envelope import FRONT
from backhaul.sdk.settings import DeadPolicy
from backhaul.sdk.transports.base import Request
from backhaul.store.delivery_state import State, WaitKind

A1 = ("account", "a1")
C1 = ("contact", "c1")
LONG = 1_000_000.0
MakeWorld = Callable[..., World]


def of(make_world: MakeWorld, **settings: Any) -> World:
    return make_world(offices={"billing": OfficeSettings(**settings)})


def payment(number: str, profile: str = "b1", **fields: Any) -> Payment:
    amount = Money.of("12.50", "EUR")
    return Payment(id=number, account_id="a1", billing_profile_id=profile, amount=amount, **fields)


# ---- ordering keys --------------------------------------------------------------------------------------


def test_the_ordering_key_is_the_account_of_the_record_else_its_own_id(world: World) -> None:
    world.save(Account(id="a1", name="Ada"))
    for name, accounts in (("one", ["a1"]), ("none", []), ("two", ["a1", "a2"])):
        world.save(Contact(id=name, last_name=name, account_ids=accounts))
    keys = {one.record_id: world.lane(one.lane_id)["key"] for one in world.deliveries()}
    assert keys == {"a1": "a1", "one": "a1", "none": "none", "two": "two"}


def test_commands_use_the_billing_profile(world: World) -> None:
    for number, profile in (("p1", "b1"), ("p2", "b1"), ("p3", "b2")):
        world.command(payment(number, profile))
    lanes = [world.lane(one.lane_id) for one in world.deliveries()]
    assert [lane["key"] for lane in lanes] == ["b1", "b1", "b2"]


def test_a_lane_is_of_one_back_office(make_world: MakeWorld) -> None:
    world = make_world(offices={"billing": OfficeSettings(), "assurance": OfficeSettings()})
    world.save(Account(id="a1", name="Ada"))
    lanes = [world.lane(one.lane_id) for one in world.deliveries()]
    assert sorted(lane["backoffice"] for lane in lanes) == ["assurance", "billing"]


def test_within_a_lane_deliveries_happen_in_order_one_at_a_time_and_lanes_run_side_by_side(
    make_world: MakeWorld,
) -> None:
    world = make_world(routes=[Route(SEND_ACCOUNT, ("billing",), payload=Payload.FROZEN)])
    together = threading.Barrier(2, timeout=10.0)
    busy: set[str] = set()

    def gate(request: Request) -> None:
        name = json.loads(request.body or b"{}")["name"]
        assert name[0] not in busy
        busy.add(name[0])
        if name in ("a-0", "b-0"):
            together.wait()
        busy.discard(name[0])

    world.system.gates.append(gate)
    for turn in range(5):
        for lane in ("a", "b"):
            if turn:
                world.edit("account", lane, name=f"{lane}-{turn}")
            else:
                world.save(Account(id=lane, name=f"{lane}-{turn}"))
    world.drain()
    for lane in ("a", "b"):
        said = [str(one.said["name"]) for one in world.system.writes("account")]
        assert [name for name in said if name[0] == lane] == [f"{lane}-{turn}" for turn in range(5)]


def test_a_record_with_an_open_delivery_keeps_its_lane_until_that_is_settled(world: World) -> None:
    world.save(Contact(id="c1", last_name="Smith", account_ids=["a1"]))
    world.edit(*C1, account_ids=["a2"])
    first, second = world.deliveries()
    assert second.lane_id == first.lane_id
    world.drain()
    world.edit(*C1, last_name="Smythe")
    assert world.lane(world.last(*C1).lane_id)["key"] == "a2"


def test_a_version_lower_than_the_sent_one_is_never_sent(make_world: MakeWorld) -> None:
    world = make_world(routes=[Route(SEND_ACCOUNT, ("billing",), payload=Payload.FROZEN)])
    old = world.save(Account(id="a1", name="First"))
    world.edit(*A1, name="Second")
    world.drain()
    intent = Intent("billing", old, SEND_ACCOUNT, Cause(FRONT, "again"), document=old.model_dump(mode="json"))
    with world.store.write() as uow:
        number = world.planner.enqueue(uow, intent)
    world.drain()
    assert (world.delivery(number).state, world.delivery(number).code) == (State.SUPERSEDED, "version")
    assert [one.said["name"] for one in world.system.writes("account")] == ["First", "Second"]


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
    world.bind("billing", "contact", "C-77", C1)
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


# ---- fencing --------------------------------------------------------------------------------------------


def test_a_claim_writes_a_fresh_token_and_every_change_of_the_lane_requires_it(world: World) -> None:
    world.save(Account(id="a1", name="Ada"))
    lane = world.last(*A1).lane_id
    with world.store.write() as uow:
        (claimed,) = uow.lanes.claim("billing", 5, owner="one", token="first", lease=10.0)
    assert world.lane(lane)["token"] == claimed.token == "first"
    world.clock.advance(11.0)
    with world.store.write() as uow:
        assert [one.id for one in uow.lanes.claim("billing", 5, owner="two", token="second", lease=10.0)] == [
            lane
        ]
        assert not uow.lanes.release(lane, "first", done=1)
    assert (world.lane(lane)["token"], world.lane(lane)["runnable"]) == ("second", 1)


def taken_over(world: World) -> None:
    """While its request is being answered, another worker takes the lane over."""

    def gate(request: Request) -> None:
        if request.safe:
            return
        with world.store.write() as uow:
            uow.lanes.take_back(str(Owner.current()))
            assert uow.lanes.claim("billing", 5, owner="thief", token="stolen", lease=LONG)

    world.system.gates.append(gate)


def test_a_late_yes_settles_its_own_attempt_and_only_the_lane_is_fenced(world: World) -> None:
    world.save(Account(id="a1", name="Ada"))
    taken_over(world)
    world.drain()
    (delivery,) = world.deliveries()
    assert delivery.state is State.COMPLETED
    assert [one["outcome"] for one in world.attempts(delivery.id)] == ["completed"]
    assert world.bound(A1) == {"account": "A-1"}
    lane = world.lane(delivery.lane_id)
    assert (lane["token"], lane["owner"], lane["runnable"]) == ("stolen", "thief", 0)


def test_a_late_no_settles_its_own_attempt_as_well(world: World) -> None:
    world.save(Account(id="a1", name="Ada"))
    taken_over(world)
    world.system.fail(FaultKind.REJECT)
    world.drain()
    (delivery,) = world.deliveries()
    assert delivery.state is State.REJECTED
    assert world.attempts(delivery.id)[0]["outcome"] == "rejected"
    assert world.lane(delivery.lane_id)["token"] == "stolen"


def test_a_late_outcome_that_proves_nothing_leaves_the_delivery_to_the_new_owner(world: World) -> None:
    world.save(Account(id="a1", name="Ada"))
    taken_over(world)
    world.system.fail(FaultKind.DROP_AFTER)
    world.drain()
    (delivery,) = world.deliveries()
    assert delivery.state is State.IN_FLIGHT
    assert world.attempts(delivery.id)[0]["ended_at"] is not None
    assert world.lane(delivery.lane_id)["token"] == "stolen"
    # The new owner finds it in flight without an outcome, and does not send it blindly.
    world.system.gates.clear()
    with world.store.write() as uow:
        uow.lanes.take_back("thief")
    world.settle()
    assert world.last(*A1).state is State.COMPLETED
    assert len(world.system.writes("account")) == 1


def leased_by(world: World, owner: Owner) -> None:
    world.save(Account(id="a1", name="Ada"))
    with world.store.write() as uow:
        assert uow.lanes.claim("billing", 5, owner=str(owner), token="theirs", lease=LONG)
    world.drain()


def test_the_owner_names_host_boot_process_and_start_time() -> None:
    here = Owner.current()
    assert here.pid == os.getpid()
    assert all((here.host, here.boot, here.started))
    assert Owner.parse(str(here)) == here
    assert not here.is_dead_here(here)


@pytest.mark.parametrize("change", ["pid", "boot", "started"])
def test_at_start_a_lease_whose_owner_on_this_host_is_dead_is_taken_back_at_once(
    world: World, change: str
) -> None:
    here = Owner.current()
    dead = Owner(
        here.host,
        "another boot" if change == "boot" else here.boot,
        2**22 + 1 if change == "pid" else here.pid,
        "1" if change == "started" else here.started,
    )
    leased_by(world, dead)
    assert world.states() == [State.COMPLETED]


@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_a_lease_of_a_live_process_or_of_another_host_is_left_alone(world: World, where: str) -> None:
    parent = os.getppid()
    started = _start_of(parent)
    here = Owner.current()
    host = here.host if where == "here" else "another-host"
    leased_by(world, Owner(host, here.boot, parent, started if where == "here" else "1"))
    assert world.states() == [State.PENDING]
    assert world.system.requests == []


def _start_of(pid: int) -> str:
    from backhaul.delivery.owner import _started  # noqa: PLC0415  (only this test asks for another process)

    found = _started(pid)
    assert found is not None
    return found
