"""Failures: one clear paragraph for the reader, one exit code for the script."""

from __future__ import annotations

import traceback
from types import TracebackType

import typer

from backhaul.cli.exit_code import ExitCode
from backhaul.cli.output import printable
from backhaul.sdk.errors import (
    AmbiguousError,
    BackhaulError,
    ConfigurationError,
    ConflictError,
    NotFoundError,
    TransientError,
    UnknownOutcomeError,
)

#: The first that fits decides; every other error on purpose means that something was refused.
_CODES: tuple[tuple[type[BackhaulError], ExitCode], ...] = (
    (ConfigurationError, ExitCode.CONFIGURATION),
    (NotFoundError, ExitCode.NOT_FOUND),
    (AmbiguousError, ExitCode.CONFLICT),
    (ConflictError, ExitCode.CONFLICT),
    (TransientError, ExitCode.UNREACHABLE),
    (UnknownOutcomeError, ExitCode.UNREACHABLE),
    (BackhaulError, ExitCode.REFUSED),
)


def exit_code(error: BaseException) -> ExitCode:
    """The exit code of an error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), ExitCode.DEFECT)


def report(error: Exception, *, debug: bool) -> ExitCode:
    """Tell about an error on standard error; its exit code."""
    if debug:
        typer.echo("".join(traceback.format_exception(error)), err=True)
    typer.echo(f"backhaul: {printable(paragraph(error))}", err=True)
    return exit_code(error)


def paragraph(error: Exception) -> str:
    """The message and the hint.

    Of a defect only its type and place: its text may hold anybody's data.
    """
    if isinstance(error, AmbiguousError):
        return f"{error} Candidates: {', '.join(error.candidates)}."
    if isinstance(error, BackhaulError):
        return str(error)
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}."
    place = _place(error.__traceback__)
    hint = "Run it again with --debug to see the stack trace."
    return f"This is a defect of Backhaul or of a plugin: {type(error).__name__}{place}. {hint}"


def _place(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)
    return f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
