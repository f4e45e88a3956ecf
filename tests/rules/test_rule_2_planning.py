"""RULES 2: planning a send."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.fault import FaultKind
from support.office import OfficeSettings
from support.world import SEND_ACCOUNT, SEND_CONTACT, World, routes

from backhaul.entities import Account, Contact, Record
from backhaul.processes.gates import gate_problems
from backhaul.processes.landscape import HOP_LIMIT
from backhaul.processes.route import FirstSend, Mode, Payload, Route, Trigger, UnmatchedUpdate
from backhaul.sdk.errors import RejectedError
from backhaul.sdk.hooks import HookCall, hookimpl
from backhaul.store.delivery_state import State, WaitKind

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


# ---- route options --------------------------------------------------------------------------------------


def test_trigger_command_plans_nothing_on_a_save(make_world: MakeWorld) -> None:
    world = make_world(routes=only_accounts(trigger=Trigger.COMMAND))
    world.save(Account(id="a1", name="Ada"))
    assert world.deliveries() == []
    (planned,) = world.front.send(SEND_ACCOUNT, "a1")
    world.drain()
    assert world.delivery(planned).state is State.COMPLETED


def test_payload_latest_sends_the_record_as_it_is_at_the_first_attempt(make_world: MakeWorld) -> None:
    world = make_world(routes=only_accounts(payload=Payload.LATEST))
    world.save(Account(id="a1", name="First"))
    world.edit("account", "a1", name="Second")
    world.drain()
    assert [one.said["name"] for one in world.system.writes("account")] == ["Second"]
    assert world.states() == [State.COMPLETED, State.SUPERSEDED]


def test_payload_frozen_sends_the_record_as_it_was_when_the_send_was_planned(make_world: MakeWorld) -> None:
    world = make_world(routes=only_accounts(payload=Payload.FROZEN))
    world.save(Account(id="a1", name="First"))
    world.edit("account", "a1", name="Second")
    world.drain()
    assert [one.said["name"] for one in world.system.writes("account")] == ["First", "Second"]
    assert world.states() == [State.COMPLETED, State.COMPLETED]


def test_settle_pauses_the_lane_to_aggregate_quick_saves(make_world: MakeWorld) -> None:
    world = make_world(routes=only_accounts(settle=2.0))
    world.save(Account(id="a1", name="First"))
    world.drain(advance=1.0)
    assert world.system.requests == []
    world.edit("account", "a1", name="Second")
    world.drain(advance=1.0)
    assert [one.said["name"] for one in world.system.writes("account")] == ["Second"]


def test_first_send_create_does_not_look_the_record_up(make_world: MakeWorld) -> None:
    world = make_world(routes=only_accounts(first_send=FirstSend.CREATE))
    world.system.add("account", name="Ada")
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    assert len(world.system.all("account")) == 2
    assert world.system.sent("GET account") == []


def test_match_then_create_binds_what_is_found_and_sends_what_differs(make_world: MakeWorld) -> None:
    world = make_world(routes=only_accounts(first_send=FirstSend.MATCH_THEN_CREATE))
    there = world.system.add("account", name="Ada", location="Rome")
    world.save(Account(id="a1", name="Ada", description="ours"))
    world.settle()
    assert world.bound(A1) == {"account": there["id"]}
    assert world.states()[0] is State.REPLACED
    (update,) = [one for one in world.system.writes("account") if one.message_id]
    assert update.verb == "update"
    assert update.said["description"] == "ours"
    assert "location" not in update.said
    assert world.load(*A1).location == "Rome"


def test_match_then_create_creates_what_is_not_found(make_world: MakeWorld) -> None:
    world = make_world(routes=only_accounts(first_send=FirstSend.MATCH_THEN_CREATE))
    world.save(Account(id="a1", name="Ada"))
    world.settle()
    assert world.states() == [State.COMPLETED]
    assert [request.method for request in world.system.requests] == ["GET", "POST"]


def test_match_then_create_parks_on_an_ambiguous_match(make_world: MakeWorld) -> None:
    world = make_world(routes=only_accounts(first_send=FirstSend.MATCH_THEN_CREATE))
    for _ in range(2):
        world.system.add("account", name="Ada")
    world.save(Account(id="a1", name="Ada"))
    world.settle()
    parked = world.last(*A1)
    assert (parked.state, parked.code) == (State.REJECTED, "ambiguous")
    assert "A-1, A-2" in (parked.reason or "")
    assert world.bound(A1) == {}
    assert len(world.system.all("account")) == 2


def test_a_look_up_that_fails_for_now_is_tried_again_and_creates_nothing_blindly(
    make_world: MakeWorld,
) -> None:
    world = make_world(routes=only_accounts(first_send=FirstSend.MATCH_THEN_CREATE))
    world.system.add("account", name="Ada")
    world.system.fail(FaultKind.REFUSE, "GET account", times=2)
    world.save(Account(id="a1", name="Ada"))
    world.settle()
    assert len(world.system.all("account")) == 1
    assert world.bound(A1) == {"account": "A-1"}


def test_existing_only_never_creates(make_world: MakeWorld) -> None:
    world = make_world(routes=only_accounts(first_send=FirstSend.EXISTING_ONLY))
    world.save(Account(id="a1", name="Ada"))
    world.settle()
    assert (world.last(*A1).state, world.last(*A1).code) == (State.SKIPPED, "existing_only")
    there = world.system.add("account", name="Bob")
    world.save(Account(id="a2", name="Bob"))
    world.settle()
    assert world.bound(("account", "a2")) == {"account": there["id"]}
    assert len(world.system.all("account")) == 1


def test_mode_dry_maps_validates_and_records_but_does_not_call(make_world: MakeWorld) -> None:
    world = make_world(routes=only_accounts(mode=Mode.DRY))
    world.save(Account(id="a1", name="Ada", segment="gold"))
    world.save(Account(id="a2", name="x" * 41))
    world.settle()
    dry = world.last(*A1)
    assert dry.state is State.DRY
    assert dry.pin["payload"]["segment"] == "GOLD"
    assert world.last("account", "a2").state is State.UNMAPPABLE
    assert world.system.requests == []
    assert world.sync(A1).sent_version == 0


def test_mode_off_plans_nothing(make_world: MakeWorld) -> None:
    world = make_world(routes=only_accounts(mode=Mode.OFF))
    world.save(Account(id="a1", name="Ada"))
    assert world.deliveries() == []


def test_mode_off_also_stops_convergence_there(make_world: MakeWorld) -> None:
    world = two(make_world)
    off = Route(SEND_ACCOUNT, ("assurance",), mode=Mode.OFF)
    world.restart(routes=[Route(SEND_ACCOUNT, ("billing",)), off])
    world.systems["billing"].change("account", "A-1", description="theirs")
    world.tell("billing", "account", "A-1")
    world.drain()
    assert len(world.deliveries(office="assurance")) == 1
    assert "description" not in world.systems["assurance"].only("account")


def test_not_after_ends_what_was_not_attempted_in_time(make_world: MakeWorld) -> None:
    world = make_world(routes=only_accounts(not_after=30.0))
    world.save(Account(id="a1", name="Ada"))
    world.drain(advance=31.0)
    assert world.states() == [State.EXPIRED]
    assert world.system.requests == []
    world.save(Account(id="a2", name="Bob"))
    world.drain(advance=29.0)
    assert world.last("account", "a2").state is State.COMPLETED


def test_unmatched_update_creates_only_where_the_route_says_so(make_world: MakeWorld) -> None:
    receive = Route("CUT Receive Account Data", ("billing",), unmatched_update=UnmatchedUpdate.CREATE)
    world = make_world(routes=[receive])
    there = world.system.add("account", name="Eve")
    (report,) = world.tell("billing", "account", there["id"], "updated").items
    assert report.state.value == "taken"


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
