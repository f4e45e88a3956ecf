from __future__ import annotations

from collections.abc import Callable

import pytest
from operations_desk import ANN, REFUSAL, SILENCE, TAKEN, Desk

from backhaul.sdk.errors import ConflictError, RejectedError, TransientError
from backhaul.store.delivery_filter import DeliveryFilter
from backhaul.store.delivery_state import State

MakeDesk = Callable[..., Desk]


def test_a_planned_one_is_never_sent(desk: Desk) -> None:
    one = desk.save()
    desk.deliveries.discard(one, ANN)
    desk.drain()
    discarded = desk.got(one)
    assert (discarded.state, discarded.code) == (State.DISCARDED, "person")
    assert discarded.reason == "ann: the test says so"
    assert desk.shelf.sent == []
    assert desk.trail() == [("ann", "the test says so", "delivery discard", f"delivery {one}")]


def test_a_parked_one(desk: Desk) -> None:
    one = desk.after(REFUSAL)
    desk.deliveries.discard(one, ANN)
    assert desk.state(one) is State.DISCARDED
    with desk.store.read() as uow:
        (entry,) = uow.ledger.audit_trail()
    assert (entry["detail"]["state"], entry["detail"]["code"]) == ("rejected", "E7")


def test_one_that_backs_off_frees_its_lane(desk: Desk) -> None:
    one = desk.after(TransientError("Nobody listens."))
    later = desk.save(description="new")
    desk.deliveries.discard(one, ANN)
    desk.back_offices.resume("billing", ANN)
    desk.drain(advance=10)
    assert (desk.state(one), desk.state(later)) == (State.DISCARDED, State.COMPLETED)


def test_what_waited_for_its_outcome_goes_on(desk: Desk) -> None:
    desk.after()
    one = desk.after(SILENCE, description="odd")
    desk.drain(advance=61)
    later = desk.save(description="new")
    desk.drain()
    assert desk.state(later) is State.WAITING
    desk.deliveries.discard(one, ANN)
    assert desk.state(later) is State.PENDING
    desk.drain()
    assert desk.state(later) is State.COMPLETED


@pytest.mark.parametrize("step", [SILENCE, TAKEN])
def test_what_may_have_created_its_object_is_settled_first(desk: Desk, step: object) -> None:
    one = desk.after(step)
    with pytest.raises(ConflictError, match="may have created") as caught:
        desk.deliveries.discard(one, ANN)
    assert caught.value.hint is not None
    assert "done or not done" in caught.value.hint
    assert desk.state(one).open


def test_what_is_finished_is_not_discarded(desk: Desk) -> None:
    one = desk.after()
    with pytest.raises(ConflictError, match="nothing to discard"):
        desk.deliveries.discard(one, ANN)


def test_a_child_goes_on_waiting_for_a_discarded_parent_and_says_why(make_desk: MakeDesk) -> None:
    desk = make_desk(needs=True)
    desk.shelf.script.append(REFUSAL)
    parent = desk.contact()
    desk.drain()
    child = desk.save(contact_ids=["c1"])
    desk.drain()
    assert desk.state(child) is State.WAITING
    desk.deliveries.discard(parent, ANN)
    desk.drain()
    waiting = desk.got(child)
    assert waiting.state is State.WAITING
    assert waiting.reason == f"waits: contact c1 is not there, and delivery {parent} of it was discarded"
    assert len([one for one in desk.all() if one.entity == "contact"]) == 1


def test_many_by_filter(desk: Desk) -> None:
    done = desk.after(number=1)
    refused = desk.after(REFUSAL, number=2)
    unknown = desk.after(SILENCE, number=3)
    planned = desk.save(4)
    report = desk.deliveries.discard_all(DeliveryFilter(backoffice="billing"), ANN)
    assert sorted(report.done) == [refused, planned]
    assert [one.delivery for one in report.refused] == [unknown]
    assert desk.state(done) is State.COMPLETED
    assert report.as_json()["refused"][0]["delivery"] == unknown
    assert desk.verbs() == ["delivery discard"] * 2


@pytest.mark.parametrize("chosen", [DeliveryFilter(), DeliveryFilter(person=False)])
def test_a_filter_that_takes_everything_is_refused(desk: Desk, chosen: DeliveryFilter) -> None:
    one = desk.save()
    with pytest.raises(RejectedError, match="every delivery"):
        desk.deliveries.discard_all(chosen, ANN)
    assert desk.state(one) is State.PENDING


def test_one_that_is_being_rendered_is_never_sent(desk: Desk) -> None:
    """The worker has claimed its lane and maps it; the person is faster than the pin."""
    one = desk.save()
    later = desk.save(2)

    class Veto:
        def before_map(self, call: object, record: object) -> object:
            del call
            if desk.state(one) is State.PENDING:
                desk.deliveries.discard(one, ANN)
            return record

    veto = Veto()
    desk.landscape.hooks.before_map = veto.before_map  # type: ignore[method-assign,assignment]
    desk.landscape.invocations["billing"].hooks = desk.landscape.hooks
    desk.drain()
    assert (desk.state(one), desk.state(later)) == (State.DISCARDED, State.COMPLETED)
    assert [change[2]["name"] for change in desk.shelf.sent] == ["Account 2"]
    desk.check()
