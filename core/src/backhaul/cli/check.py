"""`backhaul check`."""

from __future__ import annotations

from typing import Annotated

import typer

from backhaul.cli.command import command, group
from backhaul.cli.session import Session

app = group("Check a deployment.")


@command(app)
def check(
    session: Session,
    *,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask neither the store nor a back office.")
    ] = False,
) -> None:
    """Check the deployment file, its plugins, settings, mappings and routes, the store, every connection.

    Nothing is changed anywhere. The exit code is that of the first check that failed.
    """
    from backhaul.cli.inspection import Inspection

    findings = list(Inspection(session.deployment, offline=offline).run())
    failed = [one for one in findings if one.code]
    session.output.document(
        {
            "ok": not failed,
            "results": [
                {"check": one.check, "of": one.of, "ok": not one.code, "detail": one.detail}
                for one in findings
            ],
        }
    )
    session.output.table(
        ("check", "of", "result", "detail"),
        [(one.check, one.of, one.result, "see below" if one.code else one.detail) for one in findings],
        empty="",
    )
    for one in failed:
        # Not in the table, which would fold it: the place in the file is there to be copied.
        session.output.say(f"\n{one.check} {one.of}: {one.detail}")
    if failed:
        raise typer.Exit(failed[0].code)
