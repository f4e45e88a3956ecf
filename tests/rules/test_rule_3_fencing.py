"""RULES 3: leases and fencing."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from tests.rules.support.fault import FaultKind
from tests.rules.support.world import World

from backhaul.delivery.owner import Owner
from backhaul.entities import Account
from backhaul.sdk.transports.base import Request
from backhaul.store.delivery_state import State

A1 = ("account", "a1")
LONG = 1_000_000.0
MakeWorld = Callable[..., World]


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
