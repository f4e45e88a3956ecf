from __future__ import annotations

import pytest
from command_line import Cli

from backhaul.bootstrap import opened
from backhaul.cli.exit_code import ExitCode
from backhaul.entities import Contact


def some(cli: Cli, mood: str, number: int = 1) -> Cli:
    """As many contacts as asked for, tried once at a back office of this mood."""
    cli.write(mood)
    cli.save(*(Contact(id=f"C-{one}", last_name="Doe") for one in range(1, number + 1)))
    cli.ok("worker", "--until-idle")
    cli.write("yes")
    return cli


def states(cli: Cli) -> list[str]:
    return [one["state"] for one in cli.json("deliveries", "list")]


def test_the_list_can_be_filtered(cli: Cli) -> None:
    some(cli, "no", 2)
    cli.save(Contact(id="C-3", last_name="Roe"))
    assert states(cli) == ["rejected", "rejected", "pending"]
    listed = cli.json(
        "deliveries", "list", "--parked", "--record", "C-2", "--entity", "contact", "-b", "desk"
    )
    assert [(one["record_id"], one["reason"]) for one in listed] == [("C-2", listed[0]["reason"])]
    assert cli.json("deliveries", "list", "--state", "pending")[0]["record_id"] == "C-3"
    assert [one["id"] for one in cli.json("deliveries", "list", "--after", "1", "--limit", "1")] == [2]
    text = cli.ok("deliveries", "list")
    assert "contact C-2" in text
    assert "No." in text
    assert max(map(len, text.splitlines())) <= 100
    assert "No delivery is like that." in cli.ok("deliveries", "list", "--state", "dead")
    assert "--after 1" in cli.run("deliveries", "list", "--limit", "1").stderr


def test_one_is_shown_with_all_there_is(cli: Cli) -> None:
    some(cli, "no")
    found = cli.json("deliveries", "show", "1")
    assert found["line"]["code"] == "E1"
    assert found["pin"]["payload"]["name"] == {"last": "Doe"}
    assert [one["outcome"] for one in found["attempts"]] == ["rejected"]
    text = cli.ok("deliveries", "show", "1")
    assert "Every attempt says:\n  ours       C-1\n  name.last  Doe\n" in text
    assert "presence" in text
    assert cli.run("deliveries", "show", "99").exit_code == ExitCode.NOT_FOUND


def test_resubmitting_one(cli: Cli) -> None:
    some(cli, "no")
    assert "delivery 2 is sent instead" in cli.ok("deliveries", "resubmit", "1", "--why", "corrected there")
    assert states(cli) == ["replaced", "pending"]
    assert cli.run("deliveries", "resubmit", "1", "--why", "again").exit_code == ExitCode.CONFLICT
    assert cli.run("deliveries", "resubmit", "9", "--why", "what").exit_code == ExitCode.NOT_FOUND


def test_resubmitting_many_by_filter(cli: Cli) -> None:
    some(cli, "no", 3)
    found = cli.json("deliveries", "resubmit", "-b", "desk", "--parked", "--why", "corrected there")
    assert (found["done"], found["planned"], found["refused"]) == ([1, 2, 3], {"1": 4, "2": 5, "3": 6}, [])
    assert cli.json("worker", "--until-idle")[0]["completed"] == 3


def test_of_several_each_is_done_or_refused(cli: Cli) -> None:
    some(cli, "no", 2)
    cli.ok("deliveries", "discard", "1", "--why", "not needed")
    found = cli.json("deliveries", "discard", "1", "2", "9", "--why", "not needed", code=ExitCode.REFUSED)
    assert found["done"] == [2]
    assert [one["delivery"] for one in found["refused"]] == [1, 9]
    assert states(cli) == ["discarded", "discarded"]


def test_a_slip_does_not_treat_everything(cli: Cli) -> None:
    some(cli, "no")
    result = cli.run("deliveries", "discard", "--why", "oops")
    assert result.exit_code == ExitCode.REFUSED
    assert "takes every delivery" in result.stderr
    assert states(cli) == ["rejected"]


def test_settling_what_a_person_found_out(cli: Cli) -> None:
    some(cli, "silent", 2)
    assert [one["id"] for one in cli.json("deliveries", "list", "--person")] == [1, 2]
    cli.ok("deliveries", "settle", "1", "--done", "--external-id", "P-7", "--why", "I saw it there")
    assert cli.json("get", "contact", "--external", "desk:P-7")["id"] == "C-1"
    assert "delivery 3 is sent instead" in cli.ok(
        "deliveries", "settle", "2", "--not-done", "--why", "not there"
    )
    assert states(cli) == ["completed", "replaced", "pending"]


def test_settling_many(cli: Cli) -> None:
    some(cli, "silent", 2)
    found = cli.json("deliveries", "settle", "-b", "desk", "--not-done", "--why", "nothing is there")
    assert found["done"] == [1, 2]


@pytest.mark.parametrize(
    "arguments",
    [
        ["settle", "1", "--why", "x"],
        ["settle", "1", "2", "--done", "--external-id", "P-1", "--why", "x"],
        ["settle", "1", "--not-done", "--external-id", "P-1", "--why", "x"],
        ["discard", "1"],
        ["show"],
    ],
)
def test_what_is_missing_is_a_usage_error(cli: Cli, arguments: list[str]) -> None:
    assert cli.run("deliveries", *arguments).exit_code == ExitCode.USAGE


def test_who_and_why_are_recorded(cli: Cli) -> None:
    some(cli, "no")
    assert cli.run("deliveries", "discard", "1", "--why", "  ").exit_code == ExitCode.REFUSED
    cli.ok("deliveries", "discard", "1", "--why", "not needed", "--who", "ann")
    with opened(cli.deployment) as backhaul, backhaul.store.read() as uow:
        (entry,) = uow.ledger.audit_trail()
    assert (entry["who"], entry["why"], entry["verb"]) == ("ann", "not needed", "delivery discard")
