"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

Why = Annotated[
    str, typer.Option("--why", metavar="TEXT", help="The reason; it is recorded.", show_default=False)
]
Who = Annotated[
    str | None,
    typer.Option("--who", metavar="NAME", help="Who does it; recorded. By default the user of this machine."),
]
BackOffice = Annotated[
    str | None, typer.Option("--backoffice", "-b", metavar="NAME", help="Of this back office.")
]
States = Annotated[
    list[str] | None, typer.Option("--state", metavar="STATE", help="In this state; can be repeated.")
]
Entity = Annotated[str | None, typer.Option("--entity", metavar="ENTITY", help="Of records of this entity.")]
RecordId = Annotated[str | None, typer.Option("--record", metavar="ID", help="Of the record with this id.")]
Person = Annotated[bool, typer.Option("--person", help="Those whose outcome a person has to find out.")]
Parked = Annotated[bool, typer.Option("--parked", help="Parked: rejected, unmappable or dead.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many.")]
