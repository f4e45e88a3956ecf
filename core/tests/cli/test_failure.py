from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from backhaul.cli.command import command
from backhaul.cli.exit_code import ExitCode
from backhaul.cli.failure import exit_code, paragraph
from backhaul.cli.session import Session
from backhaul.sdk import errors

CODES = {
    errors.BackhaulError("x"): ExitCode.REFUSED,
    errors.RejectedError("x"): ExitCode.REFUSED,
    errors.MappingError("x"): ExitCode.REFUSED,
    errors.UnsupportedError("x"): ExitCode.REFUSED,
    errors.AuthenticationError("x"): ExitCode.REFUSED,
    errors.HookError("x", plugin="p", hook="h"): ExitCode.REFUSED,
    errors.ConfigurationError("x"): ExitCode.CONFIGURATION,
    errors.NotFoundError("x"): ExitCode.NOT_FOUND,
    errors.AmbiguousError("x", candidates=("1", "2")): ExitCode.CONFLICT,
    errors.ConflictError("x"): ExitCode.CONFLICT,
    errors.TransientError("x"): ExitCode.UNREACHABLE,
    errors.UnknownOutcomeError("x"): ExitCode.UNREACHABLE,
}


def test_every_error_of_the_family_has_its_code() -> None:
    assert {error: exit_code(error) for error in CODES} == CODES
    named = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)}
    assert named == {type(error) for error in CODES}


def test_anything_else_is_a_defect() -> None:
    assert exit_code(KeyError("x")) is ExitCode.DEFECT


def test_a_paragraph_has_message_hint_and_candidates() -> None:
    assert paragraph(errors.NotFoundError("It is not there.", hint="Look elsewhere.")) == (
        "It is not there. Look elsewhere."
    )
    assert "Candidates: A-1, A-2." in paragraph(errors.AmbiguousError("Two.", candidates=("A-1", "A-2")))


def ran(error: BaseException, *, debug: bool = False) -> tuple[int, str]:
    app = typer.Typer(pretty_exceptions_enable=False)

    def fail(session: Session) -> None:
        del session
        raise error

    command(app)(fail)

    @app.callback()
    def root(context: typer.Context) -> None:
        context.obj = Session(debug=debug)

    result = CliRunner().invoke(app, ["fail"])
    assert result.stdout == ""
    return result.exit_code, result.stderr


def test_a_defect_tells_its_place_but_not_its_text() -> None:
    code, text = ran(ValueError("input: Jane Doe"))
    assert code == ExitCode.DEFECT
    assert "defect of Backhaul or of a plugin: ValueError at " in text
    assert "test_failure.py:" in text
    assert "--debug" in text
    assert "Jane" not in text
    assert "Traceback" not in text


@pytest.mark.parametrize("error", [ValueError("x"), errors.ConflictError("x")])
def test_only_debug_shows_the_stack(error: Exception) -> None:
    assert "Traceback" not in ran(error)[1]
    code, text = ran(error, debug=True)
    assert "Traceback" in text
    assert code == exit_code(error)


def test_an_interruption_is_no_defect() -> None:
    assert ran(KeyboardInterrupt()) == (ExitCode.INTERRUPTED, "")


def test_what_a_back_office_says_cannot_steer_the_terminal() -> None:
    _, text = ran(errors.RejectedError("No\x1b[2J\x07!"))
    assert text == "backhaul: No\ufffd[2J\ufffd!\n"
