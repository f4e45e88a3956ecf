from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from operations_desk import ANN, REFUSAL, SILENCE, Desk

from backhaul.entities import Account
from backhaul.processes.operations.cross_references import ImportReport
from backhaul.sdk.errors import MappingError
from backhaul.sdk.repeat import Change
from backhaul.sdk.reply import Reply
from backhaul.store.delivery_state import State
from backhaul.store.sync_states import Presence

MakeDesk = Callable[..., Desk]
HEADER = "back_office,resource,external_id,entity,record_id"


def loaded(desk: Desk, *rows: str, **options: frozenset[str]) -> ImportReport:
    text = "\n".join([HEADER, *rows]) + "\n"
    return desk.pairs.load(io.StringIO(text), ANN, source="pairs.csv", **options)


def reasons(report: ImportReport) -> list[tuple[int, str]]:
    return [(row.line, row.reason) for row in report.refused]


@pytest.fixture
def quiet(desk: Desk) -> Desk:
    """Two accounts that nobody sends."""
    return quietly(desk)


def quietly(desk: Desk) -> Desk:
    desk.serve(routes=())
    for number in (1, 2):
        desk.front.save(Account(id=f"a{number}", name=f"Account {number}"))
    return desk


def test_what_is_exported_can_be_imported_elsewhere(make_desk: MakeDesk) -> None:
    one, other = make_desk(), make_desk()
    one.after(number=1)
    one.after(number=2)
    text = io.StringIO()
    assert one.pairs.export(text) == 2
    assert text.getvalue().splitlines() == [
        HEADER,
        "billing,customer,x1,account,a1",
        "billing,customer,x2,account,a2",
    ]
    quietly(other)
    report = other.pairs.load(text.getvalue().splitlines(), ANN)
    assert (report.bound, report.refused) == (2, [])
    assert other.bound() == {"customer": "x1"}


def test_the_export_of_one_back_office_and_of_none(desk: Desk) -> None:
    desk.after()
    assert len(list(desk.pairs.rows("billing"))) == 1
    assert list(desk.pairs.rows("assurance")) == []
    assert desk.pairs.export(io.StringIO(), "assurance") == 0


def test_an_imported_pair_is_bound_with_an_empty_base_and_sends_nothing(quiet: Desk) -> None:
    report = loaded(quiet, "billing,customer,B1,account,a1")
    sync = quiet.sync()
    assert (report.bound, report.unchanged, report.woken, report.refused) == (1, 0, 0, [])
    assert (sync.presence, sync.base, sync.sent_version) == (Presence.BOUND, {}, 0)
    assert quiet.all() == []
    assert quiet.trail() == [("ann", "the test says so", "xref import", "pairs.csv")]


def test_its_next_send_is_an_update_that_says_all_of_it(quiet: Desk) -> None:
    loaded(quiet, "billing,customer,B1,account,a1")
    quiet.serve()
    quiet.after(description="new")
    assert quiet.shelf.sent[0][1:] == (Change.UPDATE, {"name": "Account 1", "note": "new"})


def test_again_it_changes_nothing(quiet: Desk) -> None:
    loaded(quiet, "billing,customer,B1,account,a1")
    report = loaded(quiet, "billing,customer,B1,account,a1")
    assert (report.bound, report.unchanged) == (0, 1)
    assert len(quiet.trail()) == 1


