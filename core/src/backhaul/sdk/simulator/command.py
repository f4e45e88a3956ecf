"""The command of every simulator: ``python -m PACKAGE.simulator``."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.simulator.fault_plan import FaultPlan
from backhaul.sdk.simulator.server import SimulatorServer

_USAGE = 2


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says; `build` passes host, ports and faults on to its SimulatorServer.

    `arguments` holds the plugin's own arguments.
    """

    host: str = "127.0.0.1"
    port: int = 0
    control_port: int = 0
    faults: FaultPlan = field(default_factory=FaultPlan)
    seed: int = 0
    state: Path | None = None
    arguments: argparse.Namespace = field(default_factory=argparse.Namespace)


def main(
    build: Callable[[Options], SimulatorServer],
    argv: Sequence[str] | None = None,
    arguments: Callable[[argparse.ArgumentParser], None] | None = None,
) -> int:
    """Run the simulator that `build` makes until a signal (or, with --with-parent, the end of stdin).

    Prints one line when it is ready: ``{"url": …, "control": …, "pid": …}``. `arguments` may add arguments
    of the plugin's own. With --state its holdings are read at the start, if the file exists, and written at
    an orderly end.
    """
    parser = _parser()
    if arguments is not None:
        arguments(parser)
    given = parser.parse_args(argv)
    try:
        options = _options(given)
        server = build(options)
        _load(server, options.state)
    except (ConfigurationError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return _USAGE
    with server:
        ended = _ending(with_parent=given.with_parent)  # before anybody is told that it can be ended
        _announce(server)
        os.read(ended, 1)
    _save(server, options.state)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="A simulated back office.", allow_abbrev=False)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="service port; 0 takes a free one")
    parser.add_argument("--control-port", type=int, default=0, help="remote control; 0 takes a free one")
    parser.add_argument("--faults", type=Path, help="fault plan, TOML or JSON")
    parser.add_argument("--seed", type=int, help="seed of chance; wins over the plan's")
    parser.add_argument("--state", type=Path, help="file that keeps what the system holds")
    parser.add_argument("--with-parent", action="store_true", help="end when the standard input ends")
    return parser


def _options(given: argparse.Namespace) -> Options:
    faults = FaultPlan.read(given.faults, given.seed) if given.faults else FaultPlan(seed=given.seed or 0)
    return Options(given.host, given.port, given.control_port, faults, faults.seed, given.state, given)


def _announce(server: SimulatorServer) -> None:
    line = {"url": server.url, "control": server.control_url, "pid": os.getpid()}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _ending(*, with_parent: bool) -> int:
    """A descriptor that can be read from once the simulator is asked to end."""
    # A pipe, because a signal handler may write to one at any moment; it may not touch a lock.
    ended, end = os.pipe()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: _say_end(end))
    if with_parent:
        threading.Thread(target=_until_stdin_ends, args=(end,), daemon=True).start()
    return ended


def _say_end(end: int) -> None:
    os.write(end, b"x")


def _until_stdin_ends(end: int) -> None:
    # Read from the descriptor: a buffered stdin would hold a lock that the interpreter wants at its end.
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    _say_end(end)


def _load(server: SimulatorServer, path: Path | None) -> None:
    if path is None or not path.exists():
        return
    try:
        server.system.restore(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise ConfigurationError(
            f"The state cannot be read: {error}",
            file=str(path),
            hint="Remove the file to begin with an empty system.",
        ) from None


def _save(server: SimulatorServer, path: Path | None) -> None:
    if path is not None:
        aside = path.with_name(path.name + ".new")
        aside.write_text(json.dumps(server.system.state(), default=str), encoding="utf-8")
        aside.replace(path)
