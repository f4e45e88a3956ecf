"""RULES 4: superseding, keys, the lease before a call."""

from __future__ import annotations

import json
import queue
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.rules.support.fault import FaultKind
from tests.rules.support.office import OfficeSettings
from tests.rules.support.schemas import AccountSchema
from tests.rules.support.world import SEND_ACCOUNT, World

from backhaul.delivery.crew import Crew, LeaseLostError
from backhaul.delivery.events import Called, Event
from backhaul.delivery.handler import Job, Step
from backhaul.entities import Account, Contact
from backhaul.processes.planning import Cause, Intent
from backhaul.processes.preparation import covers
from backhaul.processes.route import Payload, Route
from backhaul.processes.snapshot import Snapshot, SnapshotLoader
from backhaul.sdk.capability import sends
from backhaul.sdk.envelope import FRONT
from backhaul.sdk.repeat import Repeat
from backhaul.store.deliveries import Delivery
from backhaul.store.delivery_state import Action, State, WaitKind
from backhaul.store.lanes import ClaimedLane

A1 = ("account", "a1")
MakeWorld = Callable[..., World]


def of(make_world: MakeWorld, **settings: Any) -> World:
    return make_world(offices={"billing": OfficeSettings(**settings)})


# ---- superseding ----------------------------------------------------------------------------------------


def test_the_earliest_delivery_absorbs_later_ones_of_the_same_record_and_process(world: World) -> None:
    world.save(Account(id="a1", name="First"))
    world.save(Contact(id="c1", last_name="Smith", account_ids=["a1"]))
    for name in ("Second", "Third"):
        world.edit(*A1, name=name)
    world.drain()
    first = world.deliveries(*A1)[0]
    assert world.states(*A1) == [State.COMPLETED, State.SUPERSEDED, State.SUPERSEDED]
    assert {one.linked_to for one in world.deliveries(*A1)[1:]} == {first.id}
    assert [one.said.get("name") for one in world.system.log] == ["Third", None]
    assert world.states("contact") == [State.COMPLETED]


@pytest.fixture
def three(world: World) -> tuple[list[Delivery], Snapshot]:
    """Three planned saves of one record, and its snapshot."""
    world.save(Account(id="a1", name="First"))
    for name in ("Second", "Third"):
        world.edit(*A1, name=name)
    with world.store.read() as uow:
        snapshot = SnapshotLoader(world.landscape).load(uow, "billing", [A1])[A1]
    return world.deliveries(), snapshot


def test_without_a_barrier_all_later_saves_are_covered(three: tuple[list[Delivery], Snapshot]) -> None:
    (first, second, third), snapshot = three
    assert covers(first, snapshot) == (second.id, third.id)
    assert covers(second, snapshot) == (third.id,)


@pytest.mark.parametrize(
    "barrier",
    [
        {"pin": {"change": "update"}, "state": State.BACKING_OFF},
        {"payload": "frozen"},
        {"action": Action.DELETE},
        {"action": Action.COMMAND},
        {"process": "Another Process"},
        {"state": State.ACCEPTED},
    ],
    ids=["attempted", "frozen", "delete", "command", "process", "accepted"],
)
def test_attempted_frozen_and_delete_deliveries_are_barriers(
    three: tuple[list[Delivery], Snapshot], barrier: dict[str, Any]
) -> None:
    (first, second, third), snapshot = three
    snapshot.open = [first, replace(second, **barrier), third]
    assert covers(first, snapshot) == ()


def test_a_frozen_delivery_absorbs_nothing_and_is_not_absorbed(make_world: MakeWorld) -> None:
    world = make_world(routes=[Route(SEND_ACCOUNT, ("billing",))])
    record = world.save(Account(id="a1", name="First"))
    frozen = Intent(
        "billing", record, SEND_ACCOUNT, Cause(FRONT, "frozen"), document=record.model_dump(mode="json")
    )
    with world.store.write() as uow:
        world.planner.enqueue(uow, frozen)
    world.drain()
    first, second = world.deliveries()
    assert (first.state, second.payload) == (State.COMPLETED, Payload.FROZEN.value)
    assert second.state is State.SKIPPED
    assert second.linked_to is None


def test_a_save_that_reaches_the_head_supersedes_an_earlier_waiting_one_and_takes_its_place(
    make_world: MakeWorld,
) -> None:
    world = of(make_world, needs={"account": ("contact",)})
    world.system.fail(FaultKind.REJECT, "POST contact")
    world.save(Contact(id="c1", last_name="Smith"))
    world.save(Account(id="a1", name="First", contact_ids=["c1"]))
    world.drain()
    first = world.last(*A1)
    world.save(Contact(id="c9", last_name="Jones", account_ids=["a1"]))
    world.edit(*A1, name="Second")
    world.drain()
    old, new = world.deliveries(*A1)
    assert (old.state, old.linked_to) == (State.SUPERSEDED, new.id)
    assert (new.state, new.wait_kind, new.wait_id) == (State.WAITING, WaitKind.PARENT, "c1")
    assert (new.seq, new.deadline) == (first.seq, first.deadline)
    world.import_pair("billing", "contact", "C-77", ("contact", "c1"))
    world.drain()
    assert [one.said["name"] for one in world.system.writes("account")] == ["Second"]


