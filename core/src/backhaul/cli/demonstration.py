"""`backhaul demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from backhaul.cli.command import command, group
from backhaul.cli.session import Session

app = group("See everything work against simulated back offices.")


@command(app)
def demo(
    session: Session,
    *,
    keep: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Keep its files in this folder, new or empty.")
    ] = None,
) -> None:
    """See everything work: an import, simulated back offices with faults, and an audit at the end.

    It needs no deployment file. The exit code is 1 if a back office does not hold what it should.
    """
    from backhaul.cli.demo import run

    run(session.output, keep=keep)
