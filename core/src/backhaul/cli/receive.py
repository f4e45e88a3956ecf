"""`backhaul receive`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backhaul.cli.command import command, group
from backhaul.cli.exit_code import ExitCode
from backhaul.cli.pairs import pair
from backhaul.cli.session import Session

if TYPE_CHECKING:
    from backhaul.processes.receiving.item import Receipt

app = group("Take a message of a back office from a file.")


@command(app)
def receive(
    session: Session,
    *,
    back_office: Annotated[str, typer.Argument(metavar="BACKOFFICE", help="Who is said to send it.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The message; - is standard input.")],
    message_id: Annotated[
        str | None, typer.Option(metavar="ID", help="Its id; by default what it says itself, or its content.")
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME:VALUE", help="A header that came with it; can be repeated."),
    ] = None,
    path: Annotated[str, typer.Option(metavar="PATH", help="What stood behind our inbound address.")] = "",
) -> None:
    """Take a message as if the back office had pushed it, without a proof of who sent it.

    The exit code is 1 if nothing of it was taken. Repeated, the same message gets the first answer again.
    """
    import time

    from backhaul.cli.files import content
    from backhaul.sdk.inbound import RawMessage

    headers = dict(pair(one, ":", "NAME:VALUE") for one in header or ())
    raw = RawMessage(
        body=content(file),
        headers={name.lower(): value for name, value in headers.items()},
        path=path,
        message_id=message_id,
        received_at=time.time(),
    )
    with session.opened() as backhaul:
        receipt = backhaul.receive.take(back_office, raw)
    _tell(session, receipt)
    if receipt.refused:
        raise typer.Exit(ExitCode.REFUSED)


def _tell(session: Session, receipt: Receipt) -> None:
    session.output.document(
        {
            "message": receipt.inbox_id,
            "message_id": receipt.message_id,
            "repeated": receipt.repeated,
            "items": [item.as_json() for item in receipt.items],
        }
    )
    again = " (the same message came before; this is the first answer)" if receipt.repeated else ""
    session.output.say(f"Message {receipt.inbox_id}, id {receipt.message_id}{again}:")
    session.output.table(
        ("record", "entity", "id", "state", "reason"),
        [(one.number, one.entity, one.record_id, one.state.value, one.reason) for one in receipt.items],
        empty="It carries no record.",
    )
