from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import fields
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from backhaul.sdk.errors import ConflictError
from backhaul.store.deliveries import Delivery, DeliveryFilter
from backhaul.store.delivery_state import OPEN, Action, State, WaitKind
from backhaul.store.tables.delivery import deliveries
from backhaul.store.unit_of_work import Store, UnitOfWork

NOON = 1_700_000_000.0
A1, A2, C1 = ("account", "a1"), ("account", "a2"), ("contact", "c1")

Work = Callable[..., AbstractContextManager[UnitOfWork]]
Planned = Callable[..., dict[str, Any]]
Plan = Callable[..., int]


@pytest.fixture
def plan(planned: Planned) -> Plan:
    """Stores a planned delivery at a place; its id."""

    def stored(uow: UnitOfWork, lane: int, seq: int, **special: Any) -> int:
        return uow.deliveries.insert(planned(lane, seq, **special))

    return stored


def lane_of(uow: UnitOfWork, key: str) -> int:
    return uow.lanes.append("billing", key, ready_at=NOON, interactive=False)[0]


def got(uow: UnitOfWork, delivery_id: int) -> Delivery:
    found = uow.deliveries.get(delivery_id)
    assert found is not None
    return found


def ids(found: list[Delivery]) -> list[int]:
    return [delivery.id for delivery in found]


def test_a_delivery_comes_back_as_it_was_planned(store: Store, plan: Plan) -> None:
    with store.write() as uow:
        one = plan(uow, 1, 7, document={"name": "Ada"}, condition={"sent": False}, not_after=NOON + 60)
        found = got(uow, one)
        assert uow.deliveries.get(one + 1) is None
    assert (found.lane_id, found.seq, found.ref, found.runnable) == (1, 7, A1, True)
    assert (found.state, found.action, found.wait_kind) == (State.PENDING, Action.SAVE, None)
    assert (found.document, found.condition, found.not_after) == ({"name": "Ada"}, {"sent": False}, NOON + 60)
    assert not found.pinned
    assert "Ada" not in repr(found)


def test_an_absent_document_is_null_in_the_database(store: Store, plan: Plan) -> None:
    with store.write() as uow:
        plan(uow, 1, 1)
        row = uow._connection.exec_driver_sql("SELECT document IS NULL, pin IS NULL FROM deliveries").one()
    assert tuple(row) == (True, True)


def test_a_place_is_taken_once(store: Store, plan: Plan) -> None:
    with store.write() as uow:
        plan(uow, 1, 1)
        with pytest.raises(ConflictError, match=r"deliveries_place|deliveries\.lane_id"), uow.savepoint():
            plan(uow, 1, 1)
        assert uow.deliveries.counts() == {"billing": {"pending": 1}}


def test_another_broken_constraint_is_not_called_a_race(store: Store, plan: Plan) -> None:
    with store.write() as uow, pytest.raises(IntegrityError), uow.savepoint():
        plan(uow, 1, 1, state=None)


def test_the_head_of_a_lane_is_its_lowest_runnable_delivery(store: Store, plan: Plan) -> None:
    with store.write() as uow:
        first, second, empty = lane_of(uow, "k1"), lane_of(uow, "k2"), lane_of(uow, "k3")
        plan(uow, first, 1, runnable=False, state="waiting")
        head = plan(uow, first, 5)
        plan(uow, first, 6)
        other = plan(uow, second, 2)
        heads = uow.deliveries.heads([first, second, empty])
        assert sorted(ids(heads)) == sorted([head, other])
        assert uow.deliveries.heads([empty]) == []
        assert uow.deliveries.heads([]) == []


def test_what_comes_back_is_the_head_again(store: Store, plan: Plan) -> None:
    with store.write() as uow:
        lane = lane_of(uow, "k1")
        early, late = plan(uow, lane, 1, runnable=False), plan(uow, lane, 2)
        assert ids(uow.deliveries.heads([lane])) == [late]
        uow.deliveries.update(early, runnable=True)
        assert ids(uow.deliveries.heads([lane])) == [early]


