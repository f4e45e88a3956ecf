"""`backhaul inbox`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from backhaul.cli.command import command, group
from backhaul.cli.exit_code import ExitCode
from backhaul.cli.operating import mandate
from backhaul.cli.options import BackOffice, Limit, Who, Why
from backhaul.cli.session import Session

if TYPE_CHECKING:
    from backhaul.bootstrap import Backhaul
    from backhaul.processes.operations.inbox import InboxOperations

app = group("List, show and resubmit received messages.", no_args_is_help=True)


@command(app, "list")
def list_(
    session: Session,
    *,
    back_office: BackOffice = None,
    state: Annotated[str | None, typer.Option(metavar="STATE", help="taken, refused or resubmitted.")] = None,
    limit: Limit = 100,
) -> None:
    """List received messages, newest first."""
    from backhaul.cli.moments import when

    with session.opened() as backhaul:
        messages = _operations(backhaul).list(back_office=back_office, state=state, limit=limit)
    session.output.document(messages)
    session.output.table(
        ("message", "back office", "received", "source", "state", "message id", "what became of it"),
        [
            (
                one["id"], one["backoffice"], when(one["received_at"]), one["source"], one["state"],
                one["message_id"], _became(one["answer"]),
            )
            for one in messages
        ],
        empty="No message is like that.",
    )  # fmt: skip


def _became(answer: Any) -> str:
    said = (f"{one['entity']} {one['record_id'] or ''} {one['state']}".strip() for one in answer or ())
    return "; ".join(dict.fromkeys(said))


@command(app)
def show(session: Session, id: Annotated[int, typer.Argument(metavar="MESSAGE")]) -> None:  # noqa: A002
    """Show one message: its body as it was kept, and what became of each of its records."""
    from backhaul.cli.moments import when

    with session.opened() as backhaul:
        message = _operations(backhaul).show(id)
    session.output.document(message)
    session.output.fields(
        {
            "message": message["id"],
            "back office": message["backoffice"],
            "message id": message["message_id"],
            "received": when(message["received_at"]),
            "source": message["source"],
            "path": message["path"] or None,
            "state": message["state"],
            "resubmits": message["resubmits"],
        }
    )
    session.output.say("")
    session.output.table(
        ("record", "entity", "state", "here", "there", "reason"),
        [
            (one["number"], one["entity"], one["state"], one["record_id"], one["external_id"], one["reason"])
            for one in message["items"]
        ],
        empty="No record of it could be read.",
    )
    session.output.say(
        f"\n{message['body'] if message['body'] is not None else 'Its body is not kept any more.'}"
    )


@command(app)
def resubmit(
    session: Session,
    *,
    ids: Annotated[
        list[int] | None, typer.Argument(metavar="[MESSAGE]...", help="Messages by number.")
    ] = None,
    why: Why,
    who: Who = None,
    back_office: BackOffice = None,
) -> None:
    """Take refused messages again, as they were kept: those named, or all of a back office."""
    by = mandate(who, why)
    if bool(ids) == bool(back_office):
        raise typer.BadParameter("name messages, or a back office with --backoffice")
    with session.opened() as backhaul:
        operations = _operations(backhaul)
        if back_office:
            outcomes = operations.resubmit_all(back_office, by)
        else:
            outcomes = dict.fromkeys(ids or ())
            for one in outcomes:
                operations.resubmit(one, by)
    session.output.document([{"message": one, "refused": reason} for one, reason in outcomes.items()])
    for one, reason in outcomes.items():
        session.output.say(f"Message {one}: {reason or 'taken again'}")
    if any(outcomes.values()):
        raise typer.Exit(ExitCode.REFUSED)


def _operations(backhaul: Backhaul) -> InboxOperations:
    from backhaul.processes.operations.inbox import InboxOperations

    receive = backhaul.receive
    return InboxOperations(
        backhaul.store, lambda name, raw, number: receive.take(name, raw, resubmits=number)
    )
