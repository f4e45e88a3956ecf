"""Back offices by name, over every table: which are in use, another name for one, the end of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, delete, func, select, update

from backhaul.store.delivery_state import State
from backhaul.store.inbox import ItemState
from backhaul.store.tables import metadata
from backhaul.store.tables.delivery import (
    backoffice_states,
    cursors,
    deliveries,
    inbox_items,
    lanes,
    tickets,
)
from backhaul.store.tables.records import changes, cross_references, records, sync_states


@dataclass(frozen=True, slots=True)
class Use:
    """What would be lost with a back office.

    `attempted` are those of the open deliveries that may have been sent already, `leased` the lanes that a
    worker has in work.
    """

    open: int
    attempted: int
    bound: int
    leased: int


class BackOfficeNames:
    """Every table that names back offices, within one transaction."""

    def __init__(self, connection: Connection, now: float) -> None:
        self._connection = connection
        self._now = now

    def in_use(self) -> set[str]:
        """The back offices with open deliveries or cross references; a few look-ups however many rows."""
        open_ones = self._distinct(deliveries.c.backoffice, deliveries.c.settled_at.is_(None))
        return {*open_ones, *self._distinct(cross_references.c.backoffice)}

    def use(self, name: str) -> Use:
        """How many of each there are of one back office."""
        still_open = (deliveries.c.backoffice == name, deliveries.c.settled_at.is_(None))
        return Use(
            open=self._count(deliveries, *still_open),
            attempted=self._count(deliveries, *still_open, deliveries.c.pinned_version.is_not(None)),
            bound=self._count(cross_references, cross_references.c.backoffice == name),
            leased=self._count(
                lanes, lanes.c.backoffice == name, lanes.c.owner.is_not(None), lanes.c.ready_at > self._now
            ),
        )

    def known(self, name: str) -> bool:
        """Whether anything at all is stored of this name."""
        return any(
            self._connection.execute(select(column).where(column == name).limit(1)).first() is not None
            for column in _named_by()
        )

    def rename(self, old: str, new: str) -> int:
        """Another name for everything of a back office; the number of rows changed."""
        changed = 0
        for column in (*_named_by(), records.c.origin, changes.c.origin):
            statement = update(column.table).where(column == old).values({column: new})
            changed += self._connection.execute(statement).rowcount
        return changed

    def retire(self, name: str, reason: str) -> None:
        """Give up a back office: discard what is open, forget what is bound; the history stays."""
        self._connection.execute(
            update(deliveries)
            .where(deliveries.c.backoffice == name, deliveries.c.settled_at.is_(None))
            .values(
                state=State.DISCARDED.value,
                runnable=False,
                settled_at=self._now,
                code="retired",
                reason=reason,
                wait_kind=None,
                wait_entity=None,
                wait_id=None,
                deadline=None,
            )
        )
        self._connection.execute(
            update(inbox_items)
            .where(inbox_items.c.backoffice == name, inbox_items.c.state == ItemState.HELD.value)
            .values(state=ItemState.REFUSED.value, reason=reason, inbound=None, deadline=None, at=self._now)
        )
        self._connection.execute(update(tickets).where(tickets.c.backoffice == name).values(settled=True))
        for column in (
            lanes.c.backoffice,
            cross_references.c.backoffice,
            sync_states.c.backoffice,
            cursors.c.backoffice,
            backoffice_states.c.name,
        ):
            self._connection.execute(delete(column.table).where(column == name))

    def _distinct(self, column: Column[str], *where: ColumnElement[bool]) -> Iterator[str]:
        # From name to name in the index: DISTINCT would read every row.
        found = self._connection.execute(select(func.min(column)).where(*where)).scalar_one()
        while found is not None:
            yield found
            following = select(func.min(column)).where(*where, column > found)
            found = self._connection.execute(following).scalar_one()

    def _count(self, table: Table, *where: ColumnElement[bool]) -> int:
        query = select(func.count()).select_from(table).where(*where)
        return int(self._connection.execute(query).scalar_one())


def _named_by() -> list[Column[Any]]:
    """The columns that name a back office, of every table there is: none can be forgotten."""
    named = [table.c.backoffice for table in metadata.sorted_tables if "backoffice" in table.c]
    return [*named, backoffice_states.c.name]
