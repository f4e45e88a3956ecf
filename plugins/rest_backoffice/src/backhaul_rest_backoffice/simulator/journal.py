"""The journal: every accepted write in order, for judging what a client really did."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Written:
    """One accepted write. `by` is `api` for a client, `user` for somebody working inside the system."""

    seq: int
    operation: str
    resource: str
    id: str
    version: int
    our_id: str | None
    message_id: str | None
    at: str
    by: str


class Journal:
    """Append-only; the system holds its lock around every use."""

    def __init__(self) -> None:
        self._entries: list[Written] = []

    def add(
        self,
        operation: str,
        resource: str,
        identifier: str,
        *,
        version: int,
        our_id: str | None,
        message_id: str | None,
        at: str,
        by: str,
    ) -> None:
        """Note a write."""
        seq = len(self._entries) + 1
        self._entries.append(
            Written(seq, operation, resource, identifier, version, our_id, message_id, at, by)
        )

    def since(self, seq: int) -> list[dict[str, Any]]:
        """The writes after a sequence number."""
        return [asdict(entry) for entry in self._entries[seq:]]
