"""The command `backhaul`. Nothing heavy is imported before a command runs."""

from __future__ import annotations

import typer
from typer.main import get_command

from backhaul.cli.command import CONTEXT
from backhaul.cli.commands import COMMANDS
from backhaul.cli.exit_code import EXIT_CODES
from backhaul.cli.lazy_group import LazyGroup


class Commands(LazyGroup):
    """All commands."""

    lazy = COMMANDS


app = typer.Typer(
    cls=Commands,
    name="backhaul",
    epilog=EXIT_CODES,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings=CONTEXT,
)


@app.callback()
def root() -> None:
    """Tie a front office to any number of back offices.

    The options may stand before or behind the name of a command.
    """


def main() -> None:
    """Run the command line of this process; ends it with an exit code."""
    get_command(app)(prog_name="backhaul")