def test_the_open_deliveries_of_records_in_the_order_of_planning(store: Store, plan: Plan) -> None:
    with store.write() as uow:
        first = plan(uow, 1, 2)
        second = plan(uow, 1, 1, state="unknown", runnable=False)
        other = plan(uow, 2, 1, entity="contact", record_id="c1")
        plan(uow, 3, 1, backoffice="assurance")
        done = plan(uow, 1, 3)
        uow.deliveries.settle(done, State.COMPLETED, code=None, reason=None)
        found = uow.deliveries.open_of("billing", [A1, A2, C1])
        assert {ref: ids(of) for ref, of in found.items()} == {A1: [first, second], C1: [other]}
        assert uow.deliveries.open_of("billing", []) == {}


def test_who_waits_on_a_record(store: Store, plan: Plan) -> None:
    def waiting(kind: WaitKind, entity: str, id_: str, **special: Any) -> dict[str, Any]:
        usual = {"runnable": False, "state": "waiting"}
        return usual | {"wait_kind": kind.value, "wait_entity": entity, "wait_id": id_} | special

    with store.write() as uow:
        child = plan(uow, 1, 1, **waiting(WaitKind.PARENT, *A1))
        same = plan(uow, 1, 2, **waiting(WaitKind.RECORD, *A1))
        contact = plan(uow, 1, 3, **waiting(WaitKind.PARENT, *C1))
        plan(uow, 1, 4, **waiting(WaitKind.PERSON, *A1))
        plan(uow, 1, 5, **waiting(WaitKind.PARENT, *A2))
        plan(uow, 1, 6, **waiting(WaitKind.PARENT, *A1, backoffice="assurance"))
        plan(uow, 1, 7, **waiting(WaitKind.PARENT, *A1, state="unknown"))
        plan(uow, 1, 8)
        assert ids(uow.deliveries.waiting_on("billing", [A1])) == [child, same]
        assert ids(uow.deliveries.waiting_on("billing", [C1, A1])) == [child, same, contact]
        assert uow.deliveries.waiting_on("billing", []) == []


def test_overdue_is_what_has_a_deadline_that_passed(work: Work, plan: Plan) -> None:
    with work() as uow:
        due = plan(uow, 1, 1, deadline=NOON)
        plan(uow, 1, 2, deadline=NOON + 1)
        plan(uow, 1, 3)
        assert ids(uow.deliveries.overdue()) == [due]
    with work(NOON + 1) as uow:
        assert len(uow.deliveries.overdue()) == 2
        assert len(uow.deliveries.overdue(limit=1)) == 1
        uow.deliveries.settle(due, State.DISCARDED, code=None, reason="no more needed")
        assert due not in ids(uow.deliveries.overdue())


def pinned(delivery: int, **values: Any) -> dict[str, Any]:
    usual = {"delivery": delivery, "new_pin": {"body": "bytes", "change": "create"}, "new_version": 4}
    return usual | {"number": 1, "new_batch": None} | values


def test_a_pin_is_kept_with_version_and_attempt(store: Store, plan: Plan) -> None:
    with store.write() as uow:
        one, two, untouched = plan(uow, 1, 1), plan(uow, 2, 1), plan(uow, 3, 1)
        uow.deliveries.pin([pinned(one), pinned(two, number=3, new_batch="b-7")])
        uow.deliveries.pin([])
        first, second = got(uow, one), got(uow, two)
        assert got(uow, untouched).pin is None
    assert (first.state, first.pin, first.pinned_version) == (
        State.IN_FLIGHT,
        {"body": "bytes", "change": "create"},
        4,
    )
    assert (first.attempts, first.batch) == (1, None)
    assert (second.attempts, second.batch) == (3, "b-7")
    assert first.pinned
    assert "bytes" not in repr(first)


def test_settling_ends_a_delivery_once(work: Work, plan: Plan) -> None:
    with work() as uow:
        one = plan(uow, 1, 1, wait_kind="parent", wait_entity="account", wait_id="a2", deadline=NOON + 9)
        uow.deliveries.pin([pinned(one)])
    with work(NOON + 3) as uow:
        assert uow.deliveries.settle(one, State.REJECTED, code="E7", reason="no such plan", merge_failed=True)
        found = got(uow, one)
        assert not uow.deliveries.settle(one, State.COMPLETED, code=None, reason=None)
        assert got(uow, one) == found
    assert (found.state, found.code, found.reason) == (State.REJECTED, "E7", "no such plan")
    assert (found.settled_at, found.runnable, found.merge_failed) == (NOON + 3, False, True)
    assert (found.wait_kind, found.wait_entity, found.wait_id, found.deadline) == (None, None, None, None)
    assert (found.pinned, found.attempts) == (True, 1)


