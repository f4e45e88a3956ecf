"""Changes: who changed which fields of a record, in commit order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, insert, select

from backhaul.store.records import Ref
from backhaul.store.tables.records import changes, conflicts

_add = insert(changes)


class Changes:
    """The tables of changes and of visible conflicts, within one transaction."""

    def __init__(self, connection: Connection, now: float) -> None:
        self._connection = connection
        self._now = now

    def add(
        self,
        ref: Ref,
        version: int,
        *,
        origin: str,
        fields: Iterable[str],
        message_id: str,
        causation_id: str | None,
        hop: int,
    ) -> None:
        """Record a change in the transaction that makes it."""
        self._connection.execute(
            _add,
            {
                "entity": ref[0],
                "record_id": ref[1],
                "version": version,
                "origin": origin,
                "fields": sorted(fields),
                "message_id": message_id,
                "causation_id": causation_id,
                "hop": hop,
                "at": self._now,
            },
        )

    def of(self, ref: Ref) -> list[dict[str, Any]]:
        """The history of a record, oldest first."""
        query = select(changes).where(changes.c.entity == ref[0], changes.c.record_id == ref[1])
        return [dict(row) for row in self._connection.execute(query.order_by(changes.c.seq)).mappings()]

    def last_of(self, ref: Ref) -> dict[str, Any] | None:
        """The newest change of a record, or None."""
        query = select(changes).where(changes.c.entity == ref[0], changes.c.record_id == ref[1])
        row = self._connection.execute(query.order_by(changes.c.seq.desc()).limit(1)).mappings().first()
        return dict(row) if row is not None else None

    def add_conflict(self, backoffice: str, ref: Ref, *, message_id: str | None, **conflict: Any) -> None:
        """Keep a value that lost: `path`, `kind`, `ours`, `theirs`, `kept` (ours or theirs)."""
        self._connection.execute(
            insert(conflicts).values(
                backoffice=backoffice,
                entity=ref[0],
                record_id=ref[1],
                message_id=message_id,
                at=self._now,
                **conflict,
            )
        )

    def conflicts_of(self, ref: Ref) -> list[dict[str, Any]]:
        """The visible conflicts of a record, oldest first."""
        query = select(conflicts).where(conflicts.c.entity == ref[0], conflicts.c.record_id == ref[1])
        return [dict(row) for row in self._connection.execute(query.order_by(conflicts.c.id)).mappings()]
