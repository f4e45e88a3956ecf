"""A simulated back office in a process of its own, with the clerk who works in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backhaul.sdk.simulator.process import SimulatorProcess

Documents = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Events:
    """The events that a back office posts: how many it has delivered, has still to deliver, has given up."""

    delivered: int
    waiting: int
    given_up: int


class SimulatedBackOffice:
    """One instance of the plugin's simulator. Always stop it."""

    def __init__(self, name: str, module: str, faults: Path | None) -> None:
        self.name = name
        self.faulty = faults is not None
        arguments = ("--faults", str(faults)) if faults is not None else ()
        self._process = SimulatorProcess(module, *arguments)
        self._control = self._process.control

    @property
    def url(self) -> str:
        """Where the simulated system answers."""
        return self._process.url

    def stop(self) -> None:
        """End it."""
        self._process.stop()

    def close(self) -> None:
        """Refuse connections until `reopen`."""
        self._control.outage()

    def reopen(self) -> None:
        """Take connections again."""
        self._control.reopen()

    def objects(self) -> Documents:
        """Everything that it holds, by resource."""
        state: Documents = self._control.state()
        return state

    def counts(self) -> dict[str, int]:
        """How many objects it holds, by resource."""
        counts: dict[str, int] = self._control.call("GET", "/counts")
        return counts

    def journal(self) -> list[dict[str, Any]]:
        """Every write that it accepted, in order."""
        journal: list[dict[str, Any]] = self._control.call("GET", "/journal")
        return journal

    def strikes(self) -> dict[str, int]:
        """How often each kind of fault has struck."""
        struck: dict[str, int] = {}
        for rule in self._control.stats()["faults"]:
            struck[rule["fault"]] = struck.get(rule["fault"], 0) + rule["struck"]
        return {fault: number for fault, number in struck.items() if number}

    def events(self) -> Events:
        """How far its events have come."""
        hubs = self._control.call("GET", "/hub")
        return Events(*(sum(hub[name] for hub in hubs) for name in ("delivered", "waiting", "givenUp")))

    def edit(self, resource: str, identifier: str, patch: dict[str, Any]) -> None:
        """A clerk changes an object inside the system."""
        self._control.call("POST", "/edit", {"resource": resource, "id": identifier, "patch": patch})

    def create(self, resource: str, document: dict[str, Any]) -> str:
        """A clerk makes an object inside the system; its id there."""
        made = self._control.call("POST", "/create", {"resource": resource, "document": document})
        return str(made["id"])
