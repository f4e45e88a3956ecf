from __future__ import annotations

import csv
from pathlib import Path

import pytest
from command_line import DEPLOYMENT, Cli

from backhaul.bootstrap import opened
from backhaul.cli.exit_code import ExitCode
from backhaul.entities import Account, Contact
from backhaul.processes.importing import ACCOUNTS, CONTACTS, Layout

JANE = {"contact_id": "C-1", "last_name": "Doe", "first_name": "Jane", "email": "jane@x.example"}
JOHN = {"contact_id": "C-2", "last_name": "Roe", "account_ids": "A-1"}
HOME = {"account_id": "A-1", "name": "Doe", "status": "active", "city": "Rome", "contact_ids": "C-1"}


class Export:
    """The two files of an export."""

    def __init__(self, cli: Cli) -> None:
        self.cli = cli
        self.accounts = cli.folder / "accounts.csv"
        self.contacts = cli.folder / "contacts.csv"
        self.rejects = cli.folder / "rejects"
        self.rejects.mkdir()
        self.arguments = ("import", self.accounts, self.contacts, "--rejects", self.rejects)

    def write(self, contacts: list[dict[str, str]], accounts: list[dict[str, str]]) -> None:
        for path, layout, rows in ((self.contacts, CONTACTS, contacts), (self.accounts, ACCOUNTS, accounts)):
            written(path, layout, rows)

    def tallies(self, *more: object, code: int = 0) -> dict[str, dict[str, int]]:
        found = self.cli.json(*self.arguments, *more, code=code)
        names = ("new", "changed", "unchanged", "rejected")
        return {one: {n: found[one][n] for n in names if found[one][n]} for one in ("contact", "account")}


def written(path: Path, layout: Layout, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, layout.names, restval="")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def export(cli: Cli) -> Export:
    made = Export(cli)
    made.write([{**JANE, "status": "active"}, {**JOHN, "status": "active"}], [HOME])
    return made


def test_new_rows_are_saved_and_planned(export: Export) -> None:
    text = export.cli.ok(*export.arguments)
    assert text.split() == [
        "ENTITY", "NEW", "CHANGED", "UNCHANGED", "REJECTED", "DELIVERIES", "PLANNED",
        "contact", "2", "0", "0", "0", "2", "account", "1", "0", "0", "0", "0",
    ]  # fmt: skip
    assert export.cli.json("get", "account", "A-1")["name"] == "Doe"


def test_imported_again_nothing_changes(export: Export) -> None:
    export.tallies()
    assert export.tallies() == {"contact": {"unchanged": 2}, "account": {"unchanged": 1}}
    assert export.cli.json("get", "contact", "C-1")["version"] == 1
    assert len(export.cli.json("deliveries", "list")) == 2


def test_a_changed_row_changes_what_it_says_and_nothing_else(export: Export) -> None:
    export.tallies()
    with opened(export.cli.deployment) as backhaul:
        jane = backhaul.front_office.load("contact", "C-1")
        backhaul.front_office.save(jane.changed(job_title="Owner", extensions={"site": {"tier": 1}}))
    export.write([{**JANE, "status": "active", "first_name": "Janet", "email": ""}], [HOME])
    assert export.tallies() == {"contact": {"changed": 1}, "account": {"unchanged": 1}}
    found = export.cli.json("get", "contact", "C-1")
    assert (found["first_name"], found["job_title"]) == ("Janet", "Owner")
    assert found["extensions"] == {"site": {"tier": 1}}
    assert found["emails"][0]["address"] == "jane@x.example"


def test_a_part_of_somebody_else_stays(export: Export) -> None:
    export.tallies()
    with opened(export.cli.deployment) as backhaul:
        home = backhaul.front_office.load("account", "A-1")
        assert isinstance(home, Account)
        bill = home.addresses[0].changed(part_id="bill", usage="billing", city="Oslo")
        backhaul.front_office.save(home.changed(addresses=[*home.addresses, bill]))
    export.write([], [{**HOME, "contact_ids": "", "city": "Bari"}])
    assert export.tallies()["account"] == {"changed": 1}
    found = export.cli.json("get", "account", "A-1")
    assert [one["city"] for one in found["addresses"]] == ["Bari", "Oslo"]
    assert found["contact_ids"] == ["C-1"]


