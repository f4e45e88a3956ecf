"""RULES 2: what payloads embed and need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.rules.support.fault import FaultKind
from tests.rules.support.office import OfficeSettings
from tests.rules.support.world import SEND_ACCOUNT, SEND_CONTACT, World, routes

from backhaul.entities import Account, Contact
from backhaul.processes.gates import gate_problems
from backhaul.processes.route import Route
from backhaul.sdk.errors import RejectedError
from backhaul.store.delivery_state import State, WaitKind

A1 = ("account", "a1")
MakeWorld = Callable[..., World]


def only_accounts(**options: Any) -> list[Route]:
    return [Route(SEND_ACCOUNT, ("billing",), **options)]


# ---- embeds and needs -----------------------------------------------------------------------------------


def embedding(make_world: MakeWorld) -> World:
    settings = OfficeSettings(entities=("account",), embeds_contacts=True)
    return make_world(offices={"billing": settings}, routes=only_accounts())


def test_an_embedded_record_gets_no_delivery_of_its_own_and_its_change_plans_a_send_of_its_owner(
    make_world: MakeWorld,
) -> None:
    world = embedding(make_world)
    world.save(Contact(id="c1", last_name="Smith"))
    world.save(Account(id="a1", name="Ada", contact_ids=["c1"]))
    world.save(Account(id="a2", name="Bob"))
    world.drain()
    world.edit("contact", "c1", last_name="Smythe")
    (planned,) = world.deliveries("account", "a1")[1:]
    assert planned.cause == "embedded"
    world.drain()
    assert world.deliveries("contact") == []
    assert len(world.deliveries("account", "a2")) == 1
    ada = next(one for one in world.system.all("account").values() if one["name"] == "Ada")
    assert ada["people"] == [{"ourId": "c1", "lastName": "Smythe"}]


def test_routing_an_embedded_record_is_refused_at_start(make_world: MakeWorld) -> None:
    world = embedding(make_world)
    object.__setattr__(world.landscape, "routes", (Route(SEND_CONTACT, ("billing",)),))
    ((_, _, message),) = gate_problems(world.landscape)
    assert "takes a contact inside its account" in message


def needy(make_world: MakeWorld, **options: Any) -> World:
    """Accounts need their contacts there; only accounts are routed."""
    settings = OfficeSettings(needs={"account": ("contact",)})
    return make_world(offices={"billing": settings}, routes=only_accounts(), **options)


def test_a_needed_record_is_enqueued_once_on_its_own_lane_and_goes_first(make_world: MakeWorld) -> None:
    world = needy(make_world)
    world.save(Contact(id="c1", last_name="Smith"))
    for name in ("a1", "a2"):
        world.save(Account(id=name, name=name, contact_ids=["c1"]))
    world.settle()
    (parent,) = world.deliveries("contact")
    assert parent.cause == "parent"
    assert parent.lane_id not in {one.lane_id for one in world.deliveries("account")}
    assert [one.collection for one in world.system.log] == ["contact", "account", "account"]
    assert {one.document["contacts"][0]["id"] for one in world.system.writes("account")} == {"C-1"}


def test_a_parent_that_is_on_its_way_is_not_enqueued_again(make_world: MakeWorld) -> None:
    world = needy(make_world)
    world.restart(routes=list(routes("billing")))
    world.save(Contact(id="c1", last_name="Smith"))
    world.system.fail(FaultKind.BUSY, "POST contact")
    world.save(Account(id="a1", name="Ada", contact_ids=["c1"]))
    world.settle()
    assert len(world.deliveries("contact")) == 1
    assert world.states() == [State.COMPLETED, State.COMPLETED]


def test_a_rejected_parent_shows_on_the_waiting_child(make_world: MakeWorld) -> None:
    world = needy(make_world)
    world.system.fail(FaultKind.REJECT, "POST contact", code="E42", text="no such surname")
    world.save(Contact(id="c1", last_name="Smith"))
    world.save(Account(id="a1", name="Ada", contact_ids=["c1"]))
    world.settle(within=100)
    child = world.last(*A1)
    assert (child.state, child.wait_kind) == (State.WAITING, WaitKind.PARENT)
    assert "rejected" in (child.reason or "")
    assert "no such surname" in (child.reason or "")
    assert len(world.deliveries("contact")) == 1


def test_an_edit_of_the_rejected_parent_resumes_the_child(make_world: MakeWorld) -> None:
    """The contact is not routed: it is sent because a child waits for it."""
    world = needy(make_world)
    world.system.fail(FaultKind.REJECT, "POST contact")
    world.save(Contact(id="c1", last_name="Smith"))
    world.save(Account(id="a1", name="Ada", contact_ids=["c1"]))
    world.settle(within=100)
    world.edit("contact", "c1", last_name="Smythe")
    world.settle(within=100)
    assert world.states("contact") == [State.REJECTED, State.COMPLETED]
    assert world.states("account") == [State.COMPLETED]


def test_cycles_in_the_data_are_refused_at_save(make_world: MakeWorld) -> None:
    settings = OfficeSettings(needs={"account": ("account",)})
    world = make_world(offices={"billing": settings}, routes=only_accounts())
    world.save(Account(id="a1", name="One"))
    world.save(Account(id="a2", name="Two", parent_account_id="a1"))
    world.save(Account(id="a3", name="Three", parent_account_id="a2"))
    with pytest.raises(RejectedError, match="above itself") as refused:
        world.edit("account", "a1", parent_account_id="a3")
    assert refused.value.code == "cycle"
    assert world.load("account", "a1").parent_account_id is None
    world.settle()
    assert [one.said["name"] for one in world.system.writes("account")] == ["One", "Two", "Three"]


def test_where_two_refer_to_each_other_the_contact_goes_first_without_the_back_reference(
    make_world: MakeWorld,
) -> None:
    world = needy(make_world)
    world.front.save_all(
        [
            Account(id="a1", name="Ada", contact_ids=["c1"]),
            Contact(id="c1", last_name="Smith", account_ids=["a1"]),
        ]
    )
    world.settle()
    contact, account = world.system.log[:2]
    assert (contact.collection, account.collection) == ("contact", "account")
    assert "accounts" not in contact.said
    assert account.said["contacts"] == [{"id": "C-1"}]
