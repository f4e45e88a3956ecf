from __future__ import annotations

import json

import pytest
from operations_desk import ANN, REFUSAL, SILENCE, TAKEN, Desk

from backhaul.store.delivery_filter import DeliveryFilter
from backhaul.store.delivery_state import State


def test_a_list_is_paged_and_filtered(desk: Desk) -> None:
    ids = [desk.save(number) for number in (1, 2, 3)]
    desk.deliveries.discard(ids[1], ANN)
    everything = DeliveryFilter()
    assert [line.id for line in desk.deliveries.list(everything, limit=2)] == ids[:2]
    assert [line.id for line in desk.deliveries.list(everything, limit=2, after=ids[1])] == ids[2:]
    gone = DeliveryFilter(states=frozenset({State.DISCARDED}))
    assert [line.id for line in desk.deliveries.list(gone)] == [ids[1]]


def test_a_parked_delivery_and_a_parked_lane_are_two_things(desk: Desk) -> None:
    refused, free = desk.after(REFUSAL, number=1), desk.save(2)
    with desk.store.write() as uow:
        uow.lanes.park(desk.got(free).lane_id, "look at it")
    lines = {line.id: line for line in desk.deliveries.list(DeliveryFilter())}
    assert (lines[refused].delivery_parked, lines[refused].lane_parked) == (True, None)
    assert (lines[free].delivery_parked, lines[free].lane_parked) == (False, "look at it")
    assert desk.deliveries.show(free).lane["state"] == "parked"
    assert desk.deliveries.show(free).lane["lane_parked"] == "look at it"
    assert desk.deliveries.show(refused).line.delivery_parked


def test_an_unknown_one_that_waits_for_a_person_is_parked(desk: Desk) -> None:
    one = desk.parked_for_a_person()
    line = desk.deliveries.show(one).line
    assert line.delivery_parked
    assert line.waits_for == {"kind": "person", "entity": "account", "id": "a1", "deadline": None}


def test_one_is_shown_with_its_attempts_and_its_pin(desk: Desk) -> None:
    one = desk.after(REFUSAL)
    view = desk.deliveries.show(one)
    assert (view.line.state, view.line.code) == ("rejected", "E7")
    assert [(attempt["number"], attempt["outcome"]) for attempt in view.attempts] == [(1, "rejected")]
    assert view.pin is not None
    assert (view.pin["change"], view.pin["changes"]["name"]) == ("create", "Account 1")
    assert view.record["presence"] == "absent"
    assert json.loads(json.dumps(view.as_json()))["line"]["id"] == one


def test_no_card_number_is_shown(desk: Desk) -> None:
    one = desk.after(REFUSAL, description="card 4111 1111 1111 1111")
    shown = json.dumps(desk.deliveries.show(one).as_json())
    assert "4111 1111" not in shown
    assert "card *****" in shown


def test_open_tickets_bindings_and_conflicts_of_the_record(desk: Desk) -> None:
    desk.after()
    one = desk.after(TAKEN, description="new")
    with desk.store.write() as uow:
        for name in ("billing", "assurance"):
            uow.changes.add_conflict(
                name,
                ("account", "a1"),
                message_id="m",
                path="name",
                kind="stale",
                ours="A",
                theirs="B",
                kept="ours",
            )
    view = desk.deliveries.show(one)
    assert view.tickets == ("T1",)
    assert view.record["bindings"] == {"customer": "x1"}
    assert [conflict["backoffice"] for conflict in view.record["conflicts"]] == ["billing"]


def test_one_whose_back_office_has_no_plugin_is_held(desk: Desk) -> None:
    done, one = desk.after(number=1), desk.save(2)
    desk.serve({"billing": "it is not installed"})
    lines = {line.id: line.held for line in desk.deliveries.list(DeliveryFilter())}
    assert lines == {done: None, one: "it is not installed"}


@pytest.mark.parametrize("steps", [(), (SILENCE,)])
def test_the_state_of_its_lane(desk: Desk, steps: tuple[Exception, ...]) -> None:
    one = desk.after(*steps)
    lane = desk.deliveries.show(one).lane
    assert (lane["key"], lane["state"], lane["runnable"]) == (
        "a1",
        "ready" if steps else "idle",
        len(steps),
    )
