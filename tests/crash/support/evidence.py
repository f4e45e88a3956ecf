"""What the simulated system shows of itself: its objects, and every write that it has accepted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from backhaul.sdk.simulator.control_client import ControlClient

#: In which characteristic of which resource the number of saves arrives.
MARKERS = {"customer": "alias", "individual": "jobTitle"}
_PLACES = ("characteristic", "partyCharacteristic")


@dataclass(frozen=True, slots=True)
class Write:
    """One accepted write and the object as it stood afterwards."""

    seq: int
    operation: str
    resource: str
    id: str
    our_id: str | None
    message_id: str | None
    document: Mapping[str, Any] = field(repr=False)

    @property
    def marker(self) -> int:
        """The number of saves that it carried."""
        return int(characteristics(self.document).get(MARKERS[self.resource], 0))


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything, taken at one moment."""

    objects: Mapping[str, list[dict[str, Any]]]
    writes: list[Write]

    @classmethod
    def of(cls, control: ControlClient) -> Evidence:
        """Ask the simulator."""
        journal = control.call("GET", "/journal?documents=true")
        names = Write.__slots__
        writes = [Write(**{name: entry[name] for name in names}) for entry in journal]
        return cls(control.state(), writes)

    def by_our_id(self, resource: str) -> dict[str, list[dict[str, Any]]]:
        """The objects of a resource by our id; "" for one without."""
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for document in self.objects[resource]:
            found[characteristics(document).get("backhaulId", "")].append(document)
        return found

    def by_object(self, resources: Iterable[str]) -> dict[tuple[str, str], list[Write]]:
        """The writes of each object, in order."""
        found: dict[tuple[str, str], list[Write]] = defaultdict(list)
        for write in self.writes:
            if write.resource in resources:
                found[write.resource, write.id].append(write)
        return found

    def by_message(self) -> dict[str, list[Write]]:
        """The writes of each message, in order."""
        found: dict[str, list[Write]] = defaultdict(list)
        for write in self.writes:
            found[write.message_id or ""].append(write)
        return found


def characteristics(document: Mapping[str, Any]) -> dict[str, str]:
    """The characteristics of an object by name."""
    return {str(item["name"]): str(item["value"]) for place in _PLACES for item in document.get(place) or ()}
