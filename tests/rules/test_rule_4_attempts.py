"""RULES 4: an attempt."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from support.fault import FaultKind
from support.office import OfficeSettings
from support.schemas import AccountSchema
from support.world import SEND_ACCOUNT, World

from backhaul.delivery.crew import Crew, LeaseLostError
from backhaul.delivery.dispatcher import Dispatcher
from backhaul.delivery.events import Called, Event
from backhaul.delivery.handler import Job, Step
from backhaul.entities import Account, Address, AddressUsage, Contact, Record
from backhaul.processes.planning import Cause, Intent
from backhaul.processes.preparation import covers
from backhaul.processes.route import Payload, Route
from backhaul.processes.snapshot import Snapshot, SnapshotLoader
from backhaul.sdk.capability import sends
from backhaul.sdk.envelope import FRONT
from backhaul.sdk.hooks import HookCall, hookimpl
from backhaul.sdk.json import Document, Json
from backhaul.sdk.repeat import Repeat
from backhaul.sdk.reply import Reply
from backhaul.sdk.transports.base import Request
from backhaul.store.deliveries import Delivery
from backhaul.store.delivery_state import Action, State, WaitKind
from backhaul.store.lanes import ClaimedLane

A1 = ("account", "a1")
MakeWorld = Callable[..., World]


def of(make_world: MakeWorld, **settings: Any) -> World:
    return make_world(offices={"billing": OfficeSettings(**settings)})


def bodies(world: World, operation: str) -> list[Any]:
    return [json.loads(request.body or b"{}") for request in world.system.sent(operation)]


# ---- threads and transactions ---------------------------------------------------------------------------


def writable(world: World) -> bool:
    """Whether somebody else can write now: nobody holds a transaction open meanwhile."""

    def write() -> None:
        with world.store.write():
            pass

    writer = threading.Thread(target=write)
    writer.start()
    writer.join(5.0)
    return not writer.is_alive()


class Spy:
    """A plugin that notes in which thread each hook runs, and whether the store is free meanwhile."""

    def __init__(self) -> None:
        self.world: World | None = None
        self.seen: dict[str, tuple[str, bool]] = {}

    def note(self, hook: str) -> None:
        assert self.world is not None
        self.seen[hook] = (threading.current_thread().name, writable(self.world))

    @hookimpl
    def should_send(self, call: HookCall, record: Record) -> None:
        self.note("should_send")

    @hookimpl
    def before_map(self, call: HookCall, record: Record) -> None:
        self.note("before_map")

    @hookimpl
    def before_call(self, call: HookCall, payload: Document) -> None:
        self.note("before_call")

    @hookimpl
    def after_call(self, call: HookCall, reply: Reply) -> None:
        self.note("after_call")

    @hookimpl
    def after_map(self, call: HookCall, fields: Mapping[str, Json]) -> None:
        self.note("after_map")

    @hookimpl
    def before_save(self, record: Record, origin: str) -> None:
        if origin != FRONT:
            self.note("before_save")


def test_mapping_and_hooks_run_in_worker_threads_without_a_database_session(make_world: MakeWorld) -> None:
    spy = Spy()
    world = spy.world = make_world(hooks={"spy": spy})
    world.system.fail(FaultKind.EXTRA, fields={"location": "Rome"})
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    assert set(spy.seen) == {
        "should_send",
        "before_map",
        "before_call",
        "after_call",
        "after_map",
        "before_save",
    }
    assert {thread.rpartition("-")[0] for thread, _ in spy.seen.values()} == {"backhaul-billing"}
    assert all(free for _, free in spy.seen.values())


def test_one_conflict_never_spoils_its_group(make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three answers are settled in one transaction; the second meets a binding of another record."""
    world = of(make_world, repeat=Repeat.NATURAL_KEY)
    world.save(Account(id="a0", name="Same"))
    world.drain()
    for number, name in enumerate(("One", "Same", "Two"), start=1):
        world.save(Account(id=f"a{number}", name=name))
    held: list[Event] = []
    collect = Dispatcher._collect

    def gather(self: Dispatcher, **options: Any) -> tuple[list[Event], bool]:
        events, due = collect(self, **options)
        held.extend(event for event in events if isinstance(event, Called))
        others: list[Event] = [event for event in events if not isinstance(event, Called)]
        if len(held) < 3:
            return others, due
        group = held.copy()
        held.clear()
        return [*others, *group], True

    monkeypatch.setattr(Dispatcher, "_collect", gather)
    world.drain()
    assert world.states()[1:] == [State.COMPLETED, State.REJECTED, State.COMPLETED]
    assert world.last("account", "a2").code == "bind_conflict"
    assert world.bound(("account", "a3")) == {"account": "A-3"}


# ---- the pin --------------------------------------------------------------------------------------------


def test_the_pin_is_committed_before_the_first_byte_leaves(world: World) -> None:
    seen: list[dict[str, Any]] = []

    def look(request: Request) -> None:
        # Through a connection of its own: what is not committed is not there.
        seen.append(
            world.row(
                "SELECT d.state, d.pin, d.pinned_version, d.attempts, a.number, a.started_at, a.ended_at"
                " FROM deliveries d JOIN attempts a ON a.delivery_id = d.id"
            )
        )

    world.system.gates.append(look)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    (found,) = seen
    pin = json.loads(found.pop("pin"))
    assert (pin["change"], pin["payload"]["name"]) == ("create", "Ada")
    assert found == {
        "state": "in_flight",
        "pinned_version": 1,
        "attempts": 1,
        "number": 1,
        "started_at": world.clock(),
        "ended_at": None,
    }


