"""RULES 5: what operators do; a parked delivery and a parked lane are two things."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.rules.support.fault import FaultKind
from tests.rules.support.office import OfficeSettings
from tests.rules.support.world import BY, World

from backhaul.entities import Account, Contact
from backhaul.processes.operations.mandate import Mandate
from backhaul.sdk.errors import ConflictError, RejectedError
from backhaul.sdk.repeat import Repeat
from backhaul.sdk.settings import DeadPolicy
from backhaul.store.deliveries import DeliveryFilter
from backhaul.store.delivery_state import State, WaitKind

A1 = ("account", "a1")
MakeWorld = Callable[..., World]


def of(make_world: MakeWorld, **settings: Any) -> World:
    return make_world(offices={"billing": OfficeSettings(**settings)})


def for_a_person(make_world: MakeWorld) -> World:
    """A create that nobody knows the outcome of."""
    world = of(make_world, probe=False)
    world.system.fail(FaultKind.DROP_AFTER)
    world.save(Account(id="a1", name="Ada"))
    world.settle()
    assert world.last(*A1).wait_kind is WaitKind.PERSON
    return world


def trail(world: World) -> list[tuple[str, str, str]]:
    with world.store.read() as uow:
        return [(one["verb"], one["who"], one["why"]) for one in uow.ledger.audit_trail()]


def test_settle_as_done_binds_completes_and_wakes_what_waits(make_world: MakeWorld) -> None:
    world = for_a_person(make_world)
    world.edit(*A1, description="later")
    world.settle()
    assert world.last(*A1).state is State.WAITING
    world.operations.settle_done(world.deliveries()[0].id, BY, external_id="A-1")
    world.settle()
    assert world.states() == [State.COMPLETED, State.COMPLETED]
    assert world.bound(A1) == {"account": "A-1"}
    assert world.system.writes("account", "update")[0].said == {"description": "later"}


def test_settle_as_not_done_sends_it_anew(make_world: MakeWorld) -> None:
    world = of(make_world, probe=False)
    world.system.fail(FaultKind.DROP_BEFORE)
    world.save(Account(id="a1", name="Ada"))
    world.settle()
    fresh = world.operations.settle_not_done(world.last(*A1).id, BY)
    world.settle()
    assert world.states() == [State.REPLACED, State.COMPLETED]
    assert world.last(*A1).id == fresh
    assert len(world.system.all("account")) == 1


def rejected(make_world: MakeWorld) -> World:
    world = of(make_world)
    world.system.fail(FaultKind.REJECT)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    return world


def test_discard_is_final_and_keeps_its_reason(make_world: MakeWorld) -> None:
    world = rejected(make_world)
    world.operations.discard(world.last(*A1).id, Mandate("eve", "made by hand there"))
    discarded = world.last(*A1)
    assert discarded.state is State.DISCARDED
    assert "made by hand there" in (discarded.reason or "")
    world.settle()
    assert len(world.system.tried) == 1


def test_what_may_have_made_an_object_is_not_discarded_but_settled(make_world: MakeWorld) -> None:
    world = for_a_person(make_world)
    with pytest.raises(ConflictError, match="settle it as done or not done"):
        world.operations.discard(world.last(*A1).id, BY)


def test_resubmit_is_a_new_delivery_at_the_tail_linked_to_the_old(make_world: MakeWorld) -> None:
    world = rejected(make_world)
    world.save(Contact(id="c1", last_name="Smith", account_ids=["a1"]))
    old = world.last(*A1)
    fresh = world.delivery(world.operations.resubmit(old.id, BY))
    assert (fresh.lane_id, fresh.linked_to) == (old.lane_id, old.id)
    assert fresh.seq > world.last("contact", "c1").seq
    assert fresh.message_id != old.message_id
    world.settle()
    assert world.delivery(old.id).state is State.REPLACED
    assert [one.collection for one in world.system.log][:2] == ["contact", "account"]


def test_resubmit_keeps_the_message_id_only_if_the_old_outcome_is_unknown(make_world: MakeWorld) -> None:
    world = of(make_world, probe=False, repeat=Repeat.MESSAGE_ID, attempts=1)
    world.system.fail(FaultKind.DROP_AFTER)
    world.save(Account(id="a1", name="Ada"))
    world.settle()
    old = world.last(*A1)
    assert (old.state, old.wait_kind) == (State.UNKNOWN, WaitKind.PERSON)
    world.clock.advance(61.0)
    fresh = world.delivery(world.operations.resubmit(old.id, BY))
    assert fresh.message_id == old.message_id
    world.settle()
    assert len(world.system.all("account")) == 1
    assert world.last(*A1).state is State.COMPLETED


def test_as_it_was_is_refused_when_a_newer_version_was_sent(make_world: MakeWorld) -> None:
    world = of(make_world)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    world.system.fail(FaultKind.REJECT)
    world.edit(*A1, name="Bob")
    world.drain()
    old = world.last(*A1)
    world.edit(*A1, name="Carol")
    world.drain()
    with pytest.raises(ConflictError, match="version 3 was sent"):
        world.operations.resubmit(old.id, BY, as_it_was=True)
    assert world.system.only("account")["name"] == "Carol"


def test_every_verb_also_works_in_bulk_by_filter(make_world: MakeWorld) -> None:
    world = of(make_world)
    world.system.fail(FaultKind.REJECT, times=3)
    for number in range(3):
        world.save(Account(id=f"a{number}", name=f"Account {number}"))
    world.drain()
    chosen = DeliveryFilter(backoffice="billing", states=frozenset({State.REJECTED}))
    report = world.operations.resubmit_all(chosen, BY)
    assert (len(report.done), len(report.planned), report.refused) == (3, 3, [])
    world.settle()
    assert world.states() == [State.REPLACED] * 3 + [State.COMPLETED] * 3
    with pytest.raises(RejectedError, match="every delivery"):
        world.operations.discard_all(DeliveryFilter(), BY)


def test_a_parked_delivery_and_a_parked_lane_are_two_things(make_world: MakeWorld) -> None:
    world = of(make_world, attempts=1, dead_lane=DeadPolicy.GO_ON)
    world.system.fail(FaultKind.BUSY)
    world.save(Account(id="a1", name="Ada"))
    world.settle()
    (line,) = world.operations.list(DeliveryFilter(backoffice="billing"))
    assert (line.delivery_parked, line.lane_parked) == (True, None)
    with pytest.raises(ConflictError, match="not parked"):
        world.lanes.unpark(world.last(*A1).lane_id, BY)
    world.restart(offices={"billing": OfficeSettings(attempts=1)})
    world.system.fail(FaultKind.BUSY)
    world.save(Account(id="a2", name="Bob"))
    world.save(Contact(id="c1", last_name="Smith", account_ids=["a2"]))
    world.settle()
    lines = {one.record_id: one for one in world.operations.list(DeliveryFilter(backoffice="billing"))}
    assert lines["a2"].delivery_parked
    assert (lines["c1"].delivery_parked, bool(lines["c1"].lane_parked)) == (False, True)
    # Settling the one does not settle the other.
    world.operations.discard(world.last("account", "a2").id, BY)
    assert [lane.key for lane in world.lanes.parked()] == ["a2"]
    world.lanes.unpark(world.last("account", "a2").lane_id, BY)
    world.settle()
    assert world.last("contact", "c1").state is State.COMPLETED


def test_all_verbs_are_audited_with_who_and_why(make_world: MakeWorld) -> None:
    world = rejected(make_world)
    by = Mandate("eve", "it was a typing error")
    world.back_offices.pause("billing", by)
    world.back_offices.resume("billing", by)
    fresh = world.operations.resubmit(world.last(*A1).id, by)
    world.operations.discard(fresh, by)
    assert {(who, why) for _, who, why in trail(world)} == {("eve", "it was a typing error")}
    assert [verb for verb, _, _ in reversed(trail(world))] == [
        "backoffice pause",
        "backoffice resume",
        "delivery resubmit",
        "delivery discard",
    ]
    with pytest.raises(RejectedError):
        Mandate("eve", " ")
