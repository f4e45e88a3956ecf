"""Routes: which saves are sent where, and how. The deployment decides; several may match, all apply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from backhaul.sdk.json import Json


class Trigger(StrEnum):
    """What plans a send: every save of the record, or only an explicit command."""

    SAVE = "save"
    COMMAND = "command"


class Payload(StrEnum):
    """What is sent: the record as it is at the first attempt, or as it was when the send was planned."""

    LATEST = "latest"
    FROZEN = "frozen"


class FirstSend(StrEnum):
    """What happens to a record that is not bound there yet."""

    CREATE = "create"
    MATCH_THEN_CREATE = "match_then_create"
    EXISTING_ONLY = "existing_only"


class Mode(StrEnum):
    """live calls; dry maps, validates and records, but does not call; off plans nothing."""

    LIVE = "live"
    DRY = "dry"
    OFF = "off"


class UnmatchedUpdate(StrEnum):
    """What becomes of an inbound update of an object that no record is bound to."""

    REFUSE = "refuse"
    CREATE = "create"


@dataclass(frozen=True, slots=True)
class Route:
    """One `[[route]]`.

    `settle` pauses the lane (seconds) to aggregate quick saves; `not_after` ends a send that was not
    attempted within that many seconds; `when` maps field paths to a value or a list of values.
    """

    process: str
    to: tuple[str, ...]
    when: Mapping[str, Json] = field(default_factory=dict)
    trigger: Trigger = Trigger.SAVE
    payload: Payload = Payload.LATEST
    settle: float = 0.0
    first_send: FirstSend = FirstSend.CREATE
    mode: Mode = Mode.LIVE
    not_after: float | None = None
    unmatched_update: UnmatchedUpdate = UnmatchedUpdate.REFUSE

    def applies(self, document: Mapping[str, Json]) -> bool:
        """Whether every condition holds for a saved document."""
        return all(_holds(_at(document, path.split(".")), wanted) for path, wanted in self.when.items())


def _at(value: Json | Mapping[str, Json], path: list[str]) -> list[Json]:
    """The values at a path; a list on the way contributes each of its elements."""
    if isinstance(value, list):
        return [found for element in value for found in _at(element, path)]
    if not path:
        return [value]  # type: ignore[list-item]  # (a Mapping here is a JSON object)
    if isinstance(value, Mapping) and path[0] in value:
        return _at(value[path[0]], path[1:])
    return []


def _holds(values: list[Json], wanted: Json) -> bool:
    accepted = wanted if isinstance(wanted, list) else [wanted]
    return any(value in accepted for value in values) or (not values and None in accepted)