def test_the_deliveries_that_a_pin_covers_are_committed_with_it(world: World) -> None:
    seen: list[list[dict[str, Any]]] = []
    world.system.gates.append(
        lambda _: seen.append(world.rows("SELECT state, linked_to FROM deliveries ORDER BY id"))
    )
    world.save(Account(id="a1", name="First"))
    world.edit(*A1, name="Second")
    world.drain()
    first = world.deliveries()[0].id
    assert seen == [[{"state": "in_flight", "linked_to": None}, {"state": "superseded", "linked_to": first}]]


def test_every_later_attempt_sends_the_same_bytes_under_the_same_message_id(make_world: MakeWorld) -> None:
    world = of(make_world, probe=False, repeat=Repeat.MESSAGE_ID)
    world.system.fail(FaultKind.DROP_BEFORE)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    world.edit(*A1, name="Changed since")
    world.settle()
    first, second = world.system.sent("POST account")
    assert first.body == second.body
    assert first.headers["x-message-id"] == second.headers["x-message-id"]
    assert world.deliveries()[0].attempts == 2
    assert world.system.only("account")["name"] == "Changed since"


def test_rendering_again_is_allowed_while_every_attempt_is_proven_unsent(make_world: MakeWorld) -> None:
    world = of(make_world)
    world.system.fail(FaultKind.BUSY)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    world.edit(*A1, name="Changed since")
    world.settle()
    assert [body["name"] for body in bodies(world, "POST account")] == ["Ada", "Changed since"]
    assert world.states() == [State.COMPLETED, State.SUPERSEDED]
    assert world.deliveries()[0].pinned_version == 2


def test_rendering_again_is_not_allowed_once_an_attempt_may_have_left(make_world: MakeWorld) -> None:
    """Unknown first; that the second attempt was proven unsent says nothing of the first."""
    world = of(make_world, probe=False, repeat=Repeat.MESSAGE_ID)
    world.system.fail(FaultKind.DROP_BEFORE)
    world.system.fail(FaultKind.BUSY)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    world.edit(*A1, name="Changed since")
    world.settle()
    assert [body["name"] for body in bodies(world, "POST account")] == ["Ada", "Ada", "Ada"]
    assert world.system.only("account")["name"] == "Changed since"


def test_a_crash_between_pin_and_outcome_is_an_attempt_that_may_have_left(make_world: MakeWorld) -> None:
    world = of(make_world, probe=False, repeat=Repeat.MESSAGE_ID)

    def edited(request: Request) -> None:
        world.edit(*A1, name="Changed since")

    world.system.gates.append(edited)
    world.save(Account(id="a1", name="Ada"))
    lost(world)
    world.system.gates.clear()
    world.system.fail(FaultKind.BUSY)
    world.settle()
    assert {body["name"] for body in bodies(world, "POST account")} == {"Ada"}


def lost(world: World) -> None:
    """A worker dies while its request is on the way: nothing of the outcome is ever written."""
    dispatcher = world.dispatcher()
    dispatcher._settle = lambda uow, job, error: None  # type: ignore[method-assign]
    dispatcher._settle_plain = lambda uow, events: set()  # type: ignore[method-assign]
    dispatcher._outstanding = lambda: 0 if world.system.requests else 1  # type: ignore[method-assign]
    dispatcher.drain()


def test_after_a_step_that_changed_something_there_nothing_is_rendered_again(make_world: MakeWorld) -> None:
    world = of(make_world, two_steps=True)
    world.system.fail(FaultKind.BUSY, "POST account")
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    world.edit(*A1, name="Changed since")
    world.settle()
    assert [body["name"] for body in bodies(world, "POST account")] == ["Ada", "Ada"]
    assert world.system.only("account")["name"] == "Changed since"


# ---- what an update says --------------------------------------------------------------------------------


def test_an_update_carries_only_the_fields_that_differ_from_the_base(world: World) -> None:
    world.save(Account(id="a1", name="Ada", description="one", location="Rome"))
    world.drain()
    world.edit(*A1, description="two", location=None)
    world.drain()
    assert bodies(world, "PATCH account") == [{"description": "two", "location": None}]


def test_an_update_that_says_nothing_new_is_not_sent(world: World) -> None:
    world.save(Account(id="a1", name="Ada", location="Rome"))
    world.drain()
    world.edit(*A1, competitor=True)  # a field that is not mapped for this system
    world.drain()
    assert (world.last(*A1).state, world.last(*A1).code) == (State.SKIPPED, "in_sync")
    assert len(world.system.requests) == 1


def test_what_only_they_changed_is_not_overwritten_by_a_whole_list(world: World) -> None:
    ours = Address(part_id="p1", usage=AddressUsage.BILLING, city="Rome")
    world.save(Account(id="a1", name="Ada", addresses=[ours]))
    world.drain()
    theirs: Json = {"usage": "ship", "city": "Oslo"}
    world.system.change("account", "A-1", addresses=[{"usage": "bill", "city": "Rome"}, theirs])
    world.edit(*A1, addresses=[ours.changed(city="Paris")])
    world.drain()
    assert theirs in world.system.only("account")["addresses"]
    assert {"usage": "bill", "city": "Paris"} in world.system.only("account")["addresses"]


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
    world.bind("billing", "contact", "C-77", ("contact", "c1"))
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
