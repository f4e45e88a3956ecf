"""RULES 3: lanes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

from tests.rules.support.office import OfficeSettings
from tests.rules.support.payment import Payment
from tests.rules.support.world import SEND_ACCOUNT, World

from backhaul.entities import Account, Contact, Money
from backhaul.processes.planning import Cause, Intent
from backhaul.processes.route import Payload, Route
from backhaul.sdk.envelope import FRONT
from backhaul.sdk.transports.base import Request
from backhaul.store.delivery_state import State

A1 = ("account", "a1")
C1 = ("contact", "c1")
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
