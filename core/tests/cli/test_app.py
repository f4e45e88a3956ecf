from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backhaul.cli.app import app
from backhaul.cli.commands import COMMANDS
from backhaul.cli.exit_code import ExitCode

HEAVY = {"pydantic", "pydantic_core", "sqlalchemy", "alembic", "marshmallow", "pluggy", "rich"} | {
    "urllib3", "zeep", "requests", "fastapi", "starlette", "uvicorn", "celery", "lxml", "paramiko",
}  # fmt: skip
LOADED = """
import sys
from backhaul.cli.app import main
sys.argv = ["backhaul", *{arguments!r}]
try:
    main()
except SystemExit as end:
    print("exit", end.code, file=sys.stderr)
print(*sorted({{name.partition(".")[0] for name in sys.modules}}), file=sys.stderr)
print(*sorted(name for name in sys.modules if name.startswith("backhaul")), file=sys.stderr)
"""


def loaded_by(*arguments: str) -> tuple[set[str], set[str]]:
    """The packages, and the modules of our own, that a command leaves loaded."""
    script = LOADED.format(arguments=list(arguments))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    end, packages, ours = done.stderr.splitlines()[-3:]
    assert end in ("exit 0", "exit None"), done.stderr
    return set(packages.split()), set(ours.split())


@pytest.mark.parametrize("arguments", [["--help"], ["version"], ["plugins"], ["plugins", "--json"]])
def test_what_should_be_fast_loads_nothing_heavy(arguments: list[str]) -> None:
    packages, ours = loaded_by(*arguments)
    assert packages & HEAVY == set()
    assert "backhaul.cli.app" in ours


def test_help_loads_no_command_and_no_plugin() -> None:
    _, ours = loaded_by("--help")
    assert ours - {"backhaul", "backhaul.cli"} <= {
        f"backhaul.cli.{name}"
        for name in (
            "app", "command", "commands", "exit_code", "global_options", "lazy_group", "output", "session",
            "text_table",
        )
    }  # fmt: skip


def least_work(*command: str) -> float:
    """Seconds of processor time: unlike the clock, it hardly depends on what else the machine does."""
    spent = []
    for _ in range(7):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        spent.append(usage.ru_utime + usage.ru_stime)
    return min(spent)


def test_help_takes_at_most_ten_times_what_python_itself_takes() -> None:
    ours = least_work(sys.executable, "-c", "from backhaul.cli.app import main; main()", "--help")
    assert ours <= 10 * least_work(sys.executable, "-c", "pass")


def test_help_names_every_command_and_every_exit_code() -> None:
    text = CliRunner().invoke(app, ["--help"]).stdout
    assert [name for name, one in COMMANDS.items() if name not in text or one.line not in text] == []
    assert [code for code in ExitCode if f"{code.value:>4}  " not in text] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    result = CliRunner().invoke(app, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert f"Usage: backhaul {name}" in result.stdout


def test_without_arguments_there_is_help() -> None:
    result = CliRunner().invoke(app, [])
    assert "Usage: backhaul" in result.output
    assert result.exit_code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["delivery"], "There is no command 'delivery'. Did you mean 'deliveries'?"),
        (["xyzzy"], "There is no command 'xyzzy'."),
        (["--nope"], "--nope"),
        (["version", "-d"], "Behind -d stands the path of a deployment file."),
        (["get"], "Missing argument"),
        (["deliveries", "list", "--state", "gone"], "there is no state 'gone'; there are: pending"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == ExitCode.USAGE
    assert said in result.stderr


def test_the_console_script_ends_with_the_exit_code(tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("backhaul")
    command = (
        [str(script)]
        if script.exists()
        else [sys.executable, "-c", "from backhaul.cli.app import main; main()"]
    )
    done = subprocess.run(
        [*command, "get", "contact", "1"], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "BACKHAUL_DEPLOYMENT": "elsewhere.toml"},
    )  # fmt: skip
    assert done.returncode == ExitCode.CONFIGURATION
    assert done.stdout == ""
    assert done.stderr.startswith("backhaul: elsewhere.toml: The deployment file cannot be read")
    assert "'backhaul init' writes a new one." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_stops_reading_is_no_defect(tmp_path: Path) -> None:
    script = "from backhaul.cli.app import main; main()"
    shell = f'"{sys.executable}" -c "{script}" plugins show rest_backoffice --json | head -c 1 >/dev/null'
    done = subprocess.run(["bash", "-c", shell], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
