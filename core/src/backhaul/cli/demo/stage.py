"""The stage: everything that the demo starts, and that it stops again whatever happens."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from backhaul.bootstrap import Backhaul, open_deployment
from backhaul.cli.demo.deployment_file import write_deployment
from backhaul.cli.demo.examples import Examples
from backhaul.cli.demo.narrator import Narrator
from backhaul.cli.demo.signals import undisturbed
from backhaul.cli.demo.simulated import SimulatedBackOffice
from backhaul.cli.demo.worker_process import WorkerProcess
from backhaul.host.discovery import discover
from backhaul.sdk.errors import ConfigurationError

if TYPE_CHECKING:
    from backhaul.gateway.serve import Server

PLUGIN = "rest_backoffice"
#: Tells us of its changes; the other one is asked for them.
NORTH = "crm_north"
#: Works badly, as its fault plan says.
SOUTH = "crm_south"
_TOKEN_VARIABLE = "CRM_NORTH_INBOUND_TOKEN"  # noqa: S105  (the name of a variable, not what is in it)


@dataclass(slots=True)
class Stage:
    """What runs, and where its files are."""

    folder: Path
    examples: Examples
    narrator: Narrator
    backhaul: Backhaul
    gateway: Server
    simulators: Mapping[str, SimulatedBackOffice]
    workers: list[WorkerProcess] = field(default_factory=list)

    def start_worker(self) -> WorkerProcess:
        """One more `backhaul worker`."""
        number = len(self.workers) + 1
        worker = WorkerProcess(number, self.deployment, self.folder / f"worker-{number}.log")
        self.workers.append(worker)
        return worker

    @property
    def deployment(self) -> Path:
        """The deployment file."""
        return self.folder / "backhaul.toml"

    def stop_workers(self) -> None:
        """End all of them at the same time."""
        for worker in self.workers:
            worker.end()
        for worker in self.workers:
            worker.stop()

    def check_workers(self) -> None:
        """Raises BackhaulError if a worker has ended by itself."""
        for worker in self.workers:
            worker.check()


@contextmanager
def stage(folder: Path, examples: Examples, narrator: Narrator) -> Iterator[Stage]:
    """Start the simulators and the gateway; at the end everything is stopped, the workers first."""
    with ExitStack() as stack:
        try:
            ready = _started(folder, examples, narrator, stack)
            stack.callback(ready.stop_workers)
            yield ready
        finally:
            undisturbed()


def _started(folder: Path, examples: Examples, narrator: Narrator, stack: ExitStack) -> Stage:
    stack.enter_context(_logging_to(folder / "demo.log"))
    stack.enter_context(_variable(_TOKEN_VARIABLE, secrets.token_urlsafe(24)))
    simulators = {name: _simulator(name, examples, stack) for name in (NORTH, SOUTH)}
    addresses = {name: simulator.url for name, simulator in simulators.items()}
    write_deployment(examples.deployment, folder / "backhaul.toml", addresses)
    backhaul = open_deployment(folder / "backhaul.toml", strict=True)
    stack.callback(backhaul.close)
    gateway = stack.enter_context(_gateway(backhaul))
    return Stage(folder, examples, narrator, backhaul, gateway, simulators)


def _gateway(backhaul: Backhaul) -> Server:
    try:
        from backhaul.gateway.serve import Server
    except ModuleNotFoundError as error:
        msg = f"The demo needs {error.name}, which is not installed."
        raise ConfigurationError(msg, hint="Install backhaul[http], or run 'make setup'.") from error
    return Server(backhaul, port=0)


def _simulator(name: str, examples: Examples, stack: ExitStack) -> SimulatedBackOffice:
    plugin = discover().plugins.get(PLUGIN)
    if plugin is None or plugin.spec.simulator is None:
        msg = f"The plugin {PLUGIN} is not installed, or it has no simulator."
        raise ConfigurationError(msg, hint="Run 'make setup'; 'backhaul plugins' says what is installed.")
    simulator = SimulatedBackOffice(name, plugin.spec.simulator, examples.faults(name))
    stack.callback(simulator.stop)
    return simulator


@contextmanager
def _variable(name: str, value: str) -> Iterator[None]:
    """Set an environment variable, also for the processes that are started meanwhile."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


@contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    """Send the log of this process to a file: what goes wrong here is meant to."""
    root = logging.getLogger()
    before, root.handlers = root.handlers, [logging.FileHandler(path, encoding="utf-8")]
    try:
        yield
    finally:
        root.handlers[0].close()
        root.handlers = before
