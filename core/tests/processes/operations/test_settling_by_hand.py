from __future__ import annotations

from collections.abc import Callable

import pytest
from operations_desk import ANN, REFUSAL, SILENCE, TAKEN, Desk

from backhaul.processes.operations.mandate import Mandate
from backhaul.sdk.errors import ConflictError, NotFoundError, RejectedError
from backhaul.sdk.repeat import Change, Repeat
from backhaul.store.delivery_filter import DeliveryFilter
from backhaul.store.delivery_state import State, WaitKind
from backhaul.store.sync_states import Presence

MakeDesk = Callable[..., Desk]


def test_done_binds_and_moves_the_base_to_what_was_pinned(desk: Desk) -> None:
    one = desk.parked_for_a_person()
    assert desk.got(one).wait_kind is WaitKind.PERSON
    desk.deliveries.settle_done(one, ANN, external_id="B77")
    settled = desk.got(one)
    assert (settled.state, settled.code, settled.reason) == (
        State.COMPLETED,
        "person",
        "ann: the test says so",
    )
    assert desk.bound() == {"customer": "B77"}
    sync = desk.sync()
    assert (sync.presence, sync.sent_version, sync.base["name"]) == (Presence.BOUND, 1, "Account 1")
    assert desk.trail() == [("ann", "the test says so", "delivery settle done", f"delivery {one}")]


def test_what_waited_for_the_unknown_one_goes_on_and_says_only_what_differs(desk: Desk) -> None:
    one = desk.parked_for_a_person()
    later = desk.save(description="new")
    desk.drain()
    assert desk.state(later) is State.WAITING
    desk.deliveries.settle_done(one, ANN, external_id="B77")
    assert desk.planned == 1
    desk.drain()
    assert desk.state(later) is State.COMPLETED
    assert desk.shelf.sent[-1][1:] == (Change.UPDATE, {"note": "new"})


def test_a_change_that_was_made_meanwhile_and_waits_for_nothing_is_sent_after_it(desk: Desk) -> None:
    one = desk.parked_for_a_person()
    desk.serve(routes=())
    desk.front.save(desk.front.load("account", "a1").changed(description="later"))
    desk.serve()
    desk.deliveries.settle_done(one, ANN, external_id="B77")
    desk.drain()
    assert desk.shelf.sent[-1][2] == {"note": "later"}


def test_a_create_is_not_done_without_the_id_of_its_object(desk: Desk) -> None:
    one = desk.parked_for_a_person()
    with pytest.raises(ConflictError, match="without its id") as caught:
        desk.deliveries.settle_done(one, ANN)
    assert caught.value.hint is not None
    assert "external id" in caught.value.hint
    assert (desk.state(one), desk.bound(), desk.trail()) == (State.UNKNOWN, {}, [])


def test_where_objects_carry_our_id_none_needs_to_be_given(make_desk: MakeDesk) -> None:
    desk = make_desk(repeat=Repeat.OUR_ID)
    one = desk.after(SILENCE)
    desk.deliveries.settle_done(one, ANN)
    assert desk.bound() == {"customer": "a1"}


def test_an_id_that_is_bound_to_another_record_is_refused_and_nothing_is_changed(desk: Desk) -> None:
    desk.after(number=2)
    assert desk.bound(("account", "a2")) == {"customer": "x1"}
    one = desk.parked_for_a_person()
    with pytest.raises(ConflictError, match="cannot be bound"):
        desk.deliveries.settle_done(one, ANN, external_id="x1")
    assert (desk.state(one), desk.sync().presence, desk.verbs()) == (State.UNKNOWN, Presence.ABSENT, [])


def test_a_runnable_unknown_one_leaves_its_lane(desk: Desk) -> None:
    one = desk.after(SILENCE)
    assert desk.got(one).runnable
    desk.deliveries.settle_done(one, ANN, external_id="B77")
    desk.check()


def test_an_accepted_one_is_settled_and_its_ticket_with_it(desk: Desk) -> None:
    one = desk.after(TAKEN)
    assert desk.state(one) is State.ACCEPTED
    desk.deliveries.settle_done(one, ANN, external_id="B77")
    with desk.store.read() as uow:
        ticket = uow.ledger.ticket("billing", "T1")
    assert ticket is not None
    assert ticket.settled
    assert desk.state(one) is State.COMPLETED


def test_what_was_carried_out_by_hand_after_a_refusal_is_done(desk: Desk) -> None:
    one = desk.after(REFUSAL)
    desk.deliveries.settle_done(one, ANN, external_id="B77")
    assert (desk.state(one), desk.bound()) == (State.COMPLETED, {"customer": "B77"})


def test_a_refused_one_is_past_once_a_newer_version_was_sent(desk: Desk) -> None:
    one = desk.after(REFUSAL)
    desk.after(description="better")
    with pytest.raises(ConflictError, match="Version 2 was sent since"):
        desk.deliveries.settle_done(one, ANN, external_id="B77")
    assert desk.sync().base["description"] == "better"