def test_two_deliveries_of_a_lane_swap_places(store: Store, plan: Plan) -> None:
    with store.write() as uow:
        lane = lane_of(uow, "k1")
        one, other = plan(uow, lane, 1), plan(uow, lane, 9)
        uow.deliveries.swap_places(got(uow, one), got(uow, other))
        assert (got(uow, one).seq, got(uow, other).seq) == (9, 1)
        assert ids(uow.deliveries.heads([lane])) == [other]


def test_the_balance_counts_every_delivery_in_one_state(store: Store, plan: Plan) -> None:
    with store.write() as uow:
        for seq, state in enumerate(State):
            plan(uow, 1, seq, state=state.value)
        plan(uow, 1, 99)
        plan(uow, 2, 1, backoffice="assurance")
        counted = uow.deliveries.counts()
    assert counted["billing"] == {state.value: 2 if state is State.PENDING else 1 for state in State}
    assert counted["assurance"] == {"pending": 1}
    assert sum(state.open for state in State) == len(OPEN)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (DeliveryFilter(), [1, 2, 3, 4]),
        (DeliveryFilter(backoffice="assurance"), [2]),
        (DeliveryFilter(states=frozenset({State.DEAD, State.REJECTED})), [3]),
        (DeliveryFilter(entity="contact"), [4]),
        (DeliveryFilter(entity="account", record_id="a1"), [1, 2]),
        (DeliveryFilter(person=True), [3]),
        (DeliveryFilter(backoffice="assurance", entity="contact"), []),
    ],
)
def test_a_filter_takes_what_meets_all_of_it(
    store: Store, plan: Plan, chosen: DeliveryFilter, expected: list[int]
) -> None:
    with store.write() as uow:
        places = {
            plan(uow, 1, 1): 1,
            plan(uow, 1, 2, backoffice="assurance"): 2,
            plan(uow, 1, 3, record_id="a2", state="dead", wait_kind="person"): 3,
            plan(uow, 1, 4, entity="contact", record_id="c1"): 4,
        }
        assert [places[one] for one in ids(uow.deliveries.page(chosen))] == expected


def test_a_filter_by_ids_and_the_next_page(store: Store, plan: Plan) -> None:
    with store.write() as uow:
        all_of_them = [plan(uow, 1, seq) for seq in range(5)]
        first = uow.deliveries.page(DeliveryFilter(), limit=2)
        second = uow.deliveries.page(DeliveryFilter(), limit=2, after=first[-1].id)
        assert ids(first) + ids(second) == all_of_them[:4]
        some = DeliveryFilter(ids=(all_of_them[3], all_of_them[1]))
        assert ids(uow.deliveries.page(some)) == [all_of_them[1], all_of_them[3]]
        assert uow.deliveries.page(DeliveryFilter(ids=())) == []


def test_creates_whose_ids_may_still_arrive(store: Store, plan: Plan) -> None:
    with store.write() as uow:
        creating, updating, done = plan(uow, 1, 1), plan(uow, 2, 1), plan(uow, 3, 1)
        uow.deliveries.pin([pinned(creating), pinned(updating, new_pin={"change": "update"}), pinned(done)])
        uow.deliveries.settle(done, State.COMPLETED, code=None, reason=None)
        unknown = plan(uow, 4, 1, state="unknown", pin={"change": "create"})
        plan(uow, 5, 1, state="unknown", pin={"change": "create"}, entity="contact")
        plan(uow, 6, 1, state="unknown", pin={"change": "create"}, backoffice="assurance")
        plan(uow, 7, 1)
        assert sorted(uow.deliveries.stalled_creates("billing", "account")) == sorted([creating, unknown])


