"""Attempts: what was tried, when, by whom, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from backhaul.store.tables.delivery import attempts

_start = insert(attempts)
_end = (
    update(attempts)
    .where(attempts.c.delivery_id == bindparam("delivery"), attempts.c.number == bindparam("which"))
    .values(ended_at=bindparam("at"), outcome=bindparam("result"), text=bindparam("words"))
)


class Attempts:
    """The table of attempts, within one transaction."""

    def __init__(self, connection: Connection, now: float) -> None:
        self._connection = connection
        self._now = now

    def start(self, rows: Sequence[Mapping[str, Any]], owner: str) -> None:
        """Record attempts before their first byte leaves (`delivery_id`, `number`, `kind`)."""
        if rows:
            stamped = [{**row, "owner": owner, "started_at": self._now} for row in rows]
            self._connection.execute(_start, stamped)

    def end(self, delivery_id: int, number: int, outcome: str, words: str | None) -> None:
        """Record what became of an attempt, also when its lane has another owner by now."""
        values = {
            "delivery": delivery_id,
            "which": number,
            "at": self._now,
            "result": outcome,
            "words": words,
        }
        self._connection.execute(_end, values)

    def end_all(self, ends: Sequence[tuple[int, int]], outcome: str) -> None:
        """Record the same outcome for many attempts (delivery, number)."""
        rows = [
            {"delivery": delivery, "which": number, "at": self._now, "result": outcome, "words": None}
            for delivery, number in ends
        ]
        if rows:
            self._connection.execute(_end, rows)

    def of(self, delivery_id: int) -> list[dict[str, Any]]:
        """All attempts of a delivery, in order."""
        query = select(attempts).where(attempts.c.delivery_id == delivery_id).order_by(attempts.c.id)
        return [dict(row) for row in self._connection.execute(query).mappings()]
