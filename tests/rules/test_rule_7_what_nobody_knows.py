"""RULES 7: messages about what nobody knows yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.rules.support.fault import FaultKind
from tests.rules.support.office import OfficeSettings
from tests.rules.support.payment import Payment
from tests.rules.support.receiving import held
from tests.rules.support.world import SEND_ACCOUNT, World, routes

from backhaul.entities import Account, Money
from backhaul.processes.route import Route, UnmatchedUpdate
from backhaul.store.delivery_state import State

MakeWorld = Callable[..., World]
A1 = ("account", "a1")

# ---- what nobody knows ----------------------------------------------------------------------------------


def lost_create(make_world: MakeWorld, kind: FaultKind = FaultKind.DROP_AFTER, **settings: Any) -> World:
    """An account that was made there, and whose reply has not come."""
    world = make_world(
        offices={"billing": OfficeSettings(**settings)}, routes=[Route(SEND_ACCOUNT, ("billing",))]
    )
    world.system.fail(kind)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    return world


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.ACCEPT])
def test_an_unmatched_message_is_held_while_a_create_is_open_that_may_have_made_it(
    make_world: MakeWorld, kind: FaultKind
) -> None:
    world = lost_create(make_world, kind)
    if kind is FaultKind.ACCEPT:
        answer = world.system.answer("T-1")
    (number,) = world.system.all("account")
    receipt = world.tell("billing", "account", number, "created")
    assert [(item.state.value, item.code) for item in receipt.items] == [("held", "create_open")]
    assert len(world.rows("SELECT id FROM records")) == 1
    if kind is FaultKind.ACCEPT:
        world.push("billing", answer)
    world.settle()
    assert world.states() == [State.COMPLETED]
    assert held(world) == []
    assert len(world.rows("SELECT id FROM records")) == 1
    assert world.bound(A1) == {"account": number}


def test_it_is_held_while_the_create_is_in_flight(make_world: MakeWorld) -> None:
    world = make_world(routes=[Route(SEND_ACCOUNT, ("billing",))])
    states: list[str] = []

    def tell(request: Any) -> None:
        if request.operation == "POST account":
            there = world.system.add("account", name="Somebody else")
            receipt = world.tell("billing", "account", there["id"], "created")
            states.append(receipt.items[0].state.value)

    world.system.gates.append(tell)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    assert states == ["held"]
    # It was not the one: when the create had settled it became a record of its own.
    assert held(world) == []
    assert len(world.rows("SELECT id FROM records")) == 2
    assert len(world.system.all("account")) == 2


def test_it_is_held_while_a_command_is_open_that_may_have_made_it(make_world: MakeWorld) -> None:
    world = make_world(routes=[])
    world.system.fail(FaultKind.DROP_AFTER)
    paid = Money.of("1.00", "EUR")
    world.command(Payment(id="p1", account_id="a1", billing_profile_id="b1", amount=paid))
    world.drain()
    (number,) = world.system.all("payment")
    assert world.tell("billing", "payment", number, "created").items[0].state.value == "held"
    world.settle()
    assert held(world) == []
    assert len(world.rows("SELECT id FROM records WHERE entity = 'payment'")) == 1


def test_only_creates_of_that_entity_at_that_sender_hold_it(make_world: MakeWorld) -> None:
    world = make_world(
        offices={"billing": OfficeSettings(), "assurance": OfficeSettings()}, routes=routes("billing")
    )
    world.systems["billing"].fail(FaultKind.DROP_AFTER)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    there = world.systems["assurance"].add("account", name="Eve")
    assert world.tell("assurance", "account", there["id"], "created").changed
    person = world.systems["billing"].add("contact", lastName="Smith")
    assert world.tell("billing", "contact", person["id"], "created").changed


def test_creates_that_began_after_it_had_arrived_do_not_hold_it(make_world: MakeWorld) -> None:
    world = lost_create(make_world)
    there = world.system.add("account", name="Eve")
    assert world.tell("billing", "account", there["id"], "created").items[0].state.value == "held"
    world.clock.advance(30.0)
    world.system.fail(FaultKind.DROP_AFTER)
    world.save(Account(id="a2", name="Bob"))
    world.settle(within=40.0)
    # The first create is settled; the second, still open, began later.
    assert world.states("account", "a1") == [State.COMPLETED]
    assert world.states("account", "a2") == [State.UNKNOWN]
    assert held(world) == []


def test_created_makes_a_record_and_updated_is_refused_as_unknown(make_world: MakeWorld) -> None:
    world = make_world(routes=[])
    there = world.system.add("account", name="Eve")
    (refused,) = world.tell("billing", "account", there["id"], "updated").items
    assert (refused.state.value, refused.code) == ("refused", "unknown")
    (taken,) = world.tell("billing", "account", there["id"], "created").items
    record = world.load("account", taken.record_id or "")
    assert (record.name, record.origin, record.version) == ("Eve", "billing", 1)
    assert world.bound(("account", record.id)) == {"account": there["id"]}
    (again,) = world.tell("billing", "account", there["id"], "created", extra=1).items
    assert (again.state.value, again.record_id) == ("unchanged", record.id)


def test_updated_makes_a_record_where_the_route_says_so(make_world: MakeWorld) -> None:
    route = Route("CUT Receive Account Data", ("billing",), unmatched_update=UnmatchedUpdate.CREATE)
    world = make_world(routes=[route])
    there = world.system.add("account", name="Eve")
    assert world.tell("billing", "account", there["id"], "updated").changed


def test_a_record_that_comes_in_is_sent_to_the_others(make_world: MakeWorld) -> None:
    world = make_world(offices={"billing": OfficeSettings(), "assurance": OfficeSettings()})
    there = world.systems["billing"].add("account", name="Eve")
    world.tell("billing", "account", there["id"], "created")
    world.drain()
    assert world.systems["assurance"].only("account")["name"] == "Eve"
    assert len(world.systems["billing"].all("account")) == 1


def test_a_child_whose_parent_is_unknown_waits_and_is_not_refused(make_world: MakeWorld) -> None:
    settings = OfficeSettings(needs={"payment": ("account",)})
    world = make_world(offices={"billing": settings}, routes=[])
    boss = world.system.add("account", name="Boss")
    paid = world.system.add(
        "payment", account=boss["id"], profile="b1", amount={"value": 5, "currency": "EUR"}
    )
    (waiting,) = world.tell("billing", "payment", paid["id"], "created").items
    assert (waiting.state.value, waiting.code) == ("held", "parent")
    world.drain()
    assert len(held(world)) == 1
    world.tell("billing", "account", boss["id"], "created")
    world.drain()
    assert held(world) == []
    (row,) = world.rows("SELECT id FROM records WHERE entity = 'payment'")
    (parent,) = world.rows("SELECT id FROM records WHERE entity = 'account'")
    assert world.load("payment", row["id"]).account_id == parent["id"]


def test_past_its_deadline_a_child_is_refused(make_world: MakeWorld) -> None:
    settings = OfficeSettings(needs={"payment": ("account",)}, wait_limit=600.0)
    world = make_world(offices={"billing": settings}, routes=[])
    paid = world.system.add("payment", account="A-9", profile="b1", amount={"value": 5, "currency": "EUR"})
    world.tell("billing", "payment", paid["id"], "created")
    world.drain(advance=599.0)
    assert len(held(world)) == 1
    world.drain(advance=1.0)
    (item,) = world.rows("SELECT state, reason FROM inbox_items")
    assert item["state"] == "refused"
    assert "A-9" in item["reason"]


def test_what_is_held_survives_a_restart(make_world: MakeWorld) -> None:
    world = lost_create(make_world)
    there = world.system.add("account", name="Eve", credit={"limit": 12.34, "currency": "EUR"})
    world.tell("billing", "account", there["id"], "created")
    world.restart()
    world.settle()
    assert held(world) == []
    (row,) = world.rows("SELECT id FROM records WHERE id != 'a1'")
    assert world.load("account", row["id"]).credit_profile.credit_limit == Money.of("12.34", "EUR")
