"""The options of every command; they may stand before or behind its name."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from backhaul.cli.session import DEFAULT_DEPLOYMENT, Session

VARIABLE = "BACKHAUL_DEPLOYMENT"

#: As `backhaul --help` shows them.
HELP = (
    (
        "-d, --deployment FILE",
        f"The deployment file. [environment variable {VARIABLE}; default {DEFAULT_DEPLOYMENT}]",
    ),
    ("--json", "Machine output: one JSON document on standard output."),
    ("--debug", "Log everything, and show stack traces."),
    ("--quiet", "Only results and errors."),
)
NOTE = "Every command also takes -d FILE, --json, --debug and --quiet: see 'backhaul --help'."

_FLAGS = ("--json", "--debug", "--quiet")
_FILE = ("-d", "--deployment")


class MissingFileError(ValueError):
    """--deployment stands at the end."""


def taken(arguments: Sequence[str], transparent: Collection[str]) -> tuple[Session, list[str]]:
    """The session that the global options describe, and the arguments without them.

    They are read here, not by Typer, which would import pydantic to read a path. What stands behind `--`, or
    behind a command in `transparent`, is left alone: it belongs to another program. Raises MissingFileError.
    """
    said: dict[str, Any] = {}
    rest: list[str] = []
    waiting = list(arguments)
    while waiting:
        one = waiting.pop(0)
        name, equals, value = one.partition("=")
        if one in _FLAGS:
            said[one] = True
        elif name in _FILE and (not equals or name == "--deployment"):
            if not equals and not waiting:
                raise MissingFileError(name)
            said["file"] = Path(value if equals else waiting.pop(0))
        else:
            rest.append(one)
            if one == "--" or (one in transparent and len(rest) == 1):
                break
    return _session(said), [*rest, *waiting]


def _session(said: dict[str, Any]) -> Session:
    deployment = said.get("file") or Path(os.environ.get(VARIABLE) or DEFAULT_DEPLOYMENT)
    flags = [bool(said.get(name)) for name in _FLAGS]
    return Session(deployment, *flags)
