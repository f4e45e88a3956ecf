from __future__ import annotations

import json

from operations_desk import ANN, REFUSAL, SILENCE, TAKEN, Desk

from backhaul.processes.operations.balance import BalanceRow, balance
from backhaul.sdk.errors import TransientError
from backhaul.store.delivery_state import State


def row(desk: Desk) -> BalanceRow:
    (found,) = balance(desk.store, desk.landscape)
    return found


def test_every_planned_delivery_is_counted_once(desk: Desk) -> None:
    desk.after(number=1)
    desk.after(REFUSAL, number=2)
    desk.after(SILENCE, number=3)
    desk.after(TAKEN, number=4)
    discarded = desk.save(5)
    desk.deliveries.discard(discarded, ANN)
    desk.save(6)
    found = row(desk)
    assert (found.planned, found.open, found.holds) == (6, 3, True)
    assert (found.completed, found.rejected, found.unknown, found.accepted) == (1, 1, 1, 1)
    assert (found.discarded, found.pending, found.held, found.unsettled) == (1, 1, 0, 3)


def test_backing_off_is_open(desk: Desk) -> None:
    desk.after(TransientError("Nobody listens."))
    assert (row(desk).backing_off, row(desk).open) == (1, 1)


def test_what_is_open_at_a_back_office_without_its_plugin_is_held(desk: Desk) -> None:
    desk.after(number=1)
    desk.after(SILENCE, number=2)
    desk.save(3)
    desk.serve({"billing": "it is not installed"})
    found = row(desk)
    assert (found.planned, found.completed, found.held, found.open) == (3, 1, 2, 2)
    assert (found.unknown, found.pending, found.holds) == (0, 0, True)


def test_a_delivery_that_is_settled_but_in_an_open_state_breaks_it(desk: Desk) -> None:
    one = desk.after()
    with desk.store.write() as uow:
        uow.deliveries.update(one, state=State.IN_FLIGHT.value)
    assert not row(desk).holds
    with desk.store.write() as uow:
        uow.deliveries.update(one, state=State.COMPLETED.value)


def test_a_state_that_this_release_does_not_know_breaks_it(desk: Desk) -> None:
    one = desk.after()
    with desk.store.write() as uow:
        uow.deliveries.update(one, state="translated")
    assert (row(desk).planned, row(desk).holds) == (1, False)
    with desk.store.write() as uow:
        uow.deliveries.update(one, state=State.COMPLETED.value)


def test_a_back_office_that_nothing_was_planned_for_has_a_row(desk: Desk) -> None:
    assert (row(desk).back_office, row(desk).planned, row(desk).holds) == ("billing", 0, True)


def test_parked_lanes_are_counted_and_the_row_is_json(desk: Desk) -> None:
    one = desk.save()
    with desk.store.write() as uow:
        uow.lanes.park(desk.got(one).lane_id, "look at it")
    shown = json.loads(json.dumps(row(desk).as_json()))
    assert (shown["lanes_parked"], shown["open"], shown["holds"]) == (1, 1, True)
