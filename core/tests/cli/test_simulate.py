from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from command_line import Cli

from backhaul.cli.exit_code import ExitCode

SIMULATOR = """
import json, sys
print(json.dumps(sys.argv[1:]))
raise SystemExit(7)
"""


def simulated(cli: Cli, *arguments: str) -> subprocess.CompletedProcess[str]:
    site = cli.folder / "site"
    spec = site / "cli_desk_spec.py"
    spec.write_text(
        spec.read_text(encoding="utf-8").replace(")", ', simulator="cli_simulator")'), encoding="utf-8"
    )
    (site / "cli_simulator.py").write_text(SIMULATOR, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", "from backhaul.cli.app import main; main()", "simulate", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_simulator_takes_over_with_its_arguments(cli: Cli, tmp_path: Path) -> None:
    arguments = ["--port", "8629", "--faults", str(tmp_path), "--json", "-d", "x", "--help"]
    done = simulated(cli, "desk", *arguments)
    assert done.returncode == 7
    assert done.stdout == f"{arguments}\n".replace("'", '"')


def test_a_plugin_without_simulator_is_not_found(cli: Cli) -> None:
    result = cli.run("simulate", "desk")
    assert result.exit_code == ExitCode.NOT_FOUND
    assert "The plugin 'desk' has no simulator." in result.stderr
    assert "is not installed" in cli.run("simulate", "desc").stderr
