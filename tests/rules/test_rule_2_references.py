"""RULES 2, convergence: an id that becomes known there is news for every record that names it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.rules.support.fault import Fault
from tests.rules.support.office import OfficeSettings
from tests.rules.support.world import World, routes

from backhaul.entities import Account, Contact
from backhaul.sdk.transports.base import Request, Response

MakeWorld = Callable[..., World]


def named_without_need(make_world: MakeWorld) -> World:
    """Accounts name contacts in their payload and do not wait for them."""
    return make_world(offices={"billing": OfficeSettings()}, routes=routes("billing"))


def people(world: World) -> list[Any]:
    return [one["id"] for one in world.system.only("account").get("contacts") or ()]


def test_a_record_bound_later_is_named_by_those_that_were_sent_before_it(make_world: MakeWorld) -> None:
    world = named_without_need(make_world)
    world.save(Account(id="a1", name="Ada", contact_ids=["c1"]))
    world.drain()
    assert people(world) == []
    world.save(Contact(id="c1", last_name="Smith"))
    world.settle()
    assert people(world) == list(world.system.all("contact"))
    assert [one.cause for one in world.deliveries("account")] == ["save", "convergence"]


def test_also_when_it_is_bound_while_the_other_is_being_sent(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = named_without_need(make_world)
    execute = world.system.handle

    def bound_meanwhile(request: Request, fault: Fault | None) -> Response:
        if request.operation == "POST account":
            world.bind("billing", "contact", "C-9", ("contact", "c1"))
        return execute(request, fault)

    monkeypatch.setattr(world.system, "handle", bound_meanwhile)
    world.save(Account(id="a1", name="Ada", contact_ids=["c1"]))
    world.settle()
    assert people(world) == ["C-9"]


def test_nothing_is_planned_for_those_that_name_another_record(make_world: MakeWorld) -> None:
    world = named_without_need(make_world)
    world.save(Account(id="a1", name="Ada", contact_ids=["c2"]))
    world.drain()
    world.save(Contact(id="c1", last_name="Smith"))
    world.settle()
    assert [one.cause for one in world.deliveries("account")] == ["save"]
