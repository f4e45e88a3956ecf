"""`backhaul lanes`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from backhaul.cli.command import command, group
from backhaul.cli.operating import chosen, mandate
from backhaul.cli.options import BackOffice, Who, Why
from backhaul.cli.session import Session

if TYPE_CHECKING:
    from backhaul.bootstrap import Backhaul
    from backhaul.processes.operations.lanes import LaneOperations

app = group("List parked lanes and let them go on.", no_args_is_help=True)


@command(app, "list")
def list_(session: Session, *, back_office: BackOffice = None) -> None:
    """List the parked lanes. A parked lane holds back all that follows; a parked delivery does not."""
    with session.opened() as backhaul:
        lanes = _operations(backhaul).parked(back_office)
    session.output.document([lane.as_json() for lane in lanes])
    session.output.table(
        ("lane", "back office", "key", "held back", "reason"),
        [(lane.id, lane.back_office, lane.key, lane.held_back, lane.reason) for lane in lanes],
        empty="No lane is parked.",
    )


@command(app)
def unpark(
    session: Session,
    *,
    ids: Annotated[list[int] | None, typer.Argument(metavar="[LANE]...", help="Lanes by number.")] = None,
    why: Why,
    who: Who = None,
    back_office: BackOffice = None,
) -> None:
    """Let parked lanes go on: those named, or all of a back office."""
    by = mandate(who, why)
    if bool(ids) == bool(back_office):
        raise typer.BadParameter("name lanes, or a back office with --backoffice")
    with session.opened() as backhaul:
        operations = _operations(backhaul)
        unparked = list(ids or ())
        for lane in unparked:
            operations.unpark(lane, by)
        if back_office:
            unparked = operations.unpark_all(chosen(back_office=back_office), by)
    session.output.document({"unparked": unparked})
    session.output.say(f"Unparked: {len(unparked)}.")


def _operations(backhaul: Backhaul) -> LaneOperations:
    from backhaul.processes.operations.lanes import LaneOperations

    return LaneOperations(backhaul.store)
