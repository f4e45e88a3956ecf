"""Commands: plain functions of a session, with one way to fail."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, get_type_hints

import typer

from backhaul.cli.exit_code import ExitCode
from backhaul.cli.global_options import NOTE
from backhaul.cli.session import Session

F = TypeVar("F", bound=Callable[..., Any])

#: Of every command. Typer coerces what is None with pydantic, also its own --help: so that one has a default.
CONTEXT: dict[str, Any] = {
    "help_option_names": ["--help", "-h"],
    "max_content_width": 100,
    "default_map": {"help": False},
}


def group(help: str, **settings: Any) -> typer.Typer:  # noqa: A002  (typer's word)
    """A module's commands: one, or a group of them."""
    return typer.Typer(
        help=help,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings=CONTEXT,
        **settings,
    )


def command(app: typer.Typer, name: str | None = None, **context: Any) -> Callable[[F], F]:
    """Register a function whose first parameter is the session; it stays callable as it is.

    What it raises becomes a paragraph on standard error and an exit code.
    """

    def register(function: F) -> F:
        app.command(name, epilog=NOTE, context_settings={**CONTEXT, **context})(bound(function))
        return function

    return register


def bound(function: Callable[..., None]) -> Callable[..., None]:
    """The function as Typer calls it: with a context instead of the session."""
    hints = get_type_hints(function, include_extras=True)
    parameters = [
        inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
        *(
            one.replace(annotation=hints[one.name], kind=inspect.Parameter.KEYWORD_ONLY)
            for one in list(inspect.signature(function).parameters.values())[1:]
        ),
    ]

    def run(context: typer.Context, **given: Any) -> None:
        session = context.find_object(Session) or Session()
        failed = _failure(session, lambda: function(session, **given))
        if failed is not None:
            raise typer.Exit(failed)

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    run.__doc__ = function.__doc__
    run.__name__ = function.__name__
    return run


def _failure(session: Session, run: Callable[[], None]) -> ExitCode | None:
    """Run; the exit code of what went wrong, None if nothing did."""
    from backhaul.cli.logs import logging_to_stderr

    logging_to_stderr(debug=session.debug, quiet=session.quiet)
    try:
        run()
    except (typer.Exit, typer.Abort, typer.BadParameter, BrokenPipeError):
        raise
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001  (whatever it is, the reader gets a paragraph and a code)
        from backhaul.cli.failure import report

        return report(error, debug=session.debug)
    return None
