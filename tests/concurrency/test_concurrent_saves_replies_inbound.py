"""Saves here, replies, and changes there, all of the same account at the same time, with real threads."""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.rules.support import world as world_module
from tests.rules.support.clock import Clock
from tests.rules.support.office import OfficeSettings
from tests.rules.support.world import SEND_ACCOUNT, World

from backhaul.entities import Account
from backhaul.processes.merge import ConflictKind
from backhaul.processes.route import Route
from backhaul.processes.worker import Worker
from backhaul.sdk.errors import ConflictError
from backhaul.sdk.repeat import Stamps
from backhaul.store.database import Database
from backhaul.store.delivery_state import State
from backhaul.store.inbox import HeldItem
from backhaul.store.schema import upgrade

A1 = ("account", "a1")
SAVES = 500
CHANGES = 500
PATIENCE = 50.0


class RealTime(Clock):
    """The time of this machine."""

    def __call__(self) -> float:
        return time.time()

    def advance(self, seconds: float) -> float:
        assert not seconds
        return time.time()


class Crowd:
    """Threads that do something over and over; the first error of any of them is the test's."""

    def __init__(self) -> None:
        self.errors: list[BaseException] = []
        self._threads: list[threading.Thread] = []

    def add(self, task: Callable[[], object]) -> None:
        def run() -> None:
            try:
                task()
            except BaseException as error:  # noqa: BLE001  (told by `join`)
                self.errors.append(error)

        self._threads.append(threading.Thread(target=run, daemon=True))

    def work(self) -> None:
        """Start all and wait for all; a thread that does not come back is a deadlock."""
        for thread in self._threads:
            thread.start()
        ends = time.monotonic() + PATIENCE
        for thread in self._threads:
            thread.join(max(0.0, ends - time.monotonic()))
        if self.errors:
            raise self.errors[0]
        assert not [thread for thread in self._threads if thread.is_alive()], "a deadlock"


ON = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgresql"))]
)


@pytest.fixture
def live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, database: str
) -> Iterator[Callable[..., World]]:
    """Makes a world in real time on one of the databases."""
    url = f"sqlite:///{tmp_path}/live.db"
    if database == "postgresql":
        url = request.getfixturevalue("postgresql_url")
    opened = Database(url)
    upgrade(opened)
    opened.close()
    monkeypatch.setattr(world_module, "Database", lambda _, clock: Database(url, clock))
    worlds: list[World] = []

    def make(**settings: Any) -> World:
        offices = {"billing": OfficeSettings(settle_after=0.2, backoff=0.01, backoff_limit=0.1, **settings)}
        routes = [Route(SEND_ACCOUNT, ("billing",))]
        (tmp_path / "store.db").touch()  # it is not used: nothing is copied there
        worlds.append(World(tmp_path, tmp_path, offices=offices, routes=routes, clock=RealTime()))
        return worlds[-1]

    yield make
    for world in worlds:
        world.close()


@contextmanager
def at_work(world: World) -> Iterator[Worker]:
    """The worker of the deployment, in a thread of its own."""
    worker = Worker(world.dispatcher(), world.receive, world.landscape)
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive(), "the worker does not end"


def save(world: World, field: str, values: range) -> None:
    """A front office user who changes one field again and again, on whatever the record is by then."""
    for value in values:
        while True:
            try:
                world.edit(*A1, **{field: f"front {value}"})
            except ConflictError:
                continue  # somebody saved in between: read again, decide again
            break


def change(world: World, number: str, field: str, values: range, told: queue.Queue[dict[str, Any]]) -> None:
    """Somebody over there who does the same; every change is told."""
    for value in values:
        world.system.change("account", number, **{field: f"there {value}"})
        told.put(world.system.event("account", number))
        time.sleep(0.001)


def tell(world: World, told: queue.Queue[dict[str, Any]], seed: int, count: int) -> list[tuple[str, bool]]:
    """Carry so many messages, not always in the order in which they were written.

    What each said of the description, and whether it changed anything here.
    """
    dice = random.Random(seed)  # noqa: S311
    carried: list[tuple[str, bool]] = []
    for _ in range(count):
        event = told.get(timeout=PATIENCE)
        if dice.random() < 0.1:
            time.sleep(0.002)
        receipt = world.push("billing", event)
        carried.append((event["document"].get("description", ""), receipt.changed))
    return carried


