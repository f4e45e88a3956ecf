"""`backhaul simulate`."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from backhaul.cli.command import command, group
from backhaul.cli.session import Session

app = group("Run the simulated system of a plugin.")


@command(app, allow_extra_args=True, ignore_unknown_options=True, allow_interspersed_args=False)
def simulate(
    session: Session,
    *,
    plugin: Annotated[str, typer.Argument(metavar="PLUGIN", help="The plugin whose system it is.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[ARGUMENTS]...", help="Passed on to the simulator.")
    ] = None,
) -> None:
    """Run the simulated system of a plugin until Ctrl-C; it tells its address in one line of JSON.

    Every simulator understands --host, --port, --control-port, --faults FILE, --seed N and --state FILE;
    'backhaul simulate PLUGIN --help' lists what else its own does.
    """
    del session
    module = _simulator(plugin)
    sys.stdout.flush()
    # The same process from here on, so that signals and the exit code are the simulator's own.
    os.execv(sys.executable, [sys.executable, "-m", module, *(arguments or ())])  # noqa: S606


def _simulator(plugin: str) -> str:
    from backhaul.host.discovery import discover
    from backhaul.sdk.errors import NotFoundError

    found = discover().plugins
    if plugin in found and found[plugin].spec.simulator is not None:
        return str(found[plugin].spec.simulator)
    reason = "has no simulator" if plugin in found else "is not installed"
    able = ", ".join(name for name, one in found.items() if one.spec.simulator) or "none"
    msg = f"The plugin {plugin!r} {reason}."
    raise NotFoundError(msg, hint=f"With a simulator: {able}.")
