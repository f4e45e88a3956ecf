"""`backhaul version`."""

from __future__ import annotations

import platform

from backhaul import __version__
from backhaul.cli.command import command, group
from backhaul.cli.session import Session

app = group("Tell the versions.")


@command(app)
def version(session: Session) -> None:
    """Tell the versions of Backhaul, of its plugin contract and of Python."""
    from backhaul.sdk.spec import CONTRACT

    python = platform.python_version()
    session.output.document({"backhaul": __version__, "contract": CONTRACT, "python": python})
    session.output.say(f"backhaul {__version__} (plugin contract {CONTRACT}, Python {python})")
