"""`backhaul serve`."""

from __future__ import annotations

from typing import Annotated

import typer

from backhaul.cli.command import command, group
from backhaul.cli.session import Session

app = group("Serve the HTTP interface.")


@command(app)
def serve(
    session: Session,
    *,
    host: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Listen here instead of where [serve] says.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(metavar="PORT", min=0, max=65_535, help="0 takes a free one.")
    ] = None,
    worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Deliver as well, as 'backhaul worker' does.")
    ] = True,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse to start if a plugin is missing or broken.")
    ] = False,
) -> None:
    """Serve the HTTP interface for the front office and for what back offices push, until SIGTERM or SIGINT.

    When requests are answered, its address is told in one line.
    """
    from backhaul.sdk.errors import ConfigurationError

    try:
        from backhaul.gateway.serve import Server, run
    except ModuleNotFoundError as error:
        msg = f"The HTTP interface needs {error.name}, which is not installed."
        raise ConfigurationError(msg, hint="Install backhaul[http].") from error

    def started(server: Server) -> None:
        session.output.document({"url": server.url, "base_url": server.base_url})
        session.output.say(f"Listening at {server.url}; Ctrl-C ends it.")

    with session.opened(strict=strict) as backhaul:
        run(backhaul, host, port, with_worker=worker, started=started)
