"""RULES 2: the options of a route."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from tests.rules.support.fault import FaultKind
from tests.rules.support.office import OfficeSettings
from tests.rules.support.world import BY, SEND_ACCOUNT, World

from backhaul.entities import Account
from backhaul.processes.route import FirstSend, Mode, Payload, Route, Trigger, UnmatchedUpdate
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


# ---- what was there before us ---------------------------------------------------------------------------


def test_no_back_office_is_empty_on_day_one_existing_pairs_are_imported(make_world: MakeWorld) -> None:
    world = make_world(routes=only_accounts(trigger=Trigger.COMMAND))
    there = world.system.add("account", name="Ada", location="Rome")
    world.save(Account(id="a1", name="Ada", description="ours"))
    pairs = ["back_office,resource,external_id,entity,record_id", f"billing,account,{there['id']},account,a1"]
    report = world.xref.load(pairs, BY)
    assert (report.bound, report.refused) == (1, [])
    assert world.xref.load(pairs, BY).unchanged == 1
    world.front.send(SEND_ACCOUNT, "a1")
    world.drain()
    assert [one.verb for one in world.system.writes("account")] == ["create", "update"]
    assert world.system.only("account")["description"] == "ours"


def test_exported_pairs_can_be_imported_elsewhere_and_never_rebind(make_world: MakeWorld) -> None:
    world = make_world(routes=only_accounts())
    for name in ("a1", "a2"):
        world.save(Account(id=name, name=name))
    world.drain()
    exported = io.StringIO()
    assert world.xref.export(exported, "billing") == 2
    assert world.xref.load(exported.getvalue().splitlines(), BY).unchanged == 2
    crossed = exported.getvalue().replace("A-1", "A-3").splitlines()
    report = world.xref.load(crossed, BY)
    assert [row.line for row in report.refused] == [2]
    assert world.bound(A1) == {"account": "A-1"}
