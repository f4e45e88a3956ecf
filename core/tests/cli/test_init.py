from __future__ import annotations

from command_line import Cli

from backhaul.cli.exit_code import ExitCode
from backhaul.config import TEMPLATE


def test_it_writes_a_file_that_is_in_order(empty: Cli) -> None:
    assert str(empty.deployment) in empty.ok("init")
    assert empty.deployment.read_text(encoding="utf-8") == TEMPLATE
    empty.ok("check", "--offline")


def test_it_never_overwrites(empty: Cli) -> None:
    empty.deployment.write_text("mine", encoding="utf-8")
    result = empty.run("init")
    assert result.exit_code == ExitCode.CONFIGURATION
    assert "exists already" in result.stderr
    assert empty.deployment.read_text(encoding="utf-8") == "mine"


def test_a_folder_that_is_missing_is_named(empty: Cli) -> None:
    empty.folder /= "nowhere"
    result = empty.run("init")
    assert result.exit_code == ExitCode.CONFIGURATION
    assert "nowhere" in result.stderr