def test_what_a_back_office_owns_is_left_as_it_is(export: Export) -> None:
    owned = '\n[ownership.contact]\nfirst_name = "desk"\n[ownership.account]\n"credit_profile.*" = "desk"\n'
    export.cli.write(text=DEPLOYMENT + owned)
    home = {**HOME, "currency": "EUR", "credit_limit": "100", "credit_status_date": "2024-01-01"}
    export.write([{**JANE, "status": "active"}], [home])
    export.tallies()
    export.write(
        [{**JANE, "status": "active", "first_name": "Janet", "last_name": "Dole"}],
        [{**home, "credit_limit": "900", "name": "Doe & Co"}],
    )
    result = export.cli.run(*export.arguments)
    assert result.exit_code == 0
    assert "contact first_name: left as it is, 1 times; a back office owns it" in result.stderr
    assert "account credit_profile.credit_limit: left as it is, 1 times" in result.stderr
    jane, account = export.cli.json("get", "contact", "C-1"), export.cli.json("get", "account", "A-1")
    assert (jane["first_name"], jane["last_name"]) == ("Jane", "Dole")
    assert account["name"] == "Doe & Co"
    assert account["credit_profile"]["credit_limit"]["amount"] == "100"


def test_a_new_part_comes_without_what_a_back_office_owns_of_it(export: Export) -> None:
    export.cli.write(text=DEPLOYMENT + '\n[ownership.account]\n"addresses.city" = "desk"\n')
    export.write([], [{**HOME, "city": "", "contact_ids": ""}])
    export.tallies()
    export.write([], [{**HOME, "contact_ids": "", "street": "Via Roma"}])
    result = export.cli.run(*export.arguments)
    assert "account addresses.city: left as it is, 1 times" in result.stderr
    (address,) = export.cli.json("get", "account", "A-1")["addresses"]
    assert (address["street"], "city" in address) == ("Via Roma", False)


def test_a_row_that_does_not_fit_what_is_stored_is_rejected(
    export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: object) -> None:
        raise ValueError("Jane Doe")

    export.tallies()
    monkeypatch.setattr("backhaul.store.records.StoredRecord.typed", unreadable)
    assert export.tallies(code=ExitCode.REFUSED) == {"contact": {"rejected": 2}, "account": {"rejected": 1}}
    text = (export.rejects / "contacts.rejects.csv").read_text(encoding="utf-8-sig")
    assert "it would be no valid contact" in text


def test_owned_fields_of_a_known_part_stay(export: Export) -> None:
    export.tallies()
    export.cli.write(text=DEPLOYMENT + '\n[ownership.account]\n"addresses.city" = "desk"\n')
    export.write([], [{**HOME, "contact_ids": "", "city": "Bari", "street": "Via Roma"}])
    assert export.tallies()["account"] == {"changed": 1}
    (address,) = export.cli.json("get", "account", "A-1")["addresses"]
    assert (address["city"], address["street"]) == ("Rome", "Via Roma")


def test_bad_rows_are_rejected_with_line_field_and_reason(export: Export) -> None:
    export.write([{**JANE, "last_name": ""}, {**JOHN, "status": "active"}], [HOME])
    result = export.cli.run(*export.arguments)
    assert result.exit_code == ExitCode.REFUSED
    assert f"Rejected rows: 3; contacts.rejects.csv and accounts.rejects.csv in {export.rejects}" in " ".join(
        result.stderr.split()
    )
    with (export.rejects / "contacts.rejects.csv").open(encoding="utf-8-sig", newline="") as source:
        first, second = csv.DictReader(source)
    assert (first["line"], first["field"], first["contact_id"]) == ("2", "last_name", "C-1")
    assert "needs it" in first["reason"]
    assert "account A-1" in second["reason"]


def test_a_row_that_is_refused_at_the_save_spoils_no_other(export: Export) -> None:
    with opened(export.cli.deployment) as backhaul:
        backhaul.front_office.save(Contact(id="C-1", last_name="Doe"))
        backhaul.front_office.delete("contact", "C-1")
    export.write([{**JANE, "status": "active"}, {**JOHN, "account_ids": "", "status": "active"}], [])
    assert export.tallies(code=ExitCode.REFUSED)["contact"] == {"new": 1, "rejected": 1}
    text = (export.rejects / "contacts.rejects.csv").read_text(encoding="utf-8-sig")
    assert "was deleted; nothing is recreated under its id" in text


def test_small_batches_give_the_same_result(export: Export) -> None:
    assert export.tallies("--batch", "1") == {"contact": {"new": 2}, "account": {"new": 1}}


def test_a_file_that_is_no_export_is_refused_before_anything_is_saved(export: Export) -> None:
    export.accounts.write_text("a;b\n1;2\n", encoding="utf-8")
    result = export.cli.run(*export.arguments)
    assert result.exit_code == ExitCode.CONFIGURATION
    assert "separated by semicolons" in result.stderr
    assert export.cli.json("get", "contact")["records"] == []
