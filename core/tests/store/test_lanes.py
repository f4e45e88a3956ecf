from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import select

from backhaul.store.database import Database
from backhaul.store.lanes import ClaimedLane, StoredLane
from backhaul.store.tables.delivery import lanes
from backhaul.store.unit_of_work import Store, UnitOfWork

NOON = 1_700_000_000.0
LEASE = 30.0

Work = Callable[..., AbstractContextManager[UnitOfWork]]


def append(uow: UnitOfWork, key: str = "k1", *, at: float | None = None, interactive: bool = False) -> int:
    ready_at = uow.now if at is None else at
    return uow.lanes.append("billing", key, ready_at=ready_at, interactive=interactive)[0]


def claim(uow: UnitOfWork, limit: int = 10, *, token: str = "t1", **options: Any) -> list[ClaimedLane]:
    return uow.lanes.claim("billing", limit, owner="me", token=token, lease=LEASE, **options)


def row(uow: UnitOfWork, lane: int) -> Any:
    return uow._connection.execute(select(lanes).where(lanes.c.id == lane)).one()


def test_places_of_a_lane_are_counted_without_a_gap(work: Work) -> None:
    with work() as uow:
        first = uow.lanes.append("billing", "k1", ready_at=NOON, interactive=False)
        second = uow.lanes.append("billing", "k1", ready_at=NOON, interactive=True)
        other = uow.lanes.append("assurance", "k1", ready_at=NOON, interactive=False)
        third = uow.lanes.append_to(first[0], ready_at=NOON, interactive=False)
        lane = row(uow, first[0])
    assert (first[1], second[1], third, other[1]) == (1, 2, 3, 1)
    assert first[0] == second[0] != other[0]
    assert (lane.tail, lane.runnable, lane.interactive, lane.ready_at) == (3, 3, 1, NOON)


def test_only_what_is_ready_at_this_back_office_is_claimed_longest_wait_first(work: Work) -> None:
    with work() as uow:
        late = append(uow, "late", at=NOON - 1)
        early = append(uow, "early", at=NOON - 2)
        append(uow, "future", at=NOON + 1)
        uow.lanes.append("assurance", "k1", ready_at=NOON, interactive=False)
        assert [lane.id for lane in claim(uow, 1)] == [early]
        assert [lane.id for lane in claim(uow)] == [late]
        assert claim(uow) == []


def test_a_claim_takes_no_more_than_its_limit(work: Work) -> None:
    with work() as uow:
        for number in range(50):
            append(uow, f"k{number}")
    with work() as uow:
        assert len(claim(uow, 7)) == 7
        assert uow.lanes.ready_count("billing") == 43


def test_a_claim_tells_what_the_worker_needs(work: Work) -> None:
    with work() as uow:
        lane = append(uow)
        assert claim(uow, token="fresh") == [ClaimedLane(lane, "billing", "k1", "fresh", 0)]
        assert uow.lanes.owners() == ["me"]


def test_a_lease_ends_by_itself(work: Work) -> None:
    with work() as uow:
        append(uow)
        assert len(claim(uow)) == 1
    with work(NOON + LEASE - 1) as uow:
        assert claim(uow) == []
    with work(NOON + LEASE) as uow:
        assert len(claim(uow)) == 1


def test_what_is_enqueued_meanwhile_does_not_break_a_lease(work: Work) -> None:
    with work() as uow:
        lane = append(uow)
        claim(uow)
        append(uow)
        assert claim(uow, token="t2") == []
        assert uow.lanes.release(lane, "t1", done=1)
        assert [one.token for one in claim(uow, token="t2")] == ["t2"]


def test_a_lane_with_nothing_left_is_idle_until_something_comes(work: Work) -> None:
    with work() as uow:
        lane = append(uow, interactive=True)
        claim(uow)
        assert uow.lanes.release(lane, "t1", done=1, interactive_done=1)
        assert tuple(row(uow, lane))[3:] == (1, 0, 0, None, None, None, 0, None)
        assert uow.lanes.next_ready(["billing"]) is None
        append(uow)
        assert len(claim(uow)) == 1


def test_not_now_leaves_the_head_where_it_is_and_counts_the_tries(work: Work) -> None:
    with work() as uow:
        lane = append(uow)
        claim(uow)
        assert uow.lanes.release(lane, "t1", done=0, at=NOON + 8, tries=1)
        assert claim(uow) == []
        append(uow)
        assert uow.lanes.next_ready(["billing"]) == NOON + 8
    with work(NOON + 8) as uow:
        assert [one.attempts for one in claim(uow)] == [1]
        assert uow.lanes.release(lane, "t1", done=1)
        assert (row(uow, lane).attempts, row(uow, lane).runnable) == (0, 1)


