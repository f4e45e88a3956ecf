"""Lanes, back offices, cross references, the inbox."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import DEPLOYMENT, Cli

from backhaul.bootstrap import opened
from backhaul.cli.exit_code import ExitCode
from backhaul.entities import Contact

WHY = ("--why", "test")


@pytest.fixture
def delivered(cli: Cli, jane: Contact) -> Cli:
    cli.save(jane)
    cli.ok("worker", "--until-idle")
    return cli


def park(cli: Cli) -> int:
    with opened(cli.deployment) as backhaul, backhaul.store.write() as uow:
        lane, _ = uow.lanes.append("desk", "A-1", ready_at=0.0, interactive=False)
        uow.lanes.park(lane, "it is dead")
    return lane


def test_parked_lanes_are_listed_and_unparked(cli: Cli) -> None:
    assert cli.json("lanes", "list") == []
    lane = park(cli)
    (found,) = cli.json("lanes", "list", "-b", "desk")
    assert (found["id"], found["key"], found["reason"], found["held_back"]) == (lane, "A-1", "it is dead", 1)
    assert "it is dead" in cli.ok("lanes", "list")
    assert cli.json("lanes", "unpark", lane, *WHY) == {"unparked": [lane]}
    assert cli.run("lanes", "unpark", lane, *WHY).exit_code == ExitCode.CONFLICT
    assert cli.run("lanes", "unpark", 99, *WHY).exit_code == ExitCode.NOT_FOUND


def test_all_lanes_of_a_back_office_are_unparked(cli: Cli) -> None:
    lane = park(cli)
    assert cli.run("lanes", "unpark", *WHY).exit_code == ExitCode.USAGE
    assert cli.json("lanes", "unpark", "-b", "desk", *WHY) == {"unparked": [lane]}


def test_pause_and_resume(cli: Cli, jane: Contact) -> None:
    assert cli.json("backoffice", "pause", "desk", *WHY) == {
        "back_office": "desk", "state": "paused", "changed": True
    }  # fmt: skip
    assert "as it was before" in cli.ok("backoffice", "pause", "desk", *WHY)
    cli.save(jane)
    assert cli.json("worker", "--until-idle")[0]["open"] == 1
    (status,) = cli.json("backoffice", "status", "desk")
    assert (status["state"], status["deliveries"]["open"]) == ("paused", 1)
    assert "paused" in cli.ok("backoffice", "status")
    assert "is up." in cli.ok("backoffice", "resume", "desk", *WHY)
    assert cli.json("worker", "--until-idle")[0]["completed"] == 1


@pytest.mark.parametrize("arguments", [["status", "dask"], ["pause", "dask", *WHY], ["retire", "dask", *WHY]])
def test_an_unknown_back_office_is_not_found(cli: Cli, arguments: list[str]) -> None:
    assert cli.run("backoffice", *arguments).exit_code == ExitCode.NOT_FOUND


def test_rename(delivered: Cli) -> None:
    assert delivered.run("backoffice", "rename", "desk", "office", *WHY).exit_code == ExitCode.CONFLICT
    delivered.write(
        text=DEPLOYMENT.replace("backoffice.desk", "backoffice.office").replace('["desk"]', '["office"]')
    )
    assert delivered.json("backoffice", "rename", "desk", "office", *WHY)["new"] == "office"
    assert delivered.json("get", "contact", "--external", "office:P-C-1")["id"] == "C-1"


def test_retire(delivered: Cli) -> None:
    assert delivered.run("backoffice", "retire", "desk", *WHY).exit_code == ExitCode.CONFLICT
    delivered.deployment.write_text("", encoding="utf-8")
    assert "cross references forgotten: 1." in delivered.ok("backoffice", "retire", "desk", *WHY)
    assert delivered.json("xref", "export") == []


def test_cross_references_go_out_and_in_again(delivered: Cli, tmp_path: Path) -> None:
    text = delivered.ok("xref", "export")
    assert text == "back_office,resource,external_id,entity,record_id\ndesk,person,P-C-1,contact,C-1\n"
    file = tmp_path / "pairs.csv"
    assert delivered.ok("xref", "export", file, "-b", "desk") == ""
    assert file.read_text(encoding="utf-8") == text
    assert delivered.run("xref", "export", file).exit_code == ExitCode.CONFIGURATION
    delivered.save(Contact(id="C-2", last_name="Roe"))
    more = text + "desk,person,P-8,contact,C-2\n"
    report = delivered.run("--json", "xref", "import", "-", *WHY, input=more)
    assert report.exit_code == 0, report.output
    assert '"bound": 1' in report.stdout
    assert '"unchanged": 1' in report.stdout
    assert delivered.json("get", "contact", "--external", "desk:P-8")["id"] == "C-2"


def test_refused_pairs_are_listed_with_their_line(delivered: Cli, tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    head = "back_office,resource,external_id,entity,record_id\n"
    file.write_text(f"{head}desk,person,P-9,contact,C-9\ndesk,animal,P-9,contact,C-1\n", encoding="utf-8")
    result = delivered.run("xref", "import", file, *WHY)
    assert result.exit_code == ExitCode.REFUSED
    assert "line 2: there is no contact C-9 here" in result.stderr
    assert "line 3: there is no resource of desk 'animal'" in result.stderr
    assert delivered.run("xref", "import", file, *WHY, "--also-resource", "animal").stdout.startswith(
        "Bound 1,"
    )
    file.write_text("a,b\n", encoding="utf-8")
    assert delivered.run("xref", "import", file, *WHY).exit_code == ExitCode.REFUSED
    assert delivered.run("xref", "import", tmp_path / "none", *WHY).exit_code == ExitCode.CONFIGURATION


def test_received_messages(delivered: Cli) -> None:
    delivered.run("receive", "desk", "-", "--message-id", "m-1", input="nonsense")
    delivered.ok(
        "receive", "desk", "-", "--message-id", "m-2", input='{"number": "P-C-1", "name": {"first": "J"}}'
    )
    assert [(one["id"], one["state"]) for one in delivered.json("inbox", "list")] == [
        (2, "taken"),
        (1, "refused"),
    ]
    assert [one["id"] for one in delivered.json("inbox", "list", "--state", "refused", "-b", "desk")] == [1]
    assert "contact C-1 taken" in delivered.ok("inbox", "list")
    shown = delivered.json("inbox", "show", "1")
    assert (shown["message_id"], shown["body"]) == ("m-1", "nonsense")
    assert "nonsense" in delivered.ok("inbox", "show", "1")
    assert delivered.run("inbox", "show", "9").exit_code == ExitCode.NOT_FOUND


def test_refused_messages_are_taken_again(delivered: Cli) -> None:
    delivered.run("receive", "desk", "-", "--message-id", "m-1", input="nonsense")
    assert delivered.run("inbox", "resubmit", *WHY).exit_code == ExitCode.USAGE
    assert "Message 1: taken again" in delivered.ok("inbox", "resubmit", "1", *WHY)
    assert delivered.run("inbox", "resubmit", "1", *WHY).exit_code == ExitCode.CONFLICT
    assert delivered.json("inbox", "resubmit", "-b", "desk", *WHY)[0]["refused"] is None
    assert delivered.json("inbox", "list", "--state", "refused")[0]["resubmits"] == 2
