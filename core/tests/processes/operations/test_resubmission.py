from __future__ import annotations

from collections.abc import Callable

import pytest
from operations_desk import ANN, REFUSAL, SILENCE, TAKEN, Desk

from backhaul.processes.route import FirstSend, Payload, Route
from backhaul.sdk.errors import ConflictError, UnsupportedError
from backhaul.sdk.repeat import Change, Repeat
from backhaul.store.delivery_filter import DeliveryFilter
from backhaul.store.delivery_state import State

MakeDesk = Callable[..., Desk]


def test_a_refused_one_is_replaced_by_a_new_one_at_the_tail(desk: Desk) -> None:
    one = desk.after(REFUSAL)
    fresh = desk.deliveries.resubmit(one, ANN)
    old, new = desk.got(one), desk.got(fresh)
    assert (old.state, old.code) == (State.REPLACED, "resubmitted")
    assert (new.linked_to, new.lane_id) == (one, old.lane_id)
    assert new.seq > old.seq
    assert new.message_id != old.message_id
    assert (new.correlation_id, new.causation_id, new.hop) == (old.correlation_id, old.message_id, 0)
    desk.drain()
    assert (desk.state(fresh), desk.planned) == (State.COMPLETED, 1)
    assert desk.trail() == [("ann", "the test says so", "delivery resubmit", f"delivery {one}")]


def test_it_says_what_the_record_says_now(desk: Desk) -> None:
    one = desk.after(REFUSAL)
    desk.serve(routes=())
    desk.front.save(desk.front.load("account", "a1").changed(name="Corrected"))
    desk.serve()
    fresh = desk.deliveries.resubmit(one, ANN)
    desk.drain()
    assert desk.fields(fresh)["name"] == "Corrected"


def test_as_it_was_says_what_was_pinned(desk: Desk) -> None:
    desk.after()
    one = desk.after(REFUSAL, description="first")
    desk.serve(routes=())
    desk.front.save(desk.front.load("account", "a1").changed(name="Corrected"))
    desk.serve()
    fresh = desk.deliveries.resubmit(one, ANN, as_it_was=True)
    assert desk.got(fresh).message_id != desk.got(one).message_id
    desk.drain()
    assert desk.state(fresh) is State.COMPLETED
    assert desk.shelf.sent[2][1:] == (Change.UPDATE, {"note": "first"})
    assert desk.got(fresh).pinned_version == 2


def test_as_it_was_is_refused_when_a_newer_version_was_sent(desk: Desk) -> None:
    desk.after()
    one = desk.after(REFUSAL, description="first")
    desk.after(description="second")
    with pytest.raises(ConflictError, match="version 3 was sent since"):
        desk.deliveries.resubmit(one, ANN, as_it_was=True)
    assert (desk.state(one), desk.verbs()) == (State.REJECTED, [])


def test_as_it_was_gives_way_to_what_is_sent_before_its_turn(desk: Desk) -> None:
    desk.after()
    one = desk.after(REFUSAL, description="first")
    newer = desk.save(description="second")
    fresh = desk.deliveries.resubmit(one, ANN, as_it_was=True)
    desk.drain()
    assert desk.state(newer) is State.COMPLETED
    assert (desk.state(fresh), desk.got(fresh).code) == (State.SUPERSEDED, "version")
    assert desk.shelf.objects["x1"]["note"] == "second"


def test_as_it_was_creates_nothing_twice(desk: Desk) -> None:
    one = desk.after(REFUSAL)
    with desk.store.write() as uow:
        uow.cross_references.bind("billing", "customer", "B1", ("account", "a1"))
    with pytest.raises(ConflictError, match="bound at billing by now"):
        desk.deliveries.resubmit(one, ANN, as_it_was=True)


def test_nobody_knows_how_it_was_that_was_never_rendered(desk: Desk) -> None:
    one = desk.save()
    desk.deliveries.discard(one, ANN)
    with pytest.raises(ConflictError, match="never rendered"):
        desk.deliveries.resubmit(one, ANN, as_it_was=True)
    assert desk.deliveries.resubmit(one, ANN) > one


def test_the_options_of_its_route_are_kept(desk: Desk) -> None:
    options = {"first_send": FirstSend.EXISTING_ONLY, "not_after": 3600.0, "when": {"name": "Account 1"}}
    route = Route("CUT Send Account Data", ("billing",), **options)  # type: ignore[arg-type]
    desk.serve(routes=(route,))
    one = desk.save()
    desk.deliveries.discard(one, ANN)
    desk.clock.now += 100
    fresh = desk.got(desk.deliveries.resubmit(one, ANN))
    assert (fresh.first_send, fresh.condition) == ("existing_only", {"name": "Account 1"})
    assert fresh.not_after == desk.clock.now + 3600.0
    assert (fresh.process, fresh.payload, fresh.mode) == ("CUT Send Account Data", "latest", "live")