def test_nothing_is_rebound(quiet: Desk) -> None:
    loaded(quiet, "billing,customer,B1,account,a1")
    report = loaded(quiet, "billing,customer,B1,account,a2", "billing,customer,B2,account,a1")
    assert [line for line, _ in reasons(report)] == [2, 3]
    assert all("cannot be bound" in reason for _, reason in reasons(report))
    assert quiet.bound() == {"customer": "B1"}
    assert quiet.bound(("account", "a2")) == {}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("billing,customer,B1,account,a9", "there is no account a9 here"),
        ("biling,customer,B1,account,a1", "there is no back office 'biling' (known: billing)"),
        ("billing,custmer,B1,account,a1", "there is no resource of billing 'custmer'"),
        ("billing,customer,B1,acount,a1", "there is no entity 'acount' (known: account, contact)"),
        ("billing,customer,,account,a1", "external_id is empty"),
        ("billing,customer, B1,account,a1", "external_id has blanks around it"),
        (f"billing,customer,{'9' * 256},account,a1", "external_id is longer than 255 characters"),
        ("billing,customer,B\x071,account,a1", "external_id has characters that no id has"),
        ("billing,customer,B1,account", "it has 4 cells instead of 5"),
        ('billing,customer,"B"1,account,a1', "it is no CSV"),
    ],
)
def test_a_row_that_cannot_be_right_is_refused_with_its_line(quiet: Desk, row: str, reason: str) -> None:
    report = loaded(quiet, "billing,customer,B2,account,a2", row)
    ((line, said),) = reasons(report)
    assert line == 3
    assert said.startswith(reason)
    assert (report.bound, quiet.bound()) == (1, {})
    assert report.as_json()["refused"][0]["line"] == 3


def test_a_resource_that_no_schema_names_can_be_allowed(quiet: Desk) -> None:
    report = loaded(quiet, "billing,holder,H1,account,a1", also_resources=frozenset({"holder"}))
    assert (report.bound, quiet.bound()) == (1, {"holder": "H1"})
    assert quiet.sync().presence is Presence.ABSENT


def test_a_back_office_without_its_plugin_cannot_be_checked(quiet: Desk) -> None:
    quiet.serve({"billing": "it is not installed"})
    assert "not installed" in reasons(loaded(quiet, "billing,customer,B1,account,a1"))[0][1]


@pytest.mark.parametrize("text", ["", "a,b\n", HEADER.replace("resource", "ressource"), '"x'])
def test_another_file_is_refused_as_a_whole(desk: Desk, text: str) -> None:
    with pytest.raises(MappingError, match="no file of cross references") as caught:
        desk.pairs.load(io.StringIO(text), ANN)
    assert caught.value.hint is not None
    assert HEADER in caught.value.hint


def test_columns_in_another_order_and_the_mark_of_a_spreadsheet(quiet: Desk) -> None:
    lines = ["\ufeffrecord_id,entity,external_id,resource,back_office", "a1,account,B1,customer,billing", ""]
    assert quiet.pairs.load(lines, ANN).bound == 1


def test_what_waits_for_a_parent_goes_on(make_desk: MakeDesk) -> None:
    desk = make_desk(needs=True)
    desk.shelf.script.append(REFUSAL)
    desk.contact()
    desk.drain()
    child = desk.save(contact_ids=["c1"])
    desk.drain()
    assert desk.state(child) is State.WAITING
    report = loaded(desk, "billing,person,P1,contact,c1")
    assert (report.bound, report.woken, desk.state(child)) == (1, 1, State.PENDING)
    desk.drain()
    assert desk.state(child) is State.COMPLETED


def test_a_record_that_exists_there_unbound_gets_its_id_and_keeps_what_was_pinned(desk: Desk) -> None:
    desk.after(Reply.completed({"name": "Account 1"}))
    later = desk.save(description="new")
    desk.drain()
    assert (desk.sync().presence, desk.state(later)) == (Presence.EXISTING, State.WAITING)
    report = loaded(desk, "billing,customer,B1,account,a1")
    assert (report.bound, report.woken, desk.planned) == (1, 1, 1)
    assert (desk.sync().presence, desk.sync().base["name"]) == (Presence.BOUND, "Account 1")
    desk.drain()
    assert desk.shelf.sent[-1][1:] == (Change.UPDATE, {"note": "new"})


def test_a_create_whose_outcome_is_unknown_is_settled_instead(desk: Desk) -> None:
    one = desk.after(SILENCE)
    ((_, reason),) = reasons(loaded(desk, "billing,customer,B1,account,a1"))
    assert reason.startswith(f"delivery {one} (unknown) may have created it")
    assert desk.bound() == {}
