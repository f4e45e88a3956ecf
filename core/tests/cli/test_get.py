from __future__ import annotations

import pytest
from command_line import Cli

from backhaul.cli.exit_code import ExitCode
from backhaul.entities import Account, Contact, Email


@pytest.fixture
def stored(cli: Cli) -> Cli:
    cli.save(
        Contact(
            id="C-1", first_name="Jane", last_name="Doe", emails=[Email(part_id="e", address="j@x.example")]
        ),
        Contact(id="C-2", last_name="Doe", integration_id="I-2"),
        Contact(id="C-3", first_name="John", last_name="Roe"),
        Account(id="A-1", name="Doe & Co", contact_ids=["C-1"]),
    )
    return cli


def test_a_record_by_its_id(stored: Cli) -> None:
    found = stored.json("get", "contact", "C-1")
    assert (found["entity"], found["id"], found["version"], found["last_name"]) == (
        "contact",
        "C-1",
        1,
        "Doe",
    )
    assert found["emails"][0]["address"] == "j@x.example"
    text = stored.ok("get", "contact", "C-1")
    assert "emails[0].address" in text
    assert "household_id" not in text


def test_by_the_name_of_a_process(stored: Cli) -> None:
    assert stored.json("get", "cut get account", "A-1")["name"] == "Doe & Co"


def test_by_a_strong_key(stored: Cli) -> None:
    assert stored.json("get", "contact", "--key", "integration_id=I-2")["id"] == "C-2"


def test_by_external_id(stored: Cli) -> None:
    stored.ok("worker", "--until-idle")
    assert stored.json("get", "contact", "--external", "desk:P-C-3")["id"] == "C-3"
    assert stored.json("get", "contact", "--external", "desk:P-C-3", "--resource", "person")["id"] == "C-3"
    assert stored.run("get", "contact", "--external", "desk:P-C-9").exit_code == ExitCode.NOT_FOUND


def test_a_page_by_example(stored: Cli) -> None:
    page = stored.json("get", "contact", "--example", "name=doe", "--limit", "1")
    assert ([one["id"] for one in page["records"]], page["next_after"]) == (["C-1"], "C-1")
    page = stored.json("get", "contact", "--example", "name=doe", "--after", "C-1")
    assert ([one["id"] for one in page["records"]], page["next_after"]) == (["C-2"], None)
    both = stored.json("get", "contact", "--example", "name=doe", "--example", "email=j@x.example")
    assert [one["id"] for one in both["records"]] == ["C-1"]


def test_without_anything_the_first_ones(stored: Cli) -> None:
    result = stored.run("get", "contact", "--limit", "2")
    assert "Jane Doe" in result.stdout
    assert "There are more: --after C-2" in result.stderr
    assert "No record has that." in stored.ok("get", "contact", "--example", "name=nobody")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["contact", "C-9"], ExitCode.NOT_FOUND, "There is no contact C-9."),
        (["contract", "C-1"], ExitCode.NOT_FOUND, "contract"),
        (["cut send account", "A-1"], ExitCode.REFUSED, "is a send, not a get"),
        (["contact", "--key", "shoe_size=9"], ExitCode.NOT_FOUND, "contact has no key 'shoe_size'"),
        (["contact", "--key", "name"], ExitCode.USAGE, "KIND=VALUE"),
        (["contact", "C-1", "--key", "name=doe"], ExitCode.USAGE, "give one of"),
        (["contact", "--example", "name=a", "--example", "name=b"], ExitCode.USAGE, "stands here twice"),
        (["contact", "--external", "P-1"], ExitCode.USAGE, "BACKOFFICE:ID"),
        (["contact", "--external", "dask:P-1"], ExitCode.NOT_FOUND, "'dask' is not configured"),
    ],
)
def test_what_cannot_be_answered(stored: Cli, arguments: list[str], code: ExitCode, said: str) -> None:
    result = stored.run("get", *arguments)
    assert result.exit_code == code, result.output
    assert said in " ".join(result.stderr.split())
    assert result.stdout == ""
