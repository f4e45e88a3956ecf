"""`backhaul deliveries`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from backhaul.cli.command import command, group
from backhaul.cli.operating import chosen, mandate, reported
from backhaul.cli.options import BackOffice, Entity, Limit, Parked, Person, RecordId, States, Who, Why
from backhaul.cli.session import Session

if TYPE_CHECKING:
    from backhaul.bootstrap import Backhaul
    from backhaul.processes.operations.deliveries import DeliveryOperations
    from backhaul.processes.operations.delivery_view import DeliveryLine, DeliveryView

app = group("List, show, settle, discard and resubmit deliveries.", no_args_is_help=True)

Ids = Annotated[
    list[int] | None,
    typer.Argument(metavar="[ID]...", help="Deliveries by number; without any, all that the options choose."),
]


@command(app, "list")
def list_(
    session: Session,
    *,
    back_office: BackOffice = None,
    states: States = None,
    entity: Entity = None,
    record: RecordId = None,
    parked: Parked = False,
    person: Person = False,
    limit: Limit = 100,
    after: Annotated[int, typer.Option(metavar="ID", help="Begin behind this delivery.")] = 0,
) -> None:
    """List deliveries in the order in which they were planned."""
    wanted = chosen(
        back_office=back_office, states=states, entity=entity, record=record, parked=parked, person=person
    )
    with session.opened() as backhaul:
        lines = _operations(backhaul).list(wanted, limit=limit, after=after)
    session.output.document([line.as_json() for line in lines])
    session.output.table(
        ("id", "back office", "record", "version", "state", "tries", "reason"),
        [_row(line) for line in lines],
        empty="No delivery is like that.",
    )
    if len(lines) == limit:
        session.output.note(f"There may be more: --after {lines[-1].id}")


def _row(line: DeliveryLine) -> tuple[object, ...]:
    return (
        line.id, line.back_office, f"{line.entity} {line.record_id}", line.version, _state(line),
        line.attempts, line.reason,
    )  # fmt: skip


def _state(line: DeliveryLine) -> str:
    """The state, and what keeps it from going on: its lane, its back office, a person."""
    remarks = [
        "lane parked" if line.lane_parked and line.settled_at is None else "",
        "held" if line.held else "",
        str(line.waits_for["kind"]) if line.waits_for else "",
        "merge failed" if line.merge_failed else "",
    ]
    said = ", ".join(filter(None, remarks))
    return f"{line.state} ({said})" if said else line.state


@command(app)
def show(session: Session, id: Annotated[int, typer.Argument(metavar="ID")]) -> None:  # noqa: A002
    """Show everything about one delivery: its attempts, what was pinned, its lane and its record there."""
    with session.opened() as backhaul:
        view = _operations(backhaul).show(id)
    session.output.document(view.as_json())
    if not session.machine:
        _show(session, view)


def _show(session: Session, view: DeliveryView) -> None:
    from backhaul.cli.moments import when
    from backhaul.cli.records import flat

    out, line = session.output, view.line
    out.fields(
        {
            "delivery": line.id,
            "process": line.process,
            "to": line.back_office,
            "record": f"{line.entity} {line.record_id}, version {line.version}",
            "action": line.action if line.mode == "live" else f"{line.action} ({line.mode})",
            "state": _state(line),
            "reason": line.reason,
            "lane": " ".join(f"{name}={value}" for name, value in view.lane.items() if value is not None),
            "lane parked": line.lane_parked,
            "held": line.held,
            "planned": when(line.planned_at),
            "settled": when(line.settled_at),
            "replaces": line.linked_to,
            "tickets": ", ".join(view.tickets) or None,
            **dict(flat(view.ids)),
        }
    )
    out.say("")
    out.table(
        ("attempt", "kind", "started", "ended", "outcome", "text"),
        [_attempt(one, when) for one in view.attempts],
        empty="It was not attempted yet.",
    )
    if view.pin is not None:
        out.say("\nEvery attempt says:")
        out.fields(dict(flat(view.pin["payload"], "  ")))
    out.say("\nIts record there:")
    out.fields({f"  {path}": value for path, value in flat(view.record)})


def _attempt(one: Any, when: Any) -> tuple[object, ...]:
    return (
        one["number"], one["kind"], when(one["started_at"]), when(one["ended_at"]), one["outcome"],
        one["text"],
    )  # fmt: skip


@command(app)
def settle(
    session: Session,
    *,
    ids: Ids = None,
    done: Annotated[
        bool, typer.Option("--done/--not-done", help="What you found there: it was done, or it was not.")
    ],
    why: Why,
    who: Who = None,
    external_id: Annotated[
        str | None, typer.Option(metavar="ID", help="With --done: the id of the new object there.")
    ] = None,
    back_office: BackOffice = None,
    states: States = None,
    entity: Entity = None,
    record: RecordId = None,
    person: Person = False,
) -> None:
    """Settle what has no known outcome, after looking there: as done, or as not done and sent anew."""
    by = mandate(who, why)
    if external_id and (not done or len(ids or ()) != 1):
        raise typer.BadParameter("--external-id goes with --done and one delivery")
    wanted = chosen(
        ids=ids, back_office=back_office, states=states, entity=entity, record=record, person=person
    )
    with session.opened() as backhaul:
        operations = _operations(backhaul)
        if not ids or len(ids) > 1:
            many = operations.settle_done_all if done else operations.settle_not_done_all
            reported(session, many(wanted, by), "Settled")
        elif done:
            operations.settle_done(ids[0], by, external_id=external_id)
            _said(session, ids[0], "is settled as done")
        else:
            _said(session, ids[0], "is settled as not done", operations.settle_not_done(ids[0], by))


@command(app)
def discard(
    session: Session,
    *,
    ids: Ids = None,
    why: Why,
    who: Who = None,
    back_office: BackOffice = None,
    states: States = None,
    entity: Entity = None,
    record: RecordId = None,
    parked: Parked = False,
) -> None:
    """Give deliveries up: open ones that are not in flight, or parked ones."""
    by = mandate(who, why)
    wanted = chosen(
        ids=ids, back_office=back_office, states=states, entity=entity, record=record, parked=parked
    )
    with session.opened() as backhaul:
        operations = _operations(backhaul)
        if not ids or len(ids) > 1:
            reported(session, operations.discard_all(wanted, by), "Discarded")
        else:
            operations.discard(ids[0], by)
            _said(session, ids[0], "is discarded")


@command(app)
def resubmit(
    session: Session,
    *,
    ids: Ids = None,
    why: Why,
    who: Who = None,
    as_it_was: Annotated[
        bool, typer.Option("--as-it-was", help="Send the same document again, not the record as it is now.")
    ] = False,
    back_office: BackOffice = None,
    states: States = None,
    entity: Entity = None,
    record: RecordId = None,
    parked: Parked = False,
) -> None:
    """Replace parked, unknown, expired or discarded deliveries by new ones at the end of their lanes."""
    by = mandate(who, why)
    wanted = chosen(
        ids=ids, back_office=back_office, states=states, entity=entity, record=record, parked=parked
    )
    with session.opened() as backhaul:
        operations = _operations(backhaul)
        if not ids or len(ids) > 1:
            reported(session, operations.resubmit_all(wanted, by, as_it_was=as_it_was), "Resubmitted")
        else:
            _said(session, ids[0], "is replaced", operations.resubmit(ids[0], by, as_it_was=as_it_was))


@command(app)
def balance(session: Session) -> None:
    """Add up what was planned for each back office: nothing is ever lost."""
    from backhaul.cli.balances import show_balance

    with session.opened() as backhaul:
        show_balance(session, backhaul)


def _operations(backhaul: Backhaul) -> DeliveryOperations:
    from backhaul.processes.operations.deliveries import DeliveryOperations

    return DeliveryOperations(backhaul.store, backhaul.landscape, backhaul.announcements)


def _said(session: Session, id: int, what: str, planned: int | None = None) -> None:  # noqa: A002
    session.output.document({"done": [id], "planned": {id: planned} if planned else {}, "refused": []})
    session.output.say(
        f"Delivery {id} {what}" + (f"; delivery {planned} is sent instead." if planned else ".")
    )