def quiet(world: World) -> None:
    """Wait until nothing is on its way any more."""
    ends = time.monotonic() + PATIENCE
    while any(state.open for state in world.states()) or _held(world):
        assert time.monotonic() < ends, f"never quiet: {world.deliveries()[-3:]} {_held(world)}"
        time.sleep(0.02)


def _held(world: World) -> list[HeldItem]:
    with world.store.read() as uow:
        return uow.inbox.held()


@ON
@pytest.mark.parametrize("stamps", [Stamps.EVERYWHERE, Stamps.MESSAGES])
def test_no_lost_field_no_echo_no_deadlock_and_both_sides_end_equal(
    live: Callable[..., World], stamps: Stamps
) -> None:
    world = live(stamps=stamps)
    with at_work(world):
        world.save(Account(id="a1", name="Ada"))
        quiet(world)
        (number,) = world.bound(A1).values()
        told: queue.Queue[dict[str, Any]] = queue.Queue()
        crowd = Crowd()
        crowd.add(lambda: save(world, "description", range(SAVES // 2)))
        crowd.add(lambda: save(world, "alias", range(SAVES // 2)))
        crowd.add(lambda: change(world, number, "location", range(CHANGES // 2), told))
        crowd.add(lambda: change(world, number, "number", range(CHANGES // 2), told))
        for turn in range(2):
            crowd.add(lambda turn=turn: tell(world, told, turn, CHANGES // 2))  # type: ignore[misc]
        crowd.work()
        quiet(world)
    account = world.load(*A1)
    assert (account.description, account.alias) == (f"front {SAVES // 2 - 1}",) * 2
    assert (account.location, account.account_number) == (f"there {CHANGES // 2 - 1}",) * 2
    there = world.system.only("account")
    assert (there["description"], there["alias"]) == (account.description, account.alias)
    assert (there["location"], there["number"]) == (account.location, account.account_number)
    check_history(world)
    check_no_echo(world)


@ON
def test_where_both_change_the_same_field_both_sides_end_equal_and_losses_are_visible(
    live: Callable[..., World],
) -> None:
    world = live()
    with at_work(world):
        world.save(Account(id="a1", name="Ada", description="agreed"))
        quiet(world)
        (number,) = world.bound(A1).values()
        told: queue.Queue[dict[str, Any]] = queue.Queue()
        crowd = Crowd()
        carried: list[tuple[str, bool]] = []

        def carry(turn: int) -> None:
            carried.extend(tell(world, told, turn, CHANGES // 4))

        for turn in range(2):
            span = range(turn * SAVES // 4, (turn + 1) * SAVES // 4)
            crowd.add(lambda span=span: save(world, "description", span))  # type: ignore[misc]
            crowd.add(lambda span=span: change(world, number, "description", span, told))  # type: ignore[misc]
            crowd.add(lambda turn=turn: carry(turn))  # type: ignore[misc]
        crowd.work()
        quiet(world)
    assert world.load(*A1).description == world.system.only("account")["description"]
    lost = world.conflicts(*A1)
    assert {one["path"] for one in lost} == {"description"}
    assert {one["kind"] for one in lost} <= {ConflictKind.STALE.value, ConflictKind.BOTH_CHANGED.value}
    # Whatever they said was taken, or stands in a conflict for a person to see.
    taken = {said for said, changed in carried if changed}
    said_there = {said for said, _ in carried if said.startswith("there")}
    assert said_there <= taken | {one["theirs"] for one in lost}
    assert set(world.states()) <= {State.COMPLETED, State.SUPERSEDED, State.SKIPPED}


def check_history(world: World) -> None:
    """Every save made one version, none was lost, and nothing was in conflict."""
    changes = world.changes(*A1)
    assert [one["version"] for one in changes] == list(range(1, len(changes) + 1))
    mine = [field for one in changes if one["origin"] == "front" for field in one["fields"]]
    assert (mine.count("description"), mine.count("alias")) == (SAVES // 2, SAVES // 2)
    final = {State.COMPLETED, State.SUPERSEDED, State.SKIPPED}
    assert set(world.states()) <= final
    assert {one["kind"] for one in world.conflicts(*A1)} <= {ConflictKind.STALE.value}


def check_no_echo(world: World) -> None:
    """Nothing of theirs was ever sent back, and nothing of ours ever came back as a change."""
    sent = {field for one in world.system.writes("account", "update") if one.message_id for field in one.said}
    assert sent <= {"description", "alias"}
    theirs = {field for one in world.changes(*A1) if one["origin"] == "billing" for field in one["fields"]}
    assert theirs <= {"location", "account_number"}
