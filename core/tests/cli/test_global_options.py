from __future__ import annotations

from pathlib import Path

import pytest

from backhaul.cli.global_options import VARIABLE, MissingFileError, taken
from backhaul.cli.session import Session


def test_they_may_stand_anywhere() -> None:
    before, rest = taken(["--json", "-d", "a.toml", "get", "account", "1"], ())
    behind, same = taken(["get", "account", "--deployment=a.toml", "1", "--json"], ())
    assert before == behind == Session(Path("a.toml"), machine=True)
    assert rest == same == ["get", "account", "1"]


def test_without_them_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert taken(["get"], ())[0] == Session(Path("backhaul.toml"))
    monkeypatch.setenv(VARIABLE, "other.toml")
    assert taken(["get"], ())[0] == Session(Path("other.toml"))
    assert taken(["get", "-d", "mine.toml"], ())[0] == Session(Path("mine.toml"))


def test_all_flags() -> None:
    session, rest = taken(["--debug", "--quiet", "--json"], ())
    assert (session.debug, session.quiet, session.machine, rest) == (True, True, True, [])


def test_what_belongs_to_another_program_is_left_alone() -> None:
    session, rest = taken(["--quiet", "simulate", "rest", "--debug", "-d", "x"], {"simulate"})
    assert rest == ["simulate", "rest", "--debug", "-d", "x"]
    assert (session.quiet, session.debug) == (True, False)
    assert taken(["get", "--", "--json"], ())[1] == ["get", "--", "--json"]


def test_a_value_of_that_name_is_no_command() -> None:
    assert taken(["get", "simulate", "--json"], {"simulate"})[1] == ["get", "simulate"]


@pytest.mark.parametrize("name", ["-d", "--deployment"])
def test_a_file_must_follow(name: str) -> None:
    with pytest.raises(MissingFileError, match=name):
        taken(["get", name], ())
