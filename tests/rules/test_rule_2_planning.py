"""RULES 2: planning a send."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.rules.support.fault import FaultKind
from tests.rules.support.office import OfficeSettings
from tests.rules.support.world import SEND_ACCOUNT, World

from backhaul.entities import Account, Record
from backhaul.processes.landscape import HOP_LIMIT
from backhaul.processes.route import Route
from backhaul.sdk.errors import RejectedError
from backhaul.sdk.hooks import HookCall, hookimpl
from backhaul.store.delivery_state import State

A1 = ("account", "a1")
TWO = {"billing": OfficeSettings(), "assurance": OfficeSettings()}
MakeWorld = Callable[..., World]


def only_accounts(**options: Any) -> list[Route]:
    return [Route(SEND_ACCOUNT, ("billing",), **options)]


def two(make_world: MakeWorld, **options: Any) -> World:
    """An account that is bound at two back offices."""
    world = make_world(offices=TWO, **options)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    return world


# ---- in the transaction that saved the record -----------------------------------------------------------


def test_sends_are_planned_in_the_transaction_that_saves_the_record(make_world: MakeWorld) -> None:
    settings = OfficeSettings(needs={"account": ("account",)})
    world = make_world(offices={"billing": settings}, routes=only_accounts())
    world.save(Account(id="p1", name="Parent"))
    below = world.save(Account(id="p2", name="Child", parent_account_id="p1"))
    planned = len(world.deliveries())
    assert planned == 2
    circle = world.load("account", "p1").changed(parent_account_id=below.id)
    with pytest.raises(RejectedError):
        # "a1" is stored and planned first; the circle is found in the same transaction and undoes both.
        world.front.save_all([Account(id="a1", name="Ada"), circle])
    assert world.stored(*A1) is None
    assert len(world.deliveries()) == planned


def test_when_is_evaluated_on_the_saved_version_and_recorded(make_world: MakeWorld) -> None:
    world = make_world(routes=only_accounts(when={"segment": ["gold", "silver"]}))
    world.save(Account(id="a1", name="Ada", segment="gold"))
    world.save(Account(id="a2", name="Bob", segment="iron"))
    (planned,) = world.deliveries()
    assert planned.record_id == "a1"
    assert planned.condition == {"segment": ["gold", "silver"]}


def test_what_no_longer_holds_before_the_first_attempt_is_skipped(make_world: MakeWorld) -> None:
    world = make_world(routes=only_accounts(when={"segment": "gold"}))
    world.save(Account(id="a1", name="Ada", segment="gold"))
    world.edit("account", "a1", segment="iron")
    world.drain()
    (skipped,) = world.deliveries()
    assert (skipped.state, skipped.code) == (State.SKIPPED, "when")
    assert world.system.requests == []


def test_what_no_longer_holds_is_sent_all_the_same_once_the_record_is_bound_there(
    make_world: MakeWorld,
) -> None:
    world = make_world(routes=only_accounts(when={"segment": "gold"}))
    world.save(Account(id="a1", name="Ada", segment="gold"))
    world.drain()
    world.edit("account", "a1", name="Bob")
    world.edit("account", "a1", segment="iron")
    world.drain()
    assert world.states() == [State.COMPLETED, State.COMPLETED]
    assert world.system.only("account")["segment"] == "IRON"


class Veto:
    """A plugin that does not want Bob to be sent."""

    @hookimpl
    def should_send(self, call: HookCall, record: Record) -> bool | None:
        return False if getattr(record, "name", "") == "Bob" else None


def test_should_send_is_asked_before_the_first_attempt(make_world: MakeWorld) -> None:
    world = make_world(routes=only_accounts(), hooks={"veto": Veto()})
    world.save(Account(id="a1", name="Bob"))
    world.save(Account(id="a2", name="Ada"))
    world.drain()
    assert (world.last("account", "a1").state, world.last("account", "a1").code) == (
        State.SKIPPED,
        "should_send",
    )
    world.edit("account", "a2", name="Bob")
    world.drain()
    # Bound there already: a veto would leave it with what is no longer true.
    assert world.last("account", "a2").state is State.COMPLETED
    assert world.system.only("account")["name"] == "Bob"


# ---- origin and echoes ----------------------------------------------------------------------------------


def test_the_origin_of_a_change_is_not_a_target_of_it(make_world: MakeWorld) -> None:
    world = two(make_world)
    before = len(world.deliveries())
    world.systems["billing"].change("account", "A-1", name="Ada L.")
    assert world.tell("billing", "account", "A-1").changed
    assert [one.backoffice for one in world.deliveries()[before:]] == ["assurance"]
    world.drain()
    assert world.systems["assurance"].only("account")["name"] == "Ada L."
    assert len(world.systems["billing"].writes("account", "create")) == 1


def test_a_receive_that_changes_no_stored_field_writes_no_change_and_plans_nothing(
    make_world: MakeWorld,
) -> None:
    world = two(make_world)
    before = len(world.deliveries()), len(world.changes(*A1)), world.load(*A1).version
    receipt = world.tell("billing", "account", "A-1")
    assert not receipt.changed
    assert (len(world.deliveries()), len(world.changes(*A1)), world.load(*A1).version) == before


# ---- convergence ----------------------------------------------------------------------------------------


def test_after_a_merge_a_send_is_planned_to_every_bound_back_office_that_differs(
    make_world: MakeWorld,
) -> None:
    """No route sends accounts to assurance any more, but what is bound there must not drift."""
    world = two(make_world)
    world.restart(routes=only_accounts())
    world.systems["billing"].change("account", "A-1", description="theirs")
    world.tell("billing", "account", "A-1")
    world.drain()
    last = world.last(*A1)
    assert (last.backoffice, last.cause, last.state) == ("assurance", "convergence", State.COMPLETED)
    assert world.systems["assurance"].only("account")["description"] == "theirs"


def test_convergence_includes_the_origin(make_world: MakeWorld) -> None:
    world = make_world(ownership={"account": {"name": "front"}})
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    world.system.change("account", "A-1", name="Wrong")
    world.tell("billing", "account", "A-1")
    last = world.last(*A1)
    assert (last.backoffice, last.cause) == ("billing", "convergence")
    world.drain()
    assert world.system.only("account")["name"] == world.load(*A1).name == "Ada"


def test_a_completion_whose_reply_says_more_converges_the_others(make_world: MakeWorld) -> None:
    world = make_world(offices=TWO)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    world.systems["billing"].fail(FaultKind.EXTRA, fields={"location": "Rome"})
    world.edit("account", "a1", description="ours")
    world.settle()
    assert world.load(*A1).location == "Rome"
    assert world.systems["assurance"].only("account")["location"] == "Rome"


def test_crossed_updates_end_with_both_sides_equal(make_world: MakeWorld) -> None:
    world = make_world()
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    world.edit("account", "a1", name="Ours", description="ours")
    world.system.change("account", "A-1", name="Theirs", location="Rome")
    world.tell("billing", "account", "A-1")
    world.settle()
    record, there = world.load(*A1), world.system.only("account")
    assert (record.name, record.description, record.location) == (
        there["name"],
        there["description"],
        there["location"],
    )
    assert (record.description, record.location) == ("ours", "Rome")


def test_an_open_delivery_of_the_record_is_not_joined_by_a_convergence(make_world: MakeWorld) -> None:
    world = two(make_world)
    world.edit("account", "a1", description="ours")
    before = len(world.deliveries(office="assurance"))
    world.systems["billing"].change("account", "A-1", location="Rome")
    world.tell("billing", "account", "A-1")
    world.drain()
    planned = world.deliveries(office="assurance")[before:]
    assert [one.cause for one in planned] == ["save"]
    assert world.systems["assurance"].only("account")["location"] == "Rome"


def test_a_rejection_does_not_trigger_a_convergence(make_world: MakeWorld) -> None:
    world = two(make_world)
    world.systems["billing"].fail(FaultKind.REJECT, times=None)
    world.edit("account", "a1", name="Bob")
    world.settle()
    assert world.states(office="billing") == [State.COMPLETED, State.REJECTED]
    assert len(world.systems["billing"].sent("PATCH account")) == 1


def test_a_difference_in_what_may_not_be_sent_there_is_none(make_world: MakeWorld) -> None:
    world = make_world(ownership={"account": {"description": "billing"}})
    world.save(Account(id="a1", name="Ada", description="never sent"))
    world.drain()
    assert "description" not in world.system.only("account")
    world.system.change("account", "A-1", location="Rome")
    world.tell("billing", "account", "A-1")
    assert [one.cause for one in world.deliveries()] == ["save"]


# ---- loops ----------------------------------------------------------------------------------------------


def test_two_systems_that_keep_changing_it_back_are_stopped(make_world: MakeWorld) -> None:
    world = make_world(offices=TWO)
    world.systems["billing"].normalise["description"] = lambda text: str(text).upper()
    world.systems["assurance"].normalise["description"] = lambda text: str(text).lower()
    world.save(Account(id="a1", name="Ada", description="Mixed"))
    world.settle()
    stopped = [one for one in world.deliveries() if one.code == "loop"]
    assert [one.state for one in stopped] == [State.DEAD]
    assert len(world.deliveries()) <= HOP_LIMIT * 2 + 4
    causes = {one.message_id for one in world.deliveries()}
    assert stopped[0].causation_id in causes


def test_a_chain_that_comes_back_without_a_causation_id_is_counted_as_well(make_world: MakeWorld) -> None:
    """Something out of our sight carries each change back to billing, and spells it anew."""
    world = two(make_world)
    for turn in range(HOP_LIMIT + 4):
        world.systems["billing"].change("account", "A-1", description=f"turn {turn}")
        world.tell("billing", "account", "A-1")
        world.drain(advance=1.0)
    stopped = [one for one in world.deliveries(office="assurance") if one.code == "loop"]
    assert stopped
    assert {one.state for one in stopped} == {State.DEAD}


def test_slow_changes_by_people_over_there_are_no_loop(make_world: MakeWorld) -> None:
    world = two(make_world)
    for turn in range(HOP_LIMIT + 4):
        world.systems["billing"].change("account", "A-1", description=f"turn {turn}")
        world.tell("billing", "account", "A-1")
        world.drain(advance=600.0)
    assert [one for one in world.deliveries() if one.code == "loop"] == []


def test_a_declared_normalisation_is_no_difference(world: World) -> None:
    world.save(Account(id="a1", name="Ada", segment="gold", alias="a very long alias"))
    world.settle()
    assert len(world.system.writes("account")) == 1
    assert world.load(*A1).segment == "gold"
    assert world.load(*A1).alias == "a very long alias"
    assert world.conflicts(*A1) == []


def test_the_same_undeclared_difference_twice_gets_a_conflict_instead_of_a_third_send(
    make_world: MakeWorld,
) -> None:
    world = make_world(ownership={"account": {"description": "front"}})
    world.system.normalise["description"] = lambda text: str(text).upper()
    world.save(Account(id="a1", name="Ada", description="Countess"))
    world.settle()
    assert [one.said.get("description") for one in world.system.writes("account")] == ["Countess", "Countess"]
    kinds = [(one["kind"], one["ours"], one["theirs"], one["kept"]) for one in world.conflicts(*A1)]
    assert ("undeclared_difference", "Countess", "COUNTESS", "ours") in kinds
    # And it stays that way: another save does not start it again.
    world.edit("account", "a1", location="Rome")
    world.settle()
    assert [one.said for one in world.system.writes("account")][2:] == [{"location": "Rome"}]


def test_a_dispute_ends_as_soon_as_both_agree(make_world: MakeWorld) -> None:
    world = make_world(ownership={"account": {"description": "front"}})
    world.system.normalise["description"] = lambda text: str(text).upper()
    world.save(Account(id="a1", name="Ada", description="Countess"))
    world.settle()
    world.system.normalise.clear()
    world.edit("account", "a1", description="Lady")
    world.settle()
    world.edit("account", "a1", description="Countess")
    world.settle()
    # From now on the same difference is somebody's change there, not a spelling.
    world.system.change("account", "A-1", description="COUNTESS")
    world.tell("billing", "account", "A-1")
    world.settle()
    assert world.system.only("account")["description"] == "Countess"
