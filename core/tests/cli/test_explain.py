from __future__ import annotations

import socket
from typing import Any

import pytest
from command_line import DEPLOYMENT, Cli

from backhaul.cli.exit_code import ExitCode
from backhaul.entities import Account, Contact


@pytest.fixture(autouse=True)
def _no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> Any:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def explained(cli: Cli, *more: str, code: int = 0) -> dict[str, Any]:
    (found,) = cli.json("explain", "contact", "C-1", *more, code=code)["back_offices"]
    return dict(found)


def field(found: dict[str, Any], wire_path: str) -> dict[str, Any]:
    (one,) = [one for one in found["fields"] if one["wire_path"] == wire_path]
    return dict(one)


def test_a_create_is_explained_field_by_field(cli: Cli, jane: Contact) -> None:
    cli.save(jane)
    found = explained(cli)
    assert (found["change"], found["routes"]) == ("create", ["Send Contact Data on save"])
    assert found["payload"] == {"ours": "C-1", "name": {"last": "Doe", "first": "Jane"}}
    last = field(found, "name.last")
    assert last == {
        "wire_path": "name.last", "source": "last_name", "rule": "at most 20 characters", "value_map": None,
        "value": "Doe", "owner": "shared", "left_out": None, "loss": None, "problem": None,
    }  # fmt: skip


def test_nothing_is_stored_planned_or_called(cli: Cli, jane: Contact) -> None:
    cli.save(jane)
    explained(cli)
    assert [one["state"] for one in cli.json("deliveries", "list")] == ["pending"]
    assert list((cli.folder / "held").iterdir()) == []


def test_an_update_says_only_what_is_new(cli: Cli, jane: Contact) -> None:
    cli.save(jane)
    cli.ok("worker", "--until-idle")
    assert explained(cli)["note"] == "nothing would be sent: it has all of it already"
    cli.save(jane.changed(first_name="Janet", version=1))
    found = explained(cli)
    assert (found["change"], found["external_ids"]) == ("update", {"person": "P-C-1"})
    assert found["payload"] == {"name": {"first": "Janet"}}
    assert field(found, "name.first")["left_out"] is None
    assert field(found, "name.last")["left_out"] == "it has this value already"


def test_what_the_back_office_owns_is_left_out(cli: Cli, jane: Contact) -> None:
    cli.save(jane)
    cli.write(text=DEPLOYMENT + '\n[ownership.contact]\nfirst_name = "desk"\n')
    found = explained(cli)
    assert found["payload"] == {"ours": "C-1", "name": {"last": "Doe"}}
    first = field(found, "name.first")
    assert (first["owner"], first["left_out"]) == ("desk", "desk owns it")
    assert "left out: desk owns it" in cli.ok("explain", "contact", "C-1")


def test_what_cannot_be_mapped_is_shown_and_refused(cli: Cli) -> None:
    cli.save(Contact(id="C-1", last_name="Doe of a very long name"))
    found = explained(cli, code=ExitCode.REFUSED)
    assert "room for 20" in found["problem"]
    assert "room for 20" in field(found, "name.last")["problem"]
    result = cli.run("explain", "contact", "C-1")
    assert result.exit_code == ExitCode.REFUSED
    assert "name.last = ?" in result.stdout


def test_a_route_whose_condition_does_not_hold_says_so(cli: Cli, jane: Contact) -> None:
    cli.write(text=DEPLOYMENT + 'when = {{ status = "prospect" }}\n')
    cli.save(jane)
    assert explained(cli)["routes"] == ["Send Contact Data on save, but its condition does not hold"]


def test_what_is_never_sent_says_why(cli: Cli) -> None:
    cli.save(Account(id="A-1", name="Doe"))
    (found,) = cli.json("explain", "account", "A-1")["back_offices"]
    assert found["note"] == "never sent: a desk has no accounts"


def test_a_plugin_that_is_missing_is_told(cli: Cli, jane: Contact) -> None:
    cli.write(text=DEPLOYMENT + '\n[backoffice.other]\nplugin = "desc"\n')
    cli.save(jane)
    found = cli.json("explain", "contact", "C-1", code=ExitCode.REFUSED)["back_offices"]
    assert [one["back_office"] for one in found] == ["desk", "other"]
    assert "not available" in found[1]["problem"]
    assert [
        one["back_office"] for one in cli.json("explain", "contact", "C-1", "--to", "desk")["back_offices"]
    ] == ["desk"]


def test_unknown_names_are_not_found(cli: Cli, jane: Contact) -> None:
    cli.save(jane)
    assert cli.run("explain", "contact", "C-9").exit_code == ExitCode.NOT_FOUND
    assert cli.run("explain", "contract", "C-1").exit_code == ExitCode.NOT_FOUND
    assert cli.run("explain", "contact", "C-1", "--to", "dask").exit_code == ExitCode.NOT_FOUND
