from __future__ import annotations

import json

import pytest

from backhaul.cli.output import Output, printable
from backhaul.cli.text_table import text_table

LONG = "a reason that is told at some length, so that it does not fit into what is left of the line at all"


def test_machine_output_is_one_document_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    out = Output(machine=True)
    out.say("for people")
    out.table(("a",), [("x",)], empty="none")
    out.fields({"a": 1})
    out.note("beside")
    out.document({"name": "Ünlü", "when": None})
    found = capsys.readouterr()
    assert json.loads(found.out) == {"name": "Ünlü", "when": None}
    assert "Ünlü" in found.out
    assert found.err == ""


def test_for_people_there_is_no_document(capsys: pytest.CaptureFixture[str]) -> None:
    out = Output()
    out.document({"a": 1})
    out.fields({"name": "Doe", "longer": True, "not set": None, "list": [1, 2]})
    assert capsys.readouterr().out == "name    Doe\nlonger  yes\nlist    [1, 2]\n"


def test_quiet_leaves_out_notes(capsys: pytest.CaptureFixture[str]) -> None:
    Output(quiet=True).note("beside")
    Output().note("beside the result")
    found = capsys.readouterr()
    assert (found.out, found.err) == ("", "beside the result\n")


def test_an_empty_table_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    Output().table(("id",), [], empty="There is none.")
    assert capsys.readouterr().out == "There is none.\n"


def test_no_table_is_wider_than_100_columns(capsys: pytest.CaptureFixture[str]) -> None:
    Output().table(("id", "reason", "also"), [(1, LONG, LONG), (22, "x" * 150, None)], empty="")
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[0].startswith("ID  REASON")
    assert "".join(lines[1:]).count("x") == 150 + LONG.count("x")


def test_columns_are_as_narrow_as_they_can_be() -> None:
    assert list(text_table(("a", "b"), [("1", "two words")], 100)) == ["A  B", "1  two words"]


def test_long_cells_go_on_below() -> None:
    assert list(text_table(("id", "b"), [("1", "one two three four five")], 20)) == [
        "ID  B",
        "1   one two three",
        "    four five",
    ]


def test_a_terminal_gets_a_table_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    Output().table(("id", "reason"), [(1, "[bold]no markup[/bold]")], empty="")
    assert "[bold]no markup[/bold]" in capsys.readouterr().out


def test_control_characters_are_shown_as_such() -> None:
    assert printable("a\x1b[0m\tb\nc") == "a\ufffd[0m\ufffdb\nc"
