"""The inbox: every message that came in, what was taken of it, and what is held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, literal_column, select, update

from backhaul.sdk.errors import ConflictError
from backhaul.store.tables.delivery import cursors, inbox, inbox_items, message_ids


class ItemState(StrEnum):
    """What became of one record in a message."""

    TAKEN = "taken"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """A message id that was used up, and the answer that was given then."""

    inbox_id: int
    hash: str
    answer: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class HeldItem:
    """One record that waits: for a create to settle, a parent to arrive, an acknowledged send to commit."""

    id: int
    inbox_id: int
    number: int
    backoffice: str
    entity: str
    inbound: Any = field(repr=False)
    waits_for: Any
    deadline: float | None
    reason: str | None


class Inbox:
    """The tables of messages, their records and the cursors of polled sources, within one transaction."""

    def __init__(self, connection: Connection, insert_or: Any, now: float) -> None:
        self._connection = connection
        self._insert_or = insert_or
        self._now = now

    def known(self, backoffice: str, message_id: str) -> KnownMessage | None:
        """The earlier message that used up this id, or None."""
        query = (
            select(message_ids.c.inbox_id, message_ids.c.hash, inbox.c.answer)
            .join(inbox, inbox.c.id == message_ids.c.inbox_id)
            .where(message_ids.c.backoffice == backoffice, message_ids.c.message_id == message_id)
        )
        row = self._connection.execute(query).first()
        return KnownMessage(row.inbox_id, row.hash, row.answer) if row is not None else None

    def add(self, values: Mapping[str, Any]) -> int:
        """Keep a message; its id."""
        result = self._connection.execute(insert(inbox).values(received_at=self._now, **values))
        return int(result.inserted_primary_key[0])  # type: ignore[index]

    def answer(self, inbox_id: int, state: str, answer: Any) -> None:
        """Record what was answered."""
        statement = update(inbox).where(inbox.c.id == inbox_id)
        self._connection.execute(statement.values(state=state, answer=answer))

    def use_up(self, backoffice: str, message_id: str, digest: str, inbox_id: int) -> None:
        """A taken message uses up its id; the same id with the same content gets the first answer again.

        Raises ConflictError when another message has used it up: two of them came in at the same moment.
        """
        statement = self._insert_or(message_ids).values(
            backoffice=backoffice, message_id=message_id, hash=digest, inbox_id=inbox_id
        )
        statement = statement.on_conflict_do_nothing().execution_options(preserve_rowcount=True)
        if self._connection.execute(statement).rowcount == 1:
            return
        first = self.known(backoffice, message_id)
        if first is None or first.inbox_id != inbox_id:
            msg = f"The message id {message_id} of {backoffice} was used up by another message."
            raise ConflictError(msg, hint="Take the message again: it then gets the first one's answer.")

    def add_item(self, values: Mapping[str, Any]) -> int:
        """Keep one record of a message and its state."""
        result = self._connection.execute(insert(inbox_items).values(at=self._now, **values))
        return int(result.inserted_primary_key[0])  # type: ignore[index]

    def update_item(self, item_id: int, **values: Any) -> None:
        """Change the state of one record of a message."""
        statement = update(inbox_items).where(inbox_items.c.id == item_id)
        self._connection.execute(statement.values(at=self._now, **values))

    def held(
        self, backoffice: str | None = None, *, inbox_id: int | None = None, after: int = 0, limit: int = 200
    ) -> list[HeldItem]:
        """Records that wait, oldest first: a page of those behind `after`, of one message if it is given."""
        # Spelled as in the partial index: with a parameter no planner could tell that it applies.
        query = select(inbox_items).where(inbox_items.c.state == literal_column(f"'{ItemState.HELD.value}'"))
        if backoffice is not None:
            query = query.where(inbox_items.c.backoffice == backoffice)
        if inbox_id is not None:
            query = query.where(inbox_items.c.inbox_id == inbox_id)
        if after:
            query = query.where(inbox_items.c.id > after)
        found = self._connection.execute(query.order_by(inbox_items.c.id).limit(limit))
        return [
            HeldItem(
                row.id,
                row.inbox_id,
                row.number,
                row.backoffice,
                row.entity,
                row.inbound,
                row.waits_for,
                row.deadline,
                row.reason,
            )
            for row in found
        ]

    def is_held(self, item_id: int) -> bool:
        """Whether a record still waits; locked until the transaction ends, so that one alone takes it up."""
        query = select(inbox_items.c.state).where(inbox_items.c.id == item_id).with_for_update()
        return self._connection.execute(query).scalar_one_or_none() == ItemState.HELD.value

    def message(self, inbox_id: int) -> dict[str, Any] | None:
        """One kept message with the state of each of its records."""
        row = self._connection.execute(select(inbox).where(inbox.c.id == inbox_id)).mappings().first()
        if row is None:
            return None
        items = select(inbox_items).where(inbox_items.c.inbox_id == inbox_id).order_by(inbox_items.c.number)
        return {**row, "items": [dict(item) for item in self._connection.execute(items).mappings()]}

    def messages(
        self, *, backoffice: str | None, state: str | None, limit: int = 100
    ) -> list[dict[str, Any]]:
        """Kept messages, newest first."""
        query = select(inbox)
        if backoffice is not None:
            query = query.where(inbox.c.backoffice == backoffice)
        if state is not None:
            query = query.where(inbox.c.state == state)
        found = self._connection.execute(query.order_by(inbox.c.id.desc()).limit(limit))
        return [dict(row) for row in found.mappings()]

    def cursor(self, backoffice: str, source: str) -> str | None:
        """Where polling of a source goes on."""
        query = select(cursors.c.position).where(
            cursors.c.backoffice == backoffice, cursors.c.source == source
        )
        return self._connection.execute(query).scalar_one_or_none()

    def move_cursor(self, backoffice: str, source: str, position: str | None) -> None:
        """Commit a cursor together with the messages it stands behind."""
        statement = self._insert_or(cursors).values(
            backoffice=backoffice, source=source, position=position, at=self._now
        )
        values = {"position": position, "at": self._now}
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["backoffice", "source"], set_=values)
        )