def test_a_deletion_that_was_done_leaves_the_record_absent(desk: Desk) -> None:
    desk.after()
    desk.shelf.script.append(SILENCE)
    (one,) = desk.front.delete("account", "a1")
    desk.drain()
    with pytest.raises(ConflictError, match="no id to bind"):
        desk.deliveries.settle_done(one, ANN, external_id="x1")
    desk.deliveries.settle_done(one, ANN)
    assert (desk.state(one), desk.sync().presence) == (State.COMPLETED, Presence.ABSENT)


def test_what_was_never_sent_cannot_have_been_done(desk: Desk) -> None:
    one = desk.save()
    with pytest.raises(ConflictError, match="never sent"):
        desk.deliveries.settle_done(one, ANN, external_id="B77")


def test_what_is_settled_is_not_settled_again(desk: Desk) -> None:
    one = desk.after()
    with pytest.raises(ConflictError, match="settled already"):
        desk.deliveries.settle_done(one, ANN, external_id="B77")


@pytest.mark.parametrize("verb", ["settle_done", "settle_not_done", "discard", "resubmit"])
def test_one_in_flight_is_left_alone_with_a_hint(desk: Desk, verb: str) -> None:
    refusals: list[ConflictError] = []

    def operator() -> None:
        with pytest.raises(ConflictError, match="in flight") as caught:
            getattr(desk.deliveries, verb)(1, ANN)
        refusals.append(caught.value)

    one = desk.after(operator)
    assert one == 1
    assert [error.hint is not None and "Wait for its outcome" in error.hint for error in refusals] == [True]
    assert (desk.state(one), desk.verbs()) == (State.COMPLETED, [])


@pytest.mark.parametrize("verb", ["settle_done", "settle_not_done", "discard", "resubmit", "show"])
def test_a_number_that_does_not_exist(desk: Desk, verb: str) -> None:
    with pytest.raises(NotFoundError, match="no delivery 99"):
        getattr(desk.deliveries, verb)(*((99,) if verb == "show" else (99, ANN)))


def test_not_done_replaces_it_by_a_fresh_one_under_a_new_message_id(desk: Desk) -> None:
    one = desk.parked_for_a_person()
    later = desk.save(description="new")
    desk.drain()
    fresh = desk.deliveries.settle_not_done(one, ANN)
    assert fresh is not None
    assert (desk.state(one), desk.got(one).code) == (State.REPLACED, "not_done")
    assert (desk.got(fresh).linked_to, desk.got(fresh).version) == (one, 2)
    assert desk.got(fresh).message_id != desk.got(one).message_id
    assert desk.got(fresh).first_send == desk.got(one).first_send
    desk.drain()
    assert {desk.state(later), desk.state(fresh)} <= {State.COMPLETED, State.SUPERSEDED, State.SKIPPED}
    assert len(desk.shelf.objects) == 1
    assert desk.trail()[0][2:] == ("delivery settle not done", f"delivery {one}")


def test_not_there_proves_nothing_while_the_request_may_still_be_executed(desk: Desk) -> None:
    one = desk.after(SILENCE)
    with pytest.raises(ConflictError, match="may still execute"):
        desk.deliveries.settle_not_done(one, ANN)
    desk.clock.now += 61
    assert desk.deliveries.settle_not_done(one, ANN) is not None
    desk.drain()
    assert len(desk.shelf.objects) == 1


def test_not_done_sends_nothing_of_a_record_that_was_deleted_since(desk: Desk) -> None:
    one = desk.parked_for_a_person()
    desk.front.delete("account", "a1")
    assert desk.deliveries.settle_not_done(one, ANN) is None
    reason = desk.got(one).reason
    assert reason is not None
    assert "deleted since" in reason


def test_not_done_is_no_answer_to_a_refusal(desk: Desk) -> None:
    one = desk.after(REFUSAL)
    with pytest.raises(ConflictError, match="no question"):
        desk.deliveries.settle_not_done(one, ANN)


def test_many_at_once_each_on_its_own(desk: Desk) -> None:
    first, second = desk.parked_for_a_person(1), desk.parked_for_a_person(2)
    done = desk.after(number=3)
    report = desk.deliveries.settle_not_done_all(DeliveryFilter(backoffice="billing"), ANN)
    assert report.done == [first, second]
    assert set(report.planned) == {first, second}
    assert report.refused == []
    assert desk.state(done) is State.COMPLETED
    assert desk.verbs() == ["delivery settle not done"] * 2


def test_many_creates_are_refused_one_by_one_for_want_of_their_ids(desk: Desk) -> None:
    one = desk.parked_for_a_person()
    report = desk.deliveries.settle_done_all(DeliveryFilter(ids=(one, 99)), ANN)
    assert report.done == []
    assert [refused.delivery for refused in report.refused] == [one, 99]
    assert "external id" in report.refused[0].reason
    assert "no delivery 99" in report.refused[1].reason


def test_nobody_acts_without_a_name_and_a_reason() -> None:
    with pytest.raises(RejectedError, match="name"):
        Mandate(" ", "because")
    with pytest.raises(RejectedError, match="reason"):
        Mandate("ann", "")


def test_a_card_number_in_a_reason_is_not_kept(desk: Desk) -> None:
    one = desk.after(REFUSAL)
    desk.deliveries.discard(one, Mandate("ann", "paid with 4111 1111 1111 1111"))
    assert "4111" not in str(desk.got(one).reason) + str(desk.trail())
