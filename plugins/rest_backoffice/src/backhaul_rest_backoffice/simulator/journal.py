"""The journal: every accepted write in order, for judging what a client really did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backhaul_rest_backoffice.simulator.collection import Entry


@dataclass(frozen=True, slots=True)
class Written:
    """One accepted write. `by` is `api` for a client, `user` for somebody working inside the system.

    `document` is the object as it stood afterwards; for a deletion, as it was before.
    """

    seq: int
    operation: str
    resource: str
    id: str
    version: int
    our_id: str | None
    message_id: str | None
    at: str
    by: str
    document: Mapping[str, Any] = field(repr=False)

    def as_json(self, *, document: bool) -> dict[str, Any]:
        """The entry, on request with the document."""
        left_out = () if document else ("document",)
        return {name: getattr(self, name) for name in self.__slots__ if name not in left_out}


class Journal:
    """Append-only; the system holds its lock around every use."""

    def __init__(self) -> None:
        self._entries: list[Written] = []

    def add(
        self,
        operation: str,
        resource: str,
        entry: Entry,
        *,
        our_id: str | None,
        message_id: str | None,
        by: str,
    ) -> None:
        """Note a write, with the entry as it stands now."""
        self._entries.append(
            Written(
                len(self._entries) + 1,
                operation,
                resource,
                entry.id,
                entry.version,
                our_id,
                message_id,
                entry.last_update,
                by,
                entry.document,
            )
        )

    def since(self, seq: int, *, documents: bool = False) -> list[dict[str, Any]]:
        """The writes after a sequence number."""
        return [entry.as_json(document=documents) for entry in self._entries[seq:]]
