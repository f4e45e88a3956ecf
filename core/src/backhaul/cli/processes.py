"""`backhaul processes`."""

from __future__ import annotations

from backhaul.cli.command import command, group
from backhaul.cli.session import Session

app = group("List the business processes.")


@command(app)
def processes(session: Session) -> None:
    """List the business processes: what a route, 'send' and 'get' may name.

    A process may be called by any of its names, in any case.
    """
    from backhaul.processes.catalogue import PROCESSES

    session.output.document(
        [
            {"name": one.name, "verb": one.verb.value, "entity": one.entity, "aliases": list(one.aliases)}
            for one in PROCESSES
        ]
    )
    rows = [(one.name, one.verb.value, one.entity, ", ".join(one.aliases)) for one in PROCESSES]
    session.output.table(("process", "verb", "entity", "also called"), rows, empty="There are no processes.")