def test_a_stale_token_changes_nothing(work: Work) -> None:
    with work() as uow:
        lane = append(uow)
        claim(uow, token="old")
    with work(NOON + LEASE) as uow:
        assert len(claim(uow, token="new")) == 1
        before = row(uow, lane)
        assert not uow.lanes.release(lane, "old", done=1)
        assert row(uow, lane) == before
        assert uow.lanes.release(lane, "new", done=1)
        assert not uow.lanes.release(lane, "new", done=1)


def test_interactive_work_is_claimed_from_anywhere_in_the_backlog(work: Work) -> None:
    with work() as uow:
        for number in range(20):
            append(uow, f"k{number}", at=NOON - 100)
        waited_for = append(uow, "k7", interactive=True)
        assert [lane.id for lane in claim(uow, interactive=True)] == [waited_for]
        assert claim(uow, interactive=True) == []


@pytest.mark.parametrize(("left", "ready"), [(1, NOON), (2, None)])
def test_leaving_an_idle_lane(work: Work, left: int, ready: float | None) -> None:
    with work() as uow:
        lane = append(uow, interactive=True)
        append(uow)
        uow.lanes.leave(lane, left, interactive=1)
        assert (row(uow, lane).runnable, row(uow, lane).interactive) == (2 - left, 0)
        assert row(uow, lane).ready_at == ready


def test_leaving_a_leased_lane_keeps_the_lease(work: Work) -> None:
    with work() as uow:
        lane = append(uow)
        append(uow)
        claim(uow)
        uow.lanes.leave(lane, 1)
        assert row(uow, lane).ready_at == NOON + LEASE
        assert uow.lanes.release(lane, "t1", done=1)
        assert (row(uow, lane).runnable, row(uow, lane).ready_at) == (0, None)


def test_joining_wakes_an_idle_lane(work: Work) -> None:
    with work() as uow:
        lane = append(uow, interactive=True)
        uow.lanes.leave(lane, 1, interactive=1)
        uow.lanes.join(lane, 1, interactive=1)
        assert (row(uow, lane).runnable, row(uow, lane).interactive, row(uow, lane).ready_at) == (1, 1, NOON)
        assert row(uow, lane).tail == 1
        uow.lanes.leave(lane, 1, interactive=1)
        uow.lanes.join(lane, at=NOON + 9)
        assert row(uow, lane).ready_at == NOON + 9


def test_joining_disturbs_neither_a_lease_nor_a_pause(work: Work) -> None:
    with work() as uow:
        lane = append(uow)
        claim(uow)
        uow.lanes.join(lane)
        assert row(uow, lane).ready_at == NOON + LEASE
        uow.lanes.release(lane, "t1", done=0, at=NOON + 8, tries=1)
        uow.lanes.join(lane)
        assert (row(uow, lane).ready_at, row(uow, lane).runnable) == (NOON + 8, 3)


def test_a_parked_lane_stays_parked_whatever_comes(work: Work) -> None:
    with work() as uow:
        lane = append(uow)
        uow.lanes.park(lane, "dead")
        append(uow)
        uow.lanes.append_to(lane, ready_at=NOON, interactive=False)
        uow.lanes.join(lane)
        uow.lanes.leave(lane, 1)
        assert row(uow, lane).ready_at is None
        assert (row(uow, lane).runnable, row(uow, lane).tail) == (3, 3)
        assert uow.lanes.parked() == [(lane, "billing", "k1", "dead")]
        assert claim(uow) == []
        assert uow.lanes.next_ready(["billing"]) is None


def test_parking_a_leased_lane_fences_its_owner(work: Work) -> None:
    with work() as uow:
        lane = append(uow)
        claim(uow)
        uow.lanes.park(lane, "by hand")
        assert uow.lanes.owners() == []
        assert not uow.lanes.release(lane, "t1", done=1)
        uow.lanes.extend("me", "billing", LEASE)
        assert uow.lanes.take_back("me") == 0
        assert row(uow, lane).ready_at is None


def test_a_lane_that_parks_itself_when_released(work: Work) -> None:
    with work() as uow:
        lane = append(uow)
        append(uow)
        claim(uow)
        assert uow.lanes.release(lane, "t1", done=1)
        uow.lanes.park(lane, "dead")
        assert claim(uow) == []
        assert uow.lanes.unpark(lane)
        assert len(claim(uow)) == 1