def test_an_attempted_delivery_is_not_superseded_by_a_later_save(make_world: MakeWorld) -> None:
    world = of(make_world, probe=False, repeat=Repeat.MESSAGE_ID)
    world.system.fail(FaultKind.DROP_BEFORE)
    world.save(Account(id="a1", name="First"))
    world.drain()
    for name in ("Second", "Third"):
        world.edit(*A1, name=name)
    world.settle()
    assert world.states(*A1) == [State.COMPLETED, State.COMPLETED, State.SUPERSEDED]
    assert [one.said["name"] for one in world.system.writes("account")] == ["First", "Third"]


# ---- keys -----------------------------------------------------------------------------------------------


def test_a_create_carries_a_deterministic_key_our_id_and_the_message_id(make_world: MakeWorld) -> None:
    world = make_world(offices={"billing": OfficeSettings(), "assurance": OfficeSettings()})
    for system in world.systems.values():
        system.fail(FaultKind.BUSY)
    for name in ("a1", "a2"):
        world.save(Account(id=name, name=name))
    world.settle()
    keys: dict[tuple[str, str], set[str]] = {}
    for office, system in world.systems.items():
        for request in system.sent("POST account"):
            said = json.loads(request.body or b"{}")
            keys.setdefault((office, said["ourId"]), set()).add(request.headers["x-key"])
            sent_under = {one.message_id for one in world.deliveries("account", said["ourId"], office)}
            assert request.headers["x-message-id"] in sent_under
    assert all(len(found) == 1 for found in keys.values())
    assert len({key for found in keys.values() for key in found}) == len(keys) == 4
    # The same after a restart and for whoever asks: nothing random is in it.
    world.restart()
    assert {world.landscape.invocation("billing").idempotency_key("account", "a1")} == keys["billing", "a1"]


def test_every_send_declares_how_it_can_be_repeated() -> None:
    with pytest.raises(TypeError, match="repeat"):
        sends(Account, wire=AccountSchema)  # type: ignore[call-arg]
    assert {one.value for one in Repeat} == {"message_id", "our_id", "natural_key", "none"}


# ---- the lease ------------------------------------------------------------------------------------------


class Calls:
    """A handler of which only the call matters."""

    def __init__(self) -> None:
        self.called = 0

    def call(self, jobs: list[Job], bind: object) -> list[Any]:
        self.called += len(jobs)
        return [None] * len(jobs)

    def merge(self, job: Job) -> None:
        """Nothing to merge."""


@pytest.mark.parametrize(("left", "calls"), [(4.9, 0), (5.1, 1)])
def test_the_caller_checks_its_lease_just_before_the_first_byte(
    world: World, left: float, calls: int
) -> None:
    """The call takes five seconds at most: with less than that left, another worker may be calling too."""
    world.save(Account(id="a1", name="Ada"))
    (delivery,) = world.deliveries()
    handler, events = Calls(), queue.SimpleQueue[Event | None]()
    limits = world.dispatcher()._limits
    crew = Crew(handler, limits, events, world.clock)  # type: ignore[arg-type]
    crew.leased("billing", world.clock() + left)
    lane = ClaimedLane(delivery.lane_id, "billing", "a1", "token", 0)
    crew.take([Job(delivery, lane, Step.CALL, None, number=1)])
    event = events.get(timeout=10.0)
    crew.close()
    assert isinstance(event, Called)
    assert isinstance(event.error, LeaseLostError) is (calls == 0)
    assert handler.called == calls


def test_a_call_that_was_not_made_for_want_of_a_lease_costs_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Crew, "_check_lease", _stalled(Crew._check_lease))
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    (delivery,) = world.deliveries()
    assert (delivery.state, delivery.faults) == (State.COMPLETED, 0)
    assert len(world.system.requests) == 1
    assert [one["outcome"] for one in world.attempts(delivery.id)] == ["lease", "completed"]


def _stalled(check: Callable[[Crew, str], None]) -> Callable[[Crew, str], None]:
    """The lease is found too short the first time."""
    stalls = [True]

    def checked(crew: Crew, name: str) -> None:
        if stalls.pop() if stalls else False:
            msg = "the lease ends too soon"
            raise LeaseLostError(msg)
        check(crew, name)

    return checked
