"""Tickets of accepted sends, batches, answers to idempotent callers, and the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from backhaul.store.tables.delivery import audit, batches, idempotency_keys, tickets


@dataclass(frozen=True, slots=True)
class Ticket:
    """The promise of a later answer."""

    backoffice: str
    ticket: str
    delivery_id: int
    settled: bool


class Ledger:
    """What must be remembered beside deliveries, within one transaction."""

    def __init__(self, connection: Connection, now: float) -> None:
        self._connection = connection
        self._now = now

    def add_ticket(self, backoffice: str, ticket: str, delivery_id: int) -> None:
        """Remember under which ticket the answer to a delivery will come."""
        self._connection.execute(
            insert(tickets).values(
                backoffice=backoffice, ticket=ticket, delivery_id=delivery_id, settled=False, at=self._now
            )
        )

    def ticket(self, backoffice: str, ticket: str) -> Ticket | None:
        """The delivery behind a ticket, or None."""
        query = select(tickets).where(tickets.c.backoffice == backoffice, tickets.c.ticket == ticket)
        row = self._connection.execute(query).first()
        return Ticket(row.backoffice, row.ticket, row.delivery_id, row.settled) if row is not None else None

    def settle_ticket(self, backoffice: str, ticket: str) -> None:
        """Its answer has come."""
        statement = update(tickets).where(tickets.c.backoffice == backoffice, tickets.c.ticket == ticket)
        self._connection.execute(statement.values(settled=True))

    def open_tickets(self, delivery_id: int) -> list[str]:
        """Tickets of a delivery that have no answer yet."""
        query = select(tickets.c.ticket).where(
            tickets.c.delivery_id == delivery_id, tickets.c.settled.is_(False)
        )
        return list(self._connection.execute(query).scalars())

    def add_batch(self, name: str, backoffice: str, entity: str, members: Sequence[int]) -> None:
        """Commit a batch's name and members before it is published (RULES 9)."""
        self._connection.execute(
            insert(batches).values(
                name=name, backoffice=backoffice, entity=entity, members=list(members), created_at=self._now
            )
        )

    def batch(self, name: str) -> tuple[str, str, list[int]] | None:
        """(back office, entity, members) of a batch, or None."""
        row = self._connection.execute(select(batches).where(batches.c.name == name)).first()
        return (row.backoffice, row.entity, row.members) if row is not None else None

    def first_answer(self, caller: str, key: str) -> tuple[str, Any] | None:
        """(hash of the request, answer) that a caller's idempotency key was used for, or None."""
        table = idempotency_keys.c
        query = select(table.hash, table.answer).where(table.caller == caller, table.key == key)
        row = self._connection.execute(query).first()
        return (row.hash, row.answer) if row is not None else None

    def remember_answer(self, caller: str, key: str, digest: str, answer: Any) -> None:
        """Keep the answer for repeats under the same key."""
        self._connection.execute(
            insert(idempotency_keys).values(caller=caller, key=key, hash=digest, answer=answer, at=self._now)
        )

    def audit(self, *, who: str, why: str, verb: str, subject: str, detail: Any = None) -> None:
        """Record what a person did, to what, and why."""
        self._connection.execute(
            insert(audit).values(at=self._now, who=who, why=why, verb=verb, subject=subject, detail=detail)
        )

    def audit_trail(self, limit: int = 100) -> list[dict[str, Any]]:
        """What persons did, newest first."""
        query = select(audit).order_by(audit.c.id.desc()).limit(limit)
        return [dict(row) for row in self._connection.execute(query).mappings()]