@pytest.mark.parametrize(("runnable", "ready"), [(1, NOON), (0, None)])
def test_unparking(work: Work, runnable: int, ready: float | None) -> None:
    with work() as uow:
        lane = append(uow)
        uow.lanes.park(lane, "dead")
        uow.lanes.leave(lane, 1 - runnable)
        assert uow.lanes.unpark(lane)
        assert not uow.lanes.unpark(lane)
        assert (row(uow, lane).ready_at, row(uow, lane).parked) == (ready, None)


def test_a_heartbeat_extends_what_its_owner_has_of_one_back_office(work: Work) -> None:
    with work() as uow:
        mine = append(uow, "mine")
        claim(uow)
        uow.lanes.append("assurance", "k", ready_at=NOON, interactive=False)
        uow.lanes.claim("assurance", 1, owner="me", token="t9", lease=LEASE)
        theirs = append(uow, "theirs")
        uow.lanes.claim("billing", 1, owner="them", token="t2", lease=LEASE)
    with work(NOON + 20) as uow:
        uow.lanes.extend("me", "billing", LEASE)
        assert row(uow, mine).ready_at == NOON + 20 + LEASE
        assert row(uow, theirs).ready_at == NOON + LEASE
        assert uow.lanes.next_ready(["assurance"]) == NOON + LEASE


def test_the_leases_of_a_dead_owner_are_taken_back_at_once(work: Work) -> None:
    with work() as uow:
        lane = append(uow, "k1")
        append(uow, "k2")
        claim(uow)
        append(uow, "k3")
        uow.lanes.claim("billing", 1, owner="alive", token="t2", lease=LEASE)
        assert sorted(uow.lanes.owners()) == ["alive", "me"]
    with work(NOON + 1) as uow:
        assert uow.lanes.take_back("me") == 2
        assert uow.lanes.owners() == ["alive"]
        assert not uow.lanes.release(lane, "t1", done=1)
        assert len(claim(uow)) == 2


def test_a_lane_taken_back_with_nothing_left_goes_idle_at_its_next_release(work: Work) -> None:
    with work() as uow:
        lane = append(uow)
        claim(uow)
        uow.lanes.leave(lane, 1)
        uow.lanes.take_back("me")
        assert len(claim(uow, token="t2")) == 1
        assert uow.lanes.release(lane, "t2", done=0)
        assert row(uow, lane).ready_at is None


def test_the_next_moment_over_several_back_offices(work: Work) -> None:
    with work() as uow:
        append(uow, at=NOON + 5)
        uow.lanes.append("assurance", "k", ready_at=NOON + 3, interactive=False)
        assert uow.lanes.next_ready(["billing", "assurance"]) == NOON + 3
        assert uow.lanes.next_ready(["billing", "field"]) == NOON + 5
        assert uow.lanes.next_ready(["field"]) is None
        assert uow.lanes.next_ready([]) is None


@pytest.mark.needs("postgresql")
def test_a_claim_skips_what_another_transaction_holds(postgresql: Database) -> None:
    store = Store(postgresql)
    with store.write() as uow:
        first, second = append(uow, "k1"), append(uow, "k2")
    with store.write() as ours:
        assert [lane.id for lane in claim(ours, 1)] == [first]
        with store.write() as theirs:
            assert [lane.id for lane in claim(theirs)] == [second]


def test_a_lane_as_it_stands(work: Work) -> None:
    with work() as uow:
        lane = append(uow)
        assert uow.lanes.get(lane) == StoredLane(lane, "billing", "k1", 1, NOON, None, None)
        claim(uow)
        assert uow.lanes.get(lane) == StoredLane(lane, "billing", "k1", 1, NOON + LEASE, "me", None)
        uow.lanes.park(lane, "dead")
        assert uow.lanes.get(lane) == StoredLane(lane, "billing", "k1", 1, None, None, "dead")
        assert uow.lanes.get(lane + 99) is None


def test_many_lanes_are_given_back_at_once(work: Work) -> None:
    with work() as uow:
        last = append(uow, "k1", interactive=True)
        more = append(uow, "k2")
        append(uow, "k2")
        claim(uow)
        held = append(uow, "k3")
        claim(uow, token="t2")
        idle = append(uow, "k4")
        found = uow.lanes.tokens([last, more, held, idle])
        assert found == {last: "t1", more: "t1", held: "t2", idle: None}
        uow.lanes.release_all([])
        uow.lanes.release_all([(last, 1), (more, 0)])
        assert tuple(row(uow, last))[3:] == (1, 0, 0, None, None, None, 0, None)
        assert (row(uow, more).runnable, row(uow, more).ready_at, row(uow, more).token) == (1, NOON, None)
        assert row(uow, held).token == "t2"
