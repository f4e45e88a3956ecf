"""`backhaul backoffice`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from backhaul.cli.command import command, group
from backhaul.cli.operating import mandate, store_alone
from backhaul.cli.options import Who, Why
from backhaul.cli.session import Session

if TYPE_CHECKING:
    from backhaul.processes.operations.back_offices import BackOfficeOperations, BackOfficeStatus

app = group("See how back offices are; pause, resume, rename or retire one.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The back office.")]


@command(app)
def status(
    session: Session,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Only this one.")] = None,
) -> None:
    """Tell how the back offices are, and how many deliveries stand where."""
    from backhaul.processes.operations.back_offices import BackOfficeOperations
    from backhaul.sdk.errors import NotFoundError

    with session.opened() as backhaul:
        found = BackOfficeOperations(backhaul.store, backhaul.landscape).status()
    shown = [one for one in found if name in (None, one.name)]
    if name and not shown:
        known = ", ".join(one.name for one in found) or "none"
        msg = f"There is no back office {name!r}."
        raise NotFoundError(msg, hint=f"Known: {known}.")
    session.output.document([one.as_json() for one in shown])
    session.output.table(
        ("back office", "plugin", "state", "since", "open", "parked", "lanes parked", "reason"),
        [_row(one) for one in shown],
        empty="There is no back office in the deployment file.",
    )


def _row(one: BackOfficeStatus) -> tuple[object, ...]:
    from backhaul.cli.moments import when

    counts = one.deliveries
    parked = counts["rejected"] + counts["unmappable"] + counts["dead"]
    state = "held" if one.held else one.state
    return (
        one.name, one.plugin, state, when(one.since), counts["open"], parked, one.lanes_parked,
        one.held or one.reason,
    )  # fmt: skip


@command(app)
def pause(session: Session, *, name: Name, why: Why, who: Who = None) -> None:
    """Call it no more until somebody resumes it; deliveries go on being planned, and wait."""
    by = mandate(who, why)
    _switched(session, name, "paused", lambda operations: operations.pause(name, by))


@command(app)
def resume(session: Session, *, name: Name, why: Why, who: Who = None) -> None:
    """Call it again at once, whether it was paused, refused our credentials, or was down."""
    by = mandate(who, why)
    _switched(session, name, "up", lambda operations: operations.resume(name, by))


def _switched(
    session: Session, name: str, state: str, switch: Callable[[BackOfficeOperations], bool]
) -> None:
    from backhaul.processes.operations.back_offices import BackOfficeOperations

    with session.opened() as backhaul:
        changed = switch(BackOfficeOperations(backhaul.store, backhaul.landscape))
    session.output.document({"back_office": name, "state": state, "changed": changed})
    session.output.say(f"The back office {name} is {state}" + ("." if changed else ", as it was before."))


@command(app)
def rename(
    session: Session,
    *,
    old: Annotated[str, typer.Argument(metavar="OLD", help="Its name in the store.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Its name in the deployment file.")],
    why: Why,
    who: Who = None,
) -> None:
    """Give all that the store knows of a back office its new name.

    Stop the workers and change the name in the file first.
    """
    from backhaul.processes.operations.lost_back_offices import rename as rename_lost

    by = mandate(who, why)
    with store_alone(session) as (deployment, store):
        rows = rename_lost(store, old, new, deployment.back_offices, by)
    session.output.document({"old": old, "new": new, "rows": rows})
    session.output.say(f"{old} is called {new} now; rows changed: {rows}.")


@command(app)
def retire(session: Session, *, name: Name, why: Why, who: Who = None) -> None:
    """Give up a back office that is no longer in the file: discard what is open, forget its cross references.

    Export the cross references before you take it out of the file: they cannot be brought back.
    """
    from dataclasses import asdict

    from backhaul.processes.operations.lost_back_offices import retire as retire_lost

    by = mandate(who, why)
    with store_alone(session) as (deployment, store):
        use = retire_lost(store, name, deployment.back_offices, by)
    session.output.document({"back_office": name, **asdict(use)})
    session.output.say(
        f"{name} is retired. Deliveries discarded: {use.open}; cross references forgotten: {use.bound}."
    )
