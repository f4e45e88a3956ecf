"""`backhaul worker`."""

from __future__ import annotations

from typing import Annotated

import typer

from backhaul.cli.command import command, group
from backhaul.cli.session import Session

app = group("Deliver, poll and take up held messages.")


@command(app)
def worker(
    session: Session,
    *,
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="End when nothing is left that can be done now.")
    ] = False,
    budget: Annotated[
        float | None, typer.Option(metavar="SECONDS", min=0, help="Begin nothing new after so many seconds.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse to start if a plugin is missing or broken.")
    ] = False,
) -> None:
    """Deliver what is planned, poll, and take up held messages, until SIGTERM, SIGINT or the given end.

    It ends gracefully: every call in flight is finished and its outcome stored. A second signal ends it at
    once; the next worker then finds out what became of the calls. Any number of workers may run.
    """
    from backhaul.cli.balances import show_balance
    from backhaul.cli.working import Shift

    with session.opened(strict=strict) as backhaul:
        names = ", ".join(backhaul.landscape.invocations) or "no back office"
        session.output.note(f"Working for {names}; Ctrl-C ends it.")
        Shift(backhaul, budget).work(until_idle=until_idle)
        if until_idle or budget is not None or session.machine:
            show_balance(session, backhaul)