@pytest.mark.parametrize(
    ("special", "may"),
    [
        ({}, True),
        ({"state": "waiting"}, True),
        ({"state": "unknown"}, False),
        ({"payload": "frozen"}, False),
        ({"action": "delete"}, False),
        ({"action": "command"}, False),
        ({"pin": {"change": "create"}}, False),
    ],
)
def test_attempted_frozen_and_delete_deliveries_are_barriers(
    store: Store, plan: Plan, special: dict[str, Any], *, may: bool
) -> None:
    with store.write() as uow:
        assert got(uow, plan(uow, 1, 1, **special)).absorbable is may


def test_an_id_is_not_used_again_when_its_row_was_removed(store: Store, plan: Plan) -> None:
    # Tickets, attempts and idempotency keys name it long after.
    with store.write() as uow:
        old = plan(uow, 1, 1)
        uow._connection.exec_driver_sql("DELETE FROM deliveries")
        assert plan(uow, 1, 2) > old


def test_the_fields_of_a_delivery_are_the_columns_in_their_order() -> None:
    assert [field.name for field in fields(Delivery)] == [column.name for column in deliveries.columns]


def test_a_change_leaves_alone_what_was_settled_meanwhile(store: Store, plan: Plan) -> None:
    with store.write() as uow:
        one = plan(uow, 1, 1)
        assert uow.deliveries.change(one, state="unknown", reason="no answer")
        uow.deliveries.settle(one, State.COMPLETED, code=None, reason=None)
        settled = got(uow, one)
        assert not uow.deliveries.change(one, state="pending", runnable=True)
        assert got(uow, one) == settled


def test_a_pin_leaves_alone_what_was_settled_meanwhile(store: Store, plan: Plan) -> None:
    with store.write() as uow:
        one = plan(uow, 1, 1)
        uow.deliveries.settle(one, State.DISCARDED, code=None, reason="by hand")
        uow.deliveries.pin([pinned(one)])
        assert (got(uow, one).state, got(uow, one).pin) == (State.DISCARDED, None)


def test_a_person_settles_what_was_seen_or_nothing(store: Store, plan: Plan) -> None:
    with store.write() as uow:
        one = plan(uow, 1, 1, state="unknown", runnable=False)
        seen = got(uow, one)
        uow.deliveries.settle(one, State.REJECTED, code="E7", reason="no")
        assert not uow.deliveries.settle(one, State.COMPLETED, code=None, reason="done", was=seen)
        rejected = got(uow, one)
        assert uow.deliveries.settle(one, State.DISCARDED, code=None, reason="known", was=rejected)
        assert (got(uow, one).state, got(uow, one).reason) == (State.DISCARDED, "known")


def test_the_newest_delivery_of_a_record_whatever_its_state(store: Store, plan: Plan) -> None:
    with store.write() as uow:
        plan(uow, 1, 1)
        newest = plan(uow, 1, 2)
        plan(uow, 2, 1, backoffice="assurance")
        uow.deliveries.settle(newest, State.COMPLETED, code=None, reason=None)
        found = uow.deliveries.last_of("billing", A1)
        assert uow.deliveries.last_of("billing", A2) is None
    assert found is not None
    assert found.id == newest


def test_what_is_still_open_is_counted_apart_from_the_states(store: Store, plan: Plan) -> None:
    with store.write() as uow:
        one, two, three = (plan(uow, 1, seq) for seq in (1, 2, 3))
        plan(uow, 2, 1, backoffice="assurance")
        uow.deliveries.settle(two, State.COMPLETED, code=None, reason=None)
        assert uow.deliveries.open_counts() == {"billing": 2, "assurance": 1}
        assert uow.deliveries.still_open([one, two, three, three + 99]) == {one, three}
        assert uow.deliveries.open_ids([two, three]) == {three}


def test_many_are_settled_alike(work: Work, plan: Plan) -> None:
    with work() as uow:
        done = [plan(uow, 1, seq, deadline=NOON + 9) for seq in (1, 2)]
        other = plan(uow, 1, 3)
        uow.deliveries.pin([pinned(one) for one in done])
        uow.deliveries.settle_all([], State.COMPLETED)
        uow.deliveries.settle_all(done, State.COMPLETED)
        for one in done:
            found = got(uow, one)
            assert (found.state, found.settled_at, found.runnable) == (State.COMPLETED, NOON, False)
            assert found.pinned
        assert got(uow, other).state is State.PENDING
        assert [one.id for one in uow.deliveries.overdue()] == []
