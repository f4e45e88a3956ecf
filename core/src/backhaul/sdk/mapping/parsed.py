"""What a document of a back office says."""

from __future__ import annotations

from dataclasses import dataclass, field

from backhaul.sdk.json import Json


@dataclass(frozen=True, slots=True)
class Parsed:
    """The fields said, by canonical path, and the lists that were said completely."""

    fields: dict[str, Json]
    complete: frozenset[str]


@dataclass(slots=True)
class Reading:
    """A document while it is read; `partial`: fields that are required may be absent."""

    partial: bool
    fields: dict[str, Json] = field(default_factory=dict)
    complete: set[str] = field(default_factory=set)

    def aside(self) -> Reading:
        """Return an empty reading under the same rules."""
        return Reading(self.partial)


@dataclass(frozen=True, slots=True)
class Removal:
    """A list element that we removed: canonical path, wire path of the list, and what identifies it."""

    path: str
    wire_path: str
    element: dict[str, Json]
