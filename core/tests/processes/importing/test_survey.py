from __future__ import annotations

from typing import Any

import pytest

from backhaul.processes.importing import Reject
from backhaul.processes.importing.survey import circles


def places(rejects: list[Reject]) -> list[tuple[str, int, str]]:
    return [(reject.entity, reject.line, reject.field) for reject in rejects]


def test_an_exact_copy_is_a_duplicate_of_its_line(export: Any) -> None:
    export.account_rows({}, {"account_id": "A-2"}, {"name": " Müller & Söhne"})
    reject = export.only_reject()
    assert (reject.line, reject.field, reject.reason) == (4, "account_id", "duplicate of line 2")


def test_cells_that_run_together_are_no_duplicate(export: Any) -> None:
    export.account_rows({"alias": "ab", "description": "c"}, {"alias": "a", "description": "bc"})
    assert "with other content" in export.only_reject().reason


def test_the_first_row_of_an_id_counts_even_if_it_is_rejected(export: Any) -> None:
    export.account_rows({"status": "open"}, {})
    first, second = export.rejects()
    assert first.field == "status"
    assert second.reason == "A-1 stands in line 2 already, with other content; one of them is wrong"


def test_a_copy_of_a_bad_row_is_reported_as_a_copy(export: Any) -> None:
    export.account_rows({"status": "open"}, {"status": "open"})
    assert [reject.field for reject in export.rejects()] == ["status", "account_id"]


def test_an_account_number_is_given_once(export: Any) -> None:
    export.account_rows(
        {"account_number": "n-1"}, {"account_id": "A-2", "account_number": "N-1"}, {"account_id": "A-3"}
    )
    reject = export.only_reject()
    assert (reject.line, reject.field) == (3, "account_number")
    assert reject.reason == "belongs to another account already, in line 2"


@pytest.mark.parametrize("column", ["contact_ids", "primary_contact_id", "parent_account_id"])
def test_an_account_that_names_what_is_nowhere_is_rejected(export: Any, column: str) -> None:
    export.account_rows({column: "X-1"})
    reject = export.only_reject()
    assert reject.field == column
    assert reject.reason.endswith("X-1, which is not in the export and not known")


def test_what_is_known_may_be_named(export: Any) -> None:
    export.account_rows({"parent_account_id": "A-0", "primary_contact_id": "C-0"})
    assert (
        export.rejects(lambda entity, own_id: (entity, own_id) in {("account", "A-0"), ("contact", "C-0")})
        == []
    )
    assert places(export.rejects(lambda entity, own_id: (entity, own_id) == ("account", "A-0"))) == [
        ("account", 2, "primary_contact_id")
    ]


def test_a_rejected_row_may_be_named_when_it_is_known_already(export: Any) -> None:
    export.contact_rows({"email": "nobody"})
    export.account_rows({"primary_contact_id": "C-1"})
    assert places(export.rejects(lambda entity, _own_id: entity == "contact")) == [("contact", 2, "email")]


def test_rejection_spreads_through_references_and_says_why(export: Any) -> None:
    export.contact_rows(
        {"email": "nobody"}, {"contact_id": "C-2", "account_ids": "A-2"}, {"contact_id": "C-3"}
    )
    export.account_rows(
        {"account_id": "A-3", "parent_account_id": "A-2"},
        {"account_id": "A-2", "parent_account_id": "A-1"},
        {"account_id": "A-1", "primary_contact_id": "C-1"},
        {"account_id": "A-4", "contact_ids": "C-3"},
    )
    rejects = export.rejects()
    assert places(rejects) == [
        ("contact", 2, "email"),
        ("contact", 3, "account_ids"),
        ("account", 2, "parent_account_id"),
        ("account", 3, "parent_account_id"),
        ("account", 4, "primary_contact_id"),
    ]
    assert rejects[-1].reason == "names the contact C-1, which is rejected (contacts.csv, line 2)"
    assert rejects[1].reason == "names the account A-2, which is rejected (accounts.csv, line 3)"


def test_contact_and_account_may_name_each_other(export: Any) -> None:
    export.contact_rows({"account_ids": "A-1"})
    export.account_rows({"contact_ids": "C-1", "primary_contact_id": "C-1"})
    assert [record.id for record in export.records()] == ["C-1", "A-1"]


def test_parents_in_a_circle_fall_with_everything_below(export: Any) -> None:
    export.account_rows(
        {"account_id": "A-1", "parent_account_id": "A-2"},
        {"account_id": "A-2", "parent_account_id": "A-3"},
        {"account_id": "A-3", "parent_account_id": "A-2"},
        {"account_id": "A-4"},
    )
    rejects = export.rejects()
    assert [reject.line for reject in rejects] == [2, 3, 4]
    assert rejects[1].reason.endswith("A-2 → A-3 → A-2")
    assert "which is rejected" in rejects[0].reason


def test_an_account_is_not_its_own_parent(export: Any) -> None:
    export.account_rows({"parent_account_id": "A-1"})
    assert export.only_reject().field == "parent_account_id"


def test_ids_of_accounts_and_contacts_are_told_apart(export: Any) -> None:
    export.contact_rows({"contact_id": "1"})
    export.account_rows({"account_id": "1", "primary_contact_id": "1"})
    assert export.rejects() == []


def test_each_circle_is_found_once() -> None:
    above = {"a": "b", "b": "a", "c": "a", "d": "e", "e": "f", "x": "x"}
    named = {("account", one): ("account", other) for one, other in above.items()}
    found = [[name for _, name in circle] for circle in circles(named)]
    assert found == [["a", "b"], ["x"]]
