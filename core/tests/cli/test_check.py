from __future__ import annotations

import pytest
from command_line import DEPLOYMENT, Cli

from backhaul.cli.exit_code import ExitCode
from backhaul.entities import Contact


def test_everything_that_is_fine_is_said(cli: Cli) -> None:
    found = cli.json("check")
    assert found["ok"]
    assert [(one["check"], one["of"], one["detail"]) for one in found["results"][2:]] == [
        ("plugin", "desk", "desk: cli_desk:Desk"),
        ("settings", "desk", "read"),
        ("mapping", "desk", "capabilities: 2, wire schemas: 1, wire fields: 4"),
        ("routes", "processes", "every route can be served"),
        ("store", "sqlite:///backhaul.db", "a new file; it is made at the first start"),
        ("connection", "desk", "somebody sits there"),
    ]


def test_nothing_is_changed(cli: Cli) -> None:
    before = sorted(cli.folder.iterdir())
    cli.ok("check")
    assert sorted(cli.folder.iterdir()) == before


def test_the_store_tells_its_schema(cli: Cli) -> None:
    cli.ok("get", "contact")
    assert "schema 0001" in cli.ok("check")


def test_a_system_that_is_down_is_unreachable(cli: Cli) -> None:
    cli.write("down")
    found = cli.json("check", code=ExitCode.UNREACHABLE)
    assert [one for one in found["results"] if not one["ok"]] == [
        {"check": "connection", "of": "desk", "ok": False, "detail": "Nobody is there."}
    ]
    cli.ok("check", "--offline")


def test_a_plugin_that_fails_is_a_defect_and_says_no_more(cli: Cli) -> None:
    cli.write("broken")
    found = cli.json("check", code=ExitCode.DEFECT)
    assert "RuntimeError" in found["results"][-1]["detail"]
    assert "sesame" not in found["results"][-1]["detail"]


BROKEN = """
[[route]]
process = "CUT Send Account"
to = ["desk"]

[backoffice.other]
plugin = "desk"
folder = "x"

[backoffice.third]
plugin = "desc"

[backoffice.fourth]
plugin = "desk"
moood = "yes"

[value_map.desk.colour]
red = "1"
"""


def test_one_failure_hides_no_other(cli: Cli) -> None:
    cli.write(text=DEPLOYMENT + BROKEN)
    found = cli.json("check", code=ExitCode.CONFIGURATION)
    failed = [(one["check"], one["of"], one["detail"]) for one in found["results"] if not one["ok"]]
    assert {(check, of) for check, of, _ in failed} == {
        ("mapping", "desk"),
        ("plugin", "third"),
        ("settings", "fourth"),
        ("routes", "processes"),
    }
    texts = "\n".join(detail for *_, detail in failed)
    assert "did you mean desk?" in texts
    assert "backhaul.toml:16: desk cannot do CUT Send Account Data: a desk has no accounts" in texts
    assert "unknown key backoffice.fourth.moood; did you mean 'mood'?" in texts
    assert "no field there looks into a value map 'colour'" in texts


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[backoffice", "this is not TOML"),
        ('[[route]]\nprocess = "CUT Send Acount"\nto = ["desk"]', "There is no process"),
        ("[stroe]", "unknown key stroe; did you mean 'store'?"),
    ],
)
def test_a_fault_of_the_file_has_its_line(cli: Cli, text: str, said: str) -> None:
    cli.deployment.write_text(text, encoding="utf-8")
    result = cli.run("check")
    assert result.exit_code == ExitCode.CONFIGURATION
    plain = " ".join(result.stdout.split())
    assert "FAILED" in plain
    assert said in plain
    assert "backhaul.toml:" in plain


def test_a_store_that_cannot_be_opened_is_found(cli: Cli) -> None:
    cli.write(text='[store]\nurl = "mysql://db.example/backhaul"\n' + DEPLOYMENT)
    found = cli.json("check", code=ExitCode.CONFIGURATION)
    assert next(one for one in found["results"] if one["check"] == "store")["ok"] is False


def test_a_back_office_that_is_gone_but_needed_is_found(cli: Cli, jane: Contact) -> None:
    cli.save(jane)
    cli.deployment.write_text("", encoding="utf-8")
    found = cli.json("check", code=ExitCode.CONFIGURATION)
    assert "desk (open deliveries: 1" in found["results"][-1]["detail"]
    assert cli.run("get", "contact").exit_code == ExitCode.CONFIGURATION