def test_a_frozen_document_stays_frozen(desk: Desk) -> None:
    desk.serve(routes=(Route("CUT Send Account Data", ("billing",), payload=Payload.FROZEN),))
    one = desk.after(REFUSAL)
    fresh = desk.got(desk.deliveries.resubmit(one, ANN))
    assert (fresh.payload, fresh.version) == ("frozen", 1)
    assert fresh.document == desk.got(one).document


def test_an_unknown_one_is_repeated_under_the_same_message_id_with_the_same_bytes(
    make_desk: MakeDesk,
) -> None:
    desk = make_desk(repeat=Repeat.MESSAGE_ID)
    one = desk.after(SILENCE)
    desk.clock.now += 61
    fresh = desk.deliveries.resubmit(one, ANN)
    assert (desk.state(one), desk.state(fresh)) == (State.REPLACED, State.UNKNOWN)
    desk.drain()
    assert desk.state(fresh) is State.COMPLETED
    assert desk.shelf.sent[0] == desk.shelf.sent[1]


def test_an_unknown_one_is_probed_before_it_is_repeated(make_desk: MakeDesk) -> None:
    desk = make_desk(probe=True)
    one = desk.after(SILENCE)
    key = desk.landscape.invocation("billing").idempotency_key("account", "a1")
    desk.shelf.by_key[key], desk.shelf.objects["B9"] = "B9", {"name": "Account 1"}
    desk.clock.now += 61
    fresh = desk.deliveries.resubmit(one, ANN)
    desk.drain()
    assert (desk.state(fresh), desk.bound()) == (State.COMPLETED, {"customer": "B9"})
    assert len(desk.shelf.sent) == 1


def test_an_unknown_one_is_not_repeated_while_it_may_still_be_executed(make_desk: MakeDesk) -> None:
    desk = make_desk(repeat=Repeat.MESSAGE_ID)
    one = desk.after(SILENCE)
    with pytest.raises(ConflictError, match="may still execute"):
        desk.deliveries.resubmit(one, ANN)


def test_what_would_be_done_twice_waits_for_a_persons_finding(desk: Desk) -> None:
    one = desk.parked_for_a_person()
    with pytest.raises(UnsupportedError, match="would do it twice"):
        desk.deliveries.resubmit(one, ANN)


def test_what_is_on_its_way_or_done_is_not_resubmitted(desk: Desk) -> None:
    done, accepted, planned = desk.after(number=1), desk.after(TAKEN, number=2), desk.save(3)
    for one, words in ((done, "nothing to repeat"), (accepted, "on its way"), (planned, "on its way")):
        with pytest.raises(ConflictError, match=words):
            desk.deliveries.resubmit(one, ANN)


def test_nothing_is_sent_of_a_deleted_record(desk: Desk) -> None:
    one = desk.after(REFUSAL)
    desk.front.delete("account", "a1")
    with pytest.raises(ConflictError, match="was deleted"):
        desk.deliveries.resubmit(one, ANN)


def test_a_refused_deletion_is_resubmitted(desk: Desk) -> None:
    desk.after()
    desk.shelf.script.append(REFUSAL)
    (one,) = desk.front.delete("account", "a1")
    desk.drain()
    fresh = desk.deliveries.resubmit(one, ANN)
    desk.drain()
    assert (desk.state(fresh), desk.shelf.objects) == (State.COMPLETED, {})


def test_a_resubmitted_parent_lets_its_waiting_child_go_on(make_desk: MakeDesk) -> None:
    desk = make_desk(needs=True)
    desk.shelf.script.append(REFUSAL)
    parent = desk.contact()
    desk.drain()
    child = desk.save(contact_ids=["c1"])
    desk.drain()
    assert desk.state(child) is State.WAITING
    desk.deliveries.resubmit(parent, ANN)
    desk.drain()
    assert desk.state(child) is State.COMPLETED


def test_many_by_filter_and_never_their_own_successors(desk: Desk) -> None:
    refused = [desk.after(REFUSAL, number=number) for number in (1, 2, 3)]
    chosen = DeliveryFilter(backoffice="billing", states=frozenset(State))
    report = desk.deliveries.resubmit_all(chosen, ANN)
    assert report.done == refused
    assert sorted(report.planned) == refused
    assert len(desk.all()) == 6
