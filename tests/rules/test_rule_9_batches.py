"""RULES 9: a batch's name and members are committed before it is published, and it is repeated as it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.rules.support.fault import FaultKind
from tests.rules.support.office import OfficeSettings
from tests.rules.support.publishing import BatchWorld
from tests.rules.support.world import BY, SEND_ACCOUNT

from backhaul.entities import Account
from backhaul.processes.route import Route
from backhaul.sdk.repeat import Repeat
from backhaul.store.delivery_state import State, WaitKind

MakeBatches = Callable[..., BatchWorld]


@pytest.fixture
def make_batches(tmp_path: Path, empty_store: Path) -> Iterator[MakeBatches]:
    made: list[BatchWorld] = []

    def make(**settings: Any) -> BatchWorld:
        chosen = {"batch": 3, "probe": False, "repeat": Repeat.MESSAGE_ID, **settings}
        routes = [Route(SEND_ACCOUNT, ("billing",))]
        offices = {"billing": OfficeSettings(**chosen)}
        made.append(BatchWorld(tmp_path, empty_store, offices=offices, routes=routes))
        return made[-1]

    yield make
    for world in made:
        world.close()


def three(world: BatchWorld) -> list[int]:
    """Three accounts, each on a lane of its own; their deliveries."""
    for name in ("a1", "a2", "a3"):
        world.save(Account(id=name, name=name))
    return [one.id for one in world.deliveries()]


def batches(world: BatchWorld) -> dict[str, list[int]]:
    rows = world.rows("SELECT name, members FROM batches ORDER BY created_at, name")
    return {row["name"]: json.loads(row["members"]) for row in rows}


def held(world: BatchWorld) -> list[str]:
    """The ids of the records in each file, in order."""
    return ["".join(line[1] for line in json.loads(body)) for _, body in world.folder_of_batches.published]


def test_name_and_members_are_committed_before_the_batch_is_published(make_batches: MakeBatches) -> None:
    world = make_batches()
    planned = three(world)
    seen: list[tuple[str, dict[str, list[int]], set[tuple[str, str]]]] = []

    def look(name: str) -> None:
        rows = world.rows("SELECT state, batch FROM deliveries WHERE batch IS NOT NULL")
        seen.append((name, batches(world), {(row["state"], row["batch"]) for row in rows}))

    world.folder_of_batches.before = look
    world.drain()
    assert (
        sorted(member for _, known, _ in seen[-1:] for part in known.values() for member in part) == planned
    )
    for name, known, marked in seen:
        assert name in known
        assert ("in_flight", name) in marked
    assert world.states() == [State.COMPLETED] * 3
    assert len(set(world.folder_of_batches.names)) == len(seen)


@pytest.mark.parametrize("published", [True, False], ids=["published", "not yet published"])
def test_after_a_crash_the_same_batch_is_published_again_under_the_same_name(
    make_batches: MakeBatches, *, published: bool
) -> None:
    world = make_batches()
    three(world)
    world.crash(published=published)
    committed = batches(world)
    before = list(world.folder_of_batches.published)
    world.settle()
    again = world.folder_of_batches.published[len(before) :]
    for name, body in before:
        assert (name, body) in again
    assert {name for name, _ in again} >= set(committed)
    assert world.states() == [State.COMPLETED] * 3
    assert len(world.system.all("account")) == 3


def one_batch(world: BatchWorld) -> tuple[str, bytes]:
    """A crash after one batch of three was published; that batch."""
    three(world)
    world.crash(published=True)
    ((_, members),) = batches(world).items()
    assert len(members) == 3
    return world.folder_of_batches.published[0]


def test_a_batch_is_repeated_whole_once(make_batches: MakeBatches) -> None:
    world = make_batches(batch=3)
    name, body = one_batch(world)
    world.settle()
    assert world.folder_of_batches.published == [(name, body)] * 2
    assert world.states() == [State.COMPLETED] * 3
    assert len(batches(world)) == 1


def test_members_that_were_not_claimed_together_are_brought_together(make_batches: MakeBatches) -> None:
    world = make_batches(batch=12)
    for number in range(12):
        world.save(Account(id=f"a{number:02}", name="one of twelve"))
    world.crash(published=True)
    (before,) = world.folder_of_batches.published
    # After the restart fewer lanes are claimed at once than the batch has members.
    settings = OfficeSettings(batch=12, probe=False, repeat=Repeat.MESSAGE_ID, max_in_flight=1)
    world.restart(offices={"billing": settings})
    world.settle()
    assert world.folder_of_batches.published == [before] * 2
    assert world.states() == [State.COMPLETED] * 12


def test_what_was_saved_meanwhile_travels_in_a_batch_of_its_own(make_batches: MakeBatches) -> None:
    world = make_batches()
    name, body = one_batch(world)
    world.edit("account", "a1", description="newer")
    world.save(Account(id="a4", name="a4"))
    world.settle()
    published = world.folder_of_batches.published
    assert published.count((name, body)) == 2
    assert world.folder_of_batches.names.count(name) == 2
    assert world.system.all("account")[world.bound(("account", "a1"))["account"]]["description"] == "newer"
    assert set(world.states()) == {State.COMPLETED}
    assert set(world.folder_of_batches.names) == set(batches(world))


def test_it_waits_until_all_of_its_members_are_due(make_batches: MakeBatches) -> None:
    world = make_batches()
    name, body = one_batch(world)
    world.drain(advance=51.0)  # the lease has ended: all are unknown now, for settle_after
    assert world.states() == [State.UNKNOWN] * 3
    with world.store.database.write() as connection:
        connection.exec_driver_sql("UPDATE lanes SET ready_at = ready_at + 30 WHERE key = 'a2'")
    world.drain(advance=61.0)
    assert world.folder_of_batches.published == [(name, body)]
    world.drain(advance=30.0)
    assert world.folder_of_batches.published == [(name, body)] * 2
    assert world.states() == [State.COMPLETED] * 3


def test_a_member_that_another_worker_has_is_waited_for(make_batches: MakeBatches) -> None:
    world = make_batches()
    name, body = one_batch(world)
    world.drain(advance=51.0)
    with world.store.write() as uow:
        lane = world.last("account", "a2").lane_id
        world.clock.advance(61.0)
    with world.store.write() as uow:
        (claimed,) = uow.lanes.claim_these([lane], owner="elsewhere|b|1|1", token="t", lease=50.0)
    world.drain()
    world.drain(advance=2.0)
    assert world.folder_of_batches.published == [(name, body)]
    with world.store.write() as uow:
        assert uow.lanes.release(claimed.id, "t", done=0)
    world.settle()
    assert world.folder_of_batches.published == [(name, body)] * 2
    assert world.states() == [State.COMPLETED] * 3


def test_what_a_person_settled_meanwhile_travels_along_and_stays_settled(make_batches: MakeBatches) -> None:
    world = make_batches()
    name, body = one_batch(world)
    world.drain(advance=51.0)
    second = world.last("account", "a2").id
    world.clock.advance(61.0)
    world.operations.settle_done(second, BY, external_id="A-77")
    settled = world.delivery(second)
    world.settle()
    assert world.folder_of_batches.published == [(name, body)] * 2
    assert world.delivery(second) == settled
    assert world.states() == [State.COMPLETED] * 3
    assert world.bound(("account", "a2")) == {"account": "A-77"}


def test_a_member_on_a_parked_lane_keeps_nobody_back(make_batches: MakeBatches) -> None:
    world = make_batches()
    name, body = one_batch(world)
    world.drain(advance=51.0)
    lane = world.last("account", "a2").lane_id
    with world.store.write() as uow:
        uow.lanes.park(lane, "a person parked it")
    world.settle()
    assert world.folder_of_batches.published == [(name, body)] * 2
    assert world.states() == [State.COMPLETED, State.UNKNOWN, State.COMPLETED]
    with world.store.write() as uow:
        assert uow.lanes.unpark(lane)
    world.settle()
    assert world.folder_of_batches.published == [(name, body)] * 3
    assert world.states() == [State.COMPLETED] * 3


def test_a_batch_that_was_never_sent_is_made_anew(make_batches: MakeBatches) -> None:
    world = make_batches()
    world.system.fail(FaultKind.REFUSE)
    three(world)
    world.drain()
    first = set(world.folder_of_batches.names)
    world.edit("account", "a1", description="newer")
    world.settle()
    assert world.states("account", "a1")[0] is State.COMPLETED
    assert len(world.system.all("account")) == 3
    assert first.isdisjoint(world.folder_of_batches.names[len(first) :])
    assert world.system.writes("account", "update") == []


@pytest.mark.parametrize("repeat", [Repeat.NONE, Repeat.MESSAGE_ID])
def test_with_a_probe_only_what_is_missing_goes_again(make_batches: MakeBatches, repeat: Repeat) -> None:
    world = make_batches(probe=True, repeat=repeat)
    name, _ = one_batch(world)
    # The system had got as far as the first of them.
    body = json.loads(world.folder_of_batches.published[0][1])
    made = world.system.add("account", **body[0][2])
    world.system._keys[key(world, "a1")] = ("account", made["id"])
    world.settle()
    assert world.states() == [State.COMPLETED] * 3
    assert world.bound(("account", "a1")) == {"account": made["id"]}
    if repeat is Repeat.NONE:
        assert len(world.system.all("account")) == 3
        assert held(world)[0] == "a1a2a3"
        assert sorted("".join(held(world)[1:])) == sorted("a2a3")
        assert name not in world.folder_of_batches.names[1:]
    else:
        assert world.folder_of_batches.published[1:] == world.folder_of_batches.published[:1]
    assert set(world.folder_of_batches.names) == set(batches(world))


def key(world: BatchWorld, record_id: str) -> str:
    return world.landscape.invocation("billing").idempotency_key("account", record_id)


def test_what_is_unknown_and_cannot_be_repeated_waits_for_a_person(make_batches: MakeBatches) -> None:
    world = make_batches(repeat=Repeat.NONE)
    one_batch(world)
    world.settle()
    assert {one.wait_kind for one in world.deliveries()} == {WaitKind.PERSON}
    assert len(world.folder_of_batches.published) == 1
