"""RULES 4: an attempt."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.rules.support.fault import FaultKind
from tests.rules.support.office import OfficeSettings
from tests.rules.support.world import World

from backhaul.delivery.dispatcher import Dispatcher
from backhaul.delivery.events import Called, Event
from backhaul.entities import Account, Address, AddressUsage, Record
from backhaul.sdk.envelope import FRONT
from backhaul.sdk.hooks import HookCall, hookimpl
from backhaul.sdk.json import Document, Json
from backhaul.sdk.repeat import Repeat
from backhaul.sdk.reply import Reply
from backhaul.sdk.transports.base import Request
from backhaul.store.delivery_state import State

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
