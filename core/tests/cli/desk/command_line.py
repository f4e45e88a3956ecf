"""The command line in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from backhaul.bootstrap import opened
from backhaul.cli.app import app
from backhaul.entities import Record

DEPLOYMENT = """
[backoffice.desk]
plugin = "desk"
folder = "{folder}"
mood = "{mood}"
attempts = 1
settle_after = 0
backoff = 0.01

[[route]]
process = "Send Contact Data"
to = ["desk"]
"""


@dataclass
class Cli:
    """Runs commands on one deployment file."""

    folder: Path

    @property
    def deployment(self) -> Path:
        return self.folder / "backhaul.toml"

    def run(self, *arguments: object, input: str | None = None) -> Result:  # noqa: A002
        command = ["-d", str(self.deployment), *map(str, arguments)]
        return CliRunner().invoke(app, command, input=input)

    def ok(self, *arguments: object, input: str | None = None) -> str:  # noqa: A002
        result = self.run(*arguments, input=input)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *arguments: object, code: int = 0) -> Any:
        result = self.run("--json", *arguments)
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    def write(self, mood: str = "yes", text: str = DEPLOYMENT) -> None:
        self.deployment.write_text(text.format(folder=self.folder / "held", mood=mood), encoding="utf-8")

    def save(self, *records: Record) -> None:
        with opened(self.deployment) as backhaul:
            backhaul.front_office.save_all(records)

    def held(self, record_id: str) -> Any:
        return json.loads((self.folder / "held" / f"{record_id}.json").read_text(encoding="utf-8"))
