"""The root group: it knows one line about every command, and imports a command when it is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any, ClassVar

from typer.core import TyperGroup
from typer.main import get_command

from backhaul.cli.global_options import HELP, MissingFileError, taken


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """A command that is not loaded yet: the module that has it as `app`, and its line of help.

    What stands behind the name of a `transparent` one belongs to another program.
    """

    module: str
    line: str
    transparent: bool = False


class LazyGroup(TyperGroup):
    """A group whose help loads no command, and that reads the global options wherever they stand."""

    lazy: ClassVar[Mapping[str, LazyCommand]] = {}

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the global options out and leave the rest to Typer."""
        transparent = {name for name, one in self.lazy.items() if one.transparent}
        try:
            ctx.obj, rest = taken(args, transparent)
        except MissingFileError as error:
            ctx.fail(f"Behind {error} stands the path of a deployment file.")
        return super().parse_args(ctx, rest)

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of the table."""
        del ctx
        return list(self.lazy)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, imported at the first call."""
        del ctx
        found = self.lazy.get(cmd_name)
        if found is not None and cmd_name not in self.commands:
            loaded = get_command(import_module(found.module).app)
            loaded.name = cmd_name
            self.commands[cmd_name] = loaded
        return self.commands.get(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command of a name; an unknown one is refused with the nearest."""
        name = args[0]
        if name not in self.lazy and not name.startswith("-"):
            near = get_close_matches(name, self.lazy, n=1)
            ctx.fail(f"There is no command {name!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """The global options and the table of commands, as they stand."""
        del ctx
        with formatter.section("Options"):
            formatter.write_dl([*HELP, ("-h, --help", "Show this message.")])
        with formatter.section("Commands"):
            formatter.write_dl([(name, one.line) for name, one in self.lazy.items()])
