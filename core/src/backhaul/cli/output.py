"""What a command says: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import typer

from backhaul.cli.text_table import text_table

_WIDEST = 100


@dataclass(frozen=True, slots=True)
class Output:
    """Writes for people, or with `machine` one JSON document; `quiet` leaves out what is not a result."""

    machine: bool = False
    quiet: bool = False

    @property
    def progress(self) -> bool:
        """Whether somebody watches who wants to see how far it is."""
        return not self.quiet and not self.machine and sys.stderr.isatty()

    def document(self, value: Any) -> None:
        """One JSON document, if machine output was asked for."""
        if self.machine:
            typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))

    def say(self, text: str) -> None:
        """A line of the result, for people."""
        if not self.machine:
            typer.echo(printable(text))

    def note(self, text: str) -> None:
        """A line beside the result, for people."""
        if not self.machine and not self.quiet:
            typer.echo(printable(text), err=True)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
        """Rows under a header, at most 100 columns wide; `empty` is said where there is none."""
        if self.machine:
            return
        cells = [[_cell(value) for value in row] for row in rows]
        if not cells:
            self.say(empty)
        elif sys.stdout.isatty():
            _rich_table(columns, cells)
        else:
            for line in text_table(columns, cells, _WIDEST):
                typer.echo(line)

    def fields(self, fields: Mapping[str, object]) -> None:
        """Names and values, one pair a line; None is left out."""
        if self.machine:
            return
        shown = {name: _cell(value) for name, value in fields.items() if value is not None}
        width = max(map(len, shown), default=0)
        for name, value in shown.items():
            typer.echo(f"{name:<{width}}  {value}".rstrip())


def printable(text: str) -> str:
    """The text without control characters: what a back office wrote must not steer a terminal."""
    return "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in text)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value if isinstance(value, str) else _written(value)
    return printable(" ".join(text.split("\n")))


def _written(value: object) -> str:
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _rich_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(width=min(_WIDEST, shutil.get_terminal_size().columns), highlight=False).print(table)
