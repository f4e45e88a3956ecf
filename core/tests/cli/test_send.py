from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Cli

from backhaul.cli.exit_code import ExitCode
from backhaul.entities import Account, Contact


@pytest.fixture
def idle(cli: Cli, jane: Contact) -> Cli:
    """Jane is saved and delivered."""
    cli.save(jane)
    cli.ok("worker", "--until-idle")
    return cli


def test_it_plans_for_the_routed_back_offices(idle: Cli) -> None:
    (line,) = idle.json("send", "send contact data", "C-1")
    assert (line["back_office"], line["state"]) == ("desk", "pending")
    assert len(idle.json("deliveries", "list")) == 2


def test_it_can_deliver_at_once(cli: Cli, jane: Contact) -> None:
    cli.save(jane)
    (line,) = cli.json("send", "Send Contact Data", "C-1", "--to", "desk", "--wait", "10")
    assert line["settled_at"] is not None
    assert cli.held("C-1")["name"] == {"last": "Doe", "first": "Jane"}


@pytest.mark.parametrize(
    ("mood", "code", "state"),
    [
        ("no", ExitCode.REFUSED, "rejected"),
        ("silent", ExitCode.REFUSED, "unknown"),
        ("down", 6, "backing_off"),
    ],
)
def test_the_exit_code_tells_the_outcome(cli: Cli, jane: Contact, mood: str, code: int, state: str) -> None:
    cli.write("yes")
    cli.save(jane)
    cli.ok("deliveries", "discard", "1", "--why", "test")
    cli.write(mood)
    (line,) = cli.json("send", "Send Contact Data", "C-1", "--wait", "0.5", code=code)
    assert line["state"] == state


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["Send Contact Data", "C-9"], ExitCode.NOT_FOUND, "There is no contact C-9."),
        (["Send Contract Data", "C-1"], ExitCode.NOT_FOUND, "Did you mean 'Send Contact Data'?"),
        (["CUT Get Account", "C-1"], ExitCode.REFUSED, "is a get, not a send"),
        (["Send Contact Data", "C-1", "--to", "dask"], ExitCode.NOT_FOUND, "'dask' is not configured"),
    ],
)
def test_what_cannot_be_sent(idle: Cli, arguments: list[str], code: ExitCode, said: str) -> None:
    result = idle.run("send", *arguments)
    assert result.exit_code == code
    assert said in result.stderr


def test_what_nobody_wants_is_refused(cli: Cli) -> None:
    cli.save(Account(id="A-1", name="Doe"))
    result = cli.run("send", "cut send account", "A-1")
    assert result.exit_code == ExitCode.REFUSED
    assert "No route sends this record anywhere" in result.stdout


MESSAGE = '{"number": "P-C-1", "ours": "C-1", "name": {"first": "Janet"}}'


def test_a_message_from_a_file_is_taken(idle: Cli, tmp_path: Path) -> None:
    file = tmp_path / "message.json"
    file.write_text(MESSAGE, encoding="utf-8")
    found = idle.json("receive", "desk", file, "--message-id", "m-1")
    assert (found["message_id"], found["repeated"]) == ("m-1", False)
    assert [(one["record_id"], one["state"]) for one in found["items"]] == [("C-1", "taken")]
    assert idle.json("get", "contact", "C-1")["first_name"] == "Janet"
    assert idle.json("receive", "desk", file, "--message-id", "m-1")["repeated"]


def test_a_message_from_standard_input(idle: Cli) -> None:
    result = idle.run("receive", "desk", "-", input=MESSAGE)
    assert result.exit_code == 0, result.output
    assert "C-1" in result.stdout


def test_the_same_id_with_other_content_is_a_conflict(idle: Cli) -> None:
    idle.ok("receive", "desk", "-", "--message-id", "m-1", input=MESSAGE)
    other = MESSAGE.replace("Janet", "Joan")
    result = idle.run("receive", "desk", "-", "--message-id", "m-1", input=other)
    assert result.exit_code == ExitCode.CONFLICT


def test_a_message_that_cannot_be_read_is_refused_and_kept(idle: Cli) -> None:
    result = idle.run("receive", "desk", "-", input="<xml/>")
    assert result.exit_code == ExitCode.REFUSED
    assert "failed to read it" in " ".join(result.stdout.split())
    assert idle.json("inbox", "list", "--state", "refused")[0]["backoffice"] == "desk"


def test_a_message_that_does_not_exist(idle: Cli, tmp_path: Path) -> None:
    assert idle.run("receive", "desk", tmp_path / "none").exit_code == ExitCode.CONFIGURATION
    assert idle.run("receive", "dask", "-", input=MESSAGE).exit_code == ExitCode.NOT_FOUND
