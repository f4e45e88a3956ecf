"""`backhaul send`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from backhaul.cli.command import command, group
from backhaul.cli.exit_code import ExitCode
from backhaul.cli.session import Session

if TYPE_CHECKING:
    from backhaul.processes.operations.delivery_view import DeliveryLine

app = group("Send a record to back offices now.")


@command(app)
def send(
    session: Session,
    *,
    process: Annotated[str, typer.Argument(metavar="PROCESS", help="Such as: 'CUT Send Account'.")],
    id: Annotated[str, typer.Argument(metavar="ID", help="The id of the record here.")],  # noqa: A002
    to: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="To this back office; can be repeated. By default as the routes say."
        ),
    ] = None,
    wait: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", min=0, help="Deliver at once, and wait so long for the outcome."),
    ] = None,
) -> None:
    """Send a record now, whether or not it changed.

    Without --wait the deliveries are planned and a worker sends them. With --wait this process delivers as
    a worker would, and the exit code tells what came of it: 0 done, 1 refused or failed, 6 not settled yet.
    """
    from backhaul.cli.sending import outcomes

    with session.opened() as backhaul:
        planned = backhaul.front_office.send(process, id, to or None)
        lines = outcomes(backhaul, planned, wait)
    session.output.document([line.as_json() for line in lines])
    session.output.table(
        ("delivery", "back office", "state", "reason"),
        [(line.id, line.back_office, line.state, line.reason) for line in lines],
        empty="No route sends this record anywhere; name a back office with --to.",
    )
    if not lines:
        raise typer.Exit(ExitCode.REFUSED)
    if wait is not None:
        _exit(lines)


def _exit(lines: list[DeliveryLine]) -> None:
    if any(line.delivery_parked for line in lines):
        raise typer.Exit(ExitCode.REFUSED)
    if any(line.settled_at is None for line in lines):
        raise typer.Exit(ExitCode.UNREACHABLE)
