from __future__ import annotations

import pytest
from operations_desk import ANN, Desk

from backhaul.sdk.errors import ConflictError, NotFoundError, Scope, TransientError
from backhaul.store.delivery_filter import DeliveryFilter
from backhaul.store.delivery_state import State

BROKEN = TransientError("This one breaks it.", scope=Scope.DELIVERY)


def dead(desk: Desk, number: int = 1) -> int:
    """A delivery that used up its attempts and parked its lane."""
    one = desk.after(BROKEN, number=number)
    desk.shelf.script.append(BROKEN)
    desk.drain(advance=10)
    assert desk.state(one) is State.DEAD
    return one


def test_a_parked_lane_is_listed_with_what_it_holds_back(desk: Desk) -> None:
    one = dead(desk)
    desk.save(description="new")
    (lane,) = desk.lanes.parked()
    assert (lane.id, lane.back_office, lane.key, lane.held_back) == (
        desk.got(one).lane_id,
        "billing",
        "a1",
        1,
    )
    assert f"delivery {one} is dead" in lane.reason
    assert lane.as_json()["key"] == "a1"
    assert desk.lanes.parked("assurance") == []


def test_unparked_it_goes_on(desk: Desk) -> None:
    one = dead(desk)
    later = desk.save(description="new")
    desk.drain()
    assert desk.state(later) is State.PENDING
    desk.lanes.unpark(desk.got(one).lane_id, ANN)
    assert desk.planned == 1
    desk.drain()
    assert (desk.state(one), desk.state(later)) == (State.DEAD, State.COMPLETED)
    assert desk.trail() == [("ann", "the test says so", "lane unpark", f"lane {desk.got(one).lane_id}")]


def test_unparking_needs_a_parked_lane(desk: Desk) -> None:
    one = desk.save()
    with pytest.raises(ConflictError, match="is not parked"):
        desk.lanes.unpark(desk.got(one).lane_id, ANN)
    with pytest.raises(NotFoundError, match="no lane 77"):
        desk.lanes.unpark(77, ANN)
    assert desk.verbs() == []


def test_a_resubmitted_delivery_waits_behind_its_parked_lane(desk: Desk) -> None:
    one = dead(desk)
    fresh = desk.deliveries.resubmit(one, ANN)
    desk.drain()
    assert desk.state(fresh) is State.PENDING
    assert desk.deliveries.show(fresh).line.lane_parked is not None


def test_many_by_back_office_also_when_nothing_is_left_on_them(desk: Desk) -> None:
    first, second = dead(desk, 1), dead(desk, 2)
    desk.deliveries.discard(first, ANN)
    chosen = DeliveryFilter(backoffice="billing")
    lanes = [desk.got(first).lane_id, desk.got(second).lane_id]
    assert desk.lanes.unpark_all(chosen, ANN) == lanes
    assert desk.lanes.parked() == []


def test_many_by_their_deliveries(desk: Desk) -> None:
    first, second = dead(desk, 1), dead(desk, 2)
    chosen = DeliveryFilter(entity="account", record_id="a2")
    assert desk.lanes.unpark_all(chosen, ANN) == [desk.got(second).lane_id]
    assert [lane.id for lane in desk.lanes.parked()] == [desk.got(first).lane_id]
