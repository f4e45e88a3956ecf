from __future__ import annotations

from collections.abc import Callable

import pytest
from operations_desk import ANN, REFUSAL, SILENCE, Desk

from backhaul.processes.operations.lost_back_offices import refuse_lost_back_offices, rename, retire
from backhaul.sdk.errors import ConfigurationError, ConflictError, NotFoundError
from backhaul.store.delivery_state import State
from backhaul.store.sync_states import Presence

MakeDesk = Callable[..., Desk]


def test_whatever_is_configured_may_start(desk: Desk) -> None:
    desk.after()
    refuse_lost_back_offices(desk.store, ["billing", "assurance"])
    assert desk.bound() == {"customer": "x1"}


@pytest.mark.parametrize(
    ("steps", "has"),
    [((), "deliveries: 0, cross references: 1"), ((SILENCE,), "deliveries: 1, cross references: 0")],
)
def test_what_the_store_still_needs_is_named(desk: Desk, steps: tuple[Exception, ...], has: str) -> None:
    desk.after(*steps)
    with pytest.raises(ConfigurationError, match=rf"billing \(open {has}\)") as caught:
        refuse_lost_back_offices(desk.store, ["billings"])
    assert caught.value.hint is not None
    assert "rename billing billings" in caught.value.hint
    assert "retire billing" in caught.value.hint


def test_history_alone_needs_no_back_office(desk: Desk) -> None:
    one = desk.after(REFUSAL)
    refuse_lost_back_offices(desk.store, [])
    assert desk.state(one) is State.REJECTED


def test_renamed_it_goes_on_under_its_new_name(desk: Desk) -> None:
    desk.after()
    one = desk.save(description="new")
    rows = rename(desk.store, "billing", "brm", ["brm"], ANN)
    assert rows > 0
    refuse_lost_back_offices(desk.store, ["brm"])
    assert desk.got(one).backoffice == "brm"
    with desk.store.read() as uow:
        assert uow.back_office_names.in_use() == {"brm"}
        assert not uow.back_office_names.known("billing")
        assert uow.lanes.ready_count("brm") == 1
        assert uow.sync_states.get("brm", ("account", "a1")).presence is Presence.BOUND
    assert desk.trail() == [("ann", "the test says so", "backoffice rename", "brm")]


def test_the_origin_of_what_it_told_us_is_renamed_as_well(desk: Desk) -> None:
    desk.after()
    record = desk.front.load("account", "a1")
    with desk.store.write() as uow:
        uow.records.update(record.changed(version=2, origin="billing"), 1)
    rename(desk.store, "billing", "brm", ["brm"], ANN)
    assert desk.front.load("account", "a1").origin == "brm"


@pytest.mark.parametrize(
    ("old", "new", "names", "error", "words"),
    [
        ("billing", "brm", ["billing", "brm"], ConflictError, "still in the deployment file"),
        ("billing", "brm", [], ConflictError, "has no back office brm"),
        ("biling", "brm", ["brm"], NotFoundError, "knows nothing of"),
    ],
)
def test_a_rename_that_does_not_fit_the_file(
    desk: Desk, old: str, new: str, names: list[str], error: type[Exception], words: str
) -> None:
    desk.after()
    with pytest.raises(error, match=words):
        rename(desk.store, old, new, names, ANN)
    assert (desk.bound(), desk.verbs()) == ({"customer": "x1"}, [])


def test_two_back_offices_do_not_become_one(desk: Desk) -> None:
    desk.after()
    with desk.store.write() as uow:
        uow.cross_references.bind("brm", "customer", "B1", ("account", "a1"))
    with pytest.raises(ConflictError, match="history of its own"):
        rename(desk.store, "billing", "brm", ["brm"], ANN)


def test_what_may_have_been_done_is_settled_under_the_old_name(desk: Desk) -> None:
    desk.after(SILENCE)
    with pytest.raises(ConflictError, match="Sends to billing that may have been done"):
        rename(desk.store, "billing", "brm", ["brm"], ANN)


def test_nothing_is_taken_from_a_worker(desk: Desk) -> None:
    desk.save()
    with desk.store.write() as uow:
        uow.lanes.claim("billing", 1, owner="host|boot|1|1", token="t", lease=60)
    with pytest.raises(ConflictError, match="lanes of billing in work: 1"):
        rename(desk.store, "billing", "brm", ["brm"], ANN)
    with pytest.raises(ConflictError, match="lanes of billing in work: 1"):
        retire(desk.store, "billing", [], ANN)


def test_retired_it_leaves_only_its_history(desk: Desk) -> None:
    done, open_one = desk.after(number=1), desk.save(2)
    with desk.store.write() as uow:
        uow.inbox.move_cursor("billing", "feed", "7")
    use = retire(desk.store, "billing", [], ANN)
    assert (use.open, use.bound) == (1, 1)
    assert (desk.state(done), desk.state(open_one)) == (State.COMPLETED, State.DISCARDED)
    assert (desk.got(open_one).code, desk.bound()) == ("retired", {})
    assert desk.sync().presence is Presence.ABSENT
    with desk.store.read() as uow:
        assert uow.inbox.cursor("billing", "feed") is None
    assert desk.deliveries.show(open_one).lane["removed"]
    refuse_lost_back_offices(desk.store, [])
    assert desk.trail() == [("ann", "the test says so", "backoffice retire", "billing")]


def test_one_that_is_configured_is_not_retired(desk: Desk) -> None:
    one = desk.save()
    with pytest.raises(ConflictError, match="still in the deployment file"):
        retire(desk.store, "billing", ["billing"], ANN)
    assert desk.state(one) is State.PENDING
