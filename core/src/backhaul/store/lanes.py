"""Lanes: (back office, ordering key). Deliveries of a lane happen in order, lanes run side by side.

The SQL and the reasons for it are those of `docs/decisions` (lane table): a counter on the lane row instead
of a sub-select, a lease without a lock, a fencing token on every change.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, func, literal_column, select, update

from backhaul.store.tables.delivery import lanes

_idle_or_next = case(
    (lanes.c.parked.is_not(None), None),
    (lanes.c.runnable > bindparam("done"), bindparam("at")),
    else_=None,
)
_release = (
    update(lanes)
    .where(lanes.c.id == bindparam("lane"), lanes.c.token == bindparam("mine"))
    .values(
        token=None,
        owner=None,
        attempts=bindparam("tries"),
        runnable=lanes.c.runnable - bindparam("done"),
        interactive=lanes.c.interactive - bindparam("interactive_done"),
        ready_at=_idle_or_next,
    )
)
_release_checked = (
    update(lanes)
    .where(lanes.c.id == bindparam("lane"))
    .values(
        token=None,
        owner=None,
        attempts=bindparam("tries"),
        runnable=lanes.c.runnable - bindparam("done"),
        interactive=lanes.c.interactive - bindparam("interactive_done"),
        ready_at=_idle_or_next,
    )
)
_leave = (
    update(lanes)
    .where(lanes.c.id == bindparam("lane"))
    .values(
        runnable=lanes.c.runnable - bindparam("done"),
        interactive=lanes.c.interactive - bindparam("interactive_done"),
        # A leased lane keeps its lease; an idle one that has nothing left is not ready any more.
        ready_at=case(
            (and_(lanes.c.token.is_(None), lanes.c.runnable <= bindparam("done")), None),
            else_=lanes.c.ready_at,
        ),
    )
)
_join = (
    update(lanes)
    .where(lanes.c.id == bindparam("lane"))
    .values(
        runnable=lanes.c.runnable + bindparam("more"),
        interactive=lanes.c.interactive + bindparam("interactive_more"),
        ready_at=case(
            (lanes.c.parked.is_not(None), None), else_=func.coalesce(lanes.c.ready_at, bindparam("at"))
        ),
    )
)


_kept_ready = case(
    (lanes.c.parked.is_not(None), None), else_=func.coalesce(lanes.c.ready_at, bindparam("at"))
)
_longer = {
    "tail": lanes.c.tail + 1,
    "runnable": lanes.c.runnable + 1,
    "interactive": lanes.c.interactive + bindparam("urgent"),
    "ready_at": _kept_ready,
}
_append_to = update(lanes).where(lanes.c.id == bindparam("lane")).values(_longer).returning(lanes.c.tail)


@lru_cache(maxsize=2)
def _tokens(locking: bool) -> Any:  # noqa: FBT001
    query = select(lanes.c.id, lanes.c.token).where(lanes.c.id.in_(bindparam("which", expanding=True)))
    return query.order_by(lanes.c.id).with_for_update() if locking else query


@lru_cache(maxsize=4)
def _append(insert_for: Any) -> Any:
    first = {
        "backoffice": bindparam("where"),
        "key": bindparam("which"),
        "tail": 1,
        "runnable": 1,
        "interactive": bindparam("urgent"),
        "ready_at": bindparam("at"),
        "attempts": 0,
    }
    statement = insert_for(lanes).values(first)
    statement = statement.on_conflict_do_update(index_elements=["backoffice", "key"], set_=_longer)
    return statement.returning(lanes.c.id, lanes.c.tail)


@lru_cache(maxsize=4)
def _claim(interactive: bool, locking: bool) -> Any:  # noqa: FBT001
    ready = select(lanes.c.id).where(
        lanes.c.backoffice == bindparam("where"), lanes.c.ready_at <= bindparam("now")
    )
    if interactive:
        # Spelled as in the partial index: with a parameter no planner could tell that it applies.
        ready = ready.where(lanes.c.interactive > literal_column("0"))
    ready = ready.order_by(lanes.c.ready_at).limit(bindparam("most"))
    if locking:
        ready = ready.with_for_update(skip_locked=True)
    # A CTE is run once. A plain IN may be run again for each lane, locking and taking more than the limit.
    chosen = ready.cte("chosen")
    statement = update(lanes).where(lanes.c.id.in_(select(chosen.c.id)))
    statement = statement.values(ready_at=bindparam("until"), token=bindparam("mine"), owner=bindparam("me"))
    return statement.returning(lanes.c.id, lanes.c.backoffice, lanes.c.key, lanes.c.token, lanes.c.attempts)


@lru_cache(maxsize=2)
def _claim_these(locking: bool) -> Any:  # noqa: FBT001
    ready = select(lanes.c.id).where(
        lanes.c.id.in_(bindparam("which", expanding=True)), lanes.c.ready_at <= bindparam("now")
    )
    if locking:
        ready = ready.with_for_update(skip_locked=True)
    chosen = ready.cte("chosen")
    statement = update(lanes).where(lanes.c.id.in_(select(chosen.c.id)))
    statement = statement.values(ready_at=bindparam("until"), token=bindparam("mine"), owner=bindparam("me"))
    return statement.returning(lanes.c.id, lanes.c.backoffice, lanes.c.key, lanes.c.token, lanes.c.attempts)


@dataclass(frozen=True, slots=True)
class ClaimedLane:
    """A lane that we hold until the lease ends, and the token that proves it."""

    id: int
    backoffice: str
    key: str
    token: str
    attempts: int


@dataclass(frozen=True, slots=True)
class StoredLane:
    """A lane as it stands. `parked` is the reason, where it is; `owner` whoever has its head in work."""

    id: int
    backoffice: str
    key: str
    runnable: int
    ready_at: float | None
    owner: str | None
    parked: str | None


class Lanes:
    """The table of lanes, within one transaction."""

    def __init__(self, connection: Connection, insert: Any, now: float, *, locking: bool) -> None:
        self._connection = connection
        self._insert = insert
        self._now = now
        self._locking = locking

    def append(self, backoffice: str, key: str, *, ready_at: float, interactive: bool) -> tuple[int, int]:
        """A place at the tail of a lane, made ready: (lane id, sequence). A parked lane stays parked."""
        place = {"where": backoffice, "which": key, "urgent": int(interactive), "at": ready_at}
        row = self._connection.execute(_append(self._insert), place).one()
        return row.id, row.tail

    def append_to(self, lane: int, *, ready_at: float, interactive: bool) -> int:
        """A place at the tail of a lane that is known; its sequence."""
        place = {"lane": lane, "urgent": int(interactive), "at": ready_at}
        return int(self._connection.execute(_append_to, place).scalar_one())

    def claim(
        self, backoffice: str, limit: int, *, owner: str, token: str, lease: float, interactive: bool = False
    ) -> list[ClaimedLane]:
        """Lease up to `limit` ready lanes for `lease` seconds."""
        claim = {
            "where": backoffice,
            "now": self._now,
            "most": limit,
            "until": self._now + lease,
            "mine": token,
            "me": owner,
        }
        rows = self._connection.execute(_claim(interactive, self._locking), claim)
        return [ClaimedLane(*row) for row in rows]

    def claim_these(self, ids: list[int], *, owner: str, token: str, lease: float) -> list[ClaimedLane]:
        """Lease those of these lanes that are ready and that nobody has."""
        claim = {
            "which": ids,
            "now": self._now,
            "until": self._now + lease,
            "mine": token,
            "me": owner,
        }
        return [ClaimedLane(*row) for row in self._connection.execute(_claim_these(self._locking), claim)]

    def release(
        self,
        lane: int,
        token: str,
        *,
        done: int,
        interactive_done: int = 0,
        at: float | None = None,
        tries: int = 0,
    ) -> bool:
        """Give a lane back, `done` deliveries shorter, ready at `at` (now) if any are left.

        False when another owner took it over; the lane is then left alone.
        """
        values = {
            "lane": lane,
            "mine": token,
            "done": done,
            "interactive_done": interactive_done,
            "at": self._now if at is None else at,
            "tries": tries,
        }
        return self._connection.execute(_release, values).rowcount == 1

    def tokens(self, ids: list[int]) -> dict[int, str | None]:
        """Who holds which of these lanes now; locked where the database locks rows."""
        rows = self._connection.execute(_tokens(self._locking), {"which": ids})
        return {row.id: row.token for row in rows}

    def release_all(self, lanes_done: list[tuple[int, int]]) -> None:
        """Give back lanes whose tokens were just checked, each one delivery shorter (lane, interactive)."""
        rows = [
            {"lane": lane, "done": 1, "interactive_done": urgent, "at": self._now, "tries": 0}
            for lane, urgent in lanes_done
        ]
        if rows:
            self._connection.execute(_release_checked, rows)

    def leave(self, lane: int, count: int, interactive: int = 0) -> None:
        """`count` runnable deliveries of a lane stepped aside or ended without its head being processed."""
        values = {"lane": lane, "done": count, "interactive_done": interactive}
        self._connection.execute(_leave, values)

    def join(self, lane: int, count: int = 1, interactive: int = 0, *, at: float | None = None) -> None:
        """`count` deliveries of a lane can run again, under their old sequence."""
        ready = self._now if at is None else at
        values = {"lane": lane, "more": count, "interactive_more": interactive, "at": ready}
        self._connection.execute(_join, values)

    def extend(self, owner: str, backoffice: str, lease: float) -> None:
        """Heartbeat: what this owner has leased of a back office stays its own for `lease` more seconds."""
        statement = update(lanes).where(lanes.c.owner == owner, lanes.c.backoffice == backoffice)
        self._connection.execute(statement.values(ready_at=self._now + lease))

    def take_back(self, owner: str) -> int:
        """End every lease of an owner that is known to be dead; their number."""
        statement = (
            update(lanes)
            .where(lanes.c.owner == owner)
            .values(
                ready_at=case((lanes.c.parked.is_not(None), None), else_=self._now), token=None, owner=None
            )
        )
        return self._connection.execute(statement).rowcount

    def owners(self) -> list[str]:
        """Everyone who holds a lease."""
        query = select(lanes.c.owner).where(lanes.c.owner.is_not(None)).distinct()
        return list(self._connection.execute(query).scalars())

    def park(self, lane: int, reason: str) -> None:
        """Stop a lane until a person unparks it; what is enqueued meanwhile keeps it parked."""
        self._connection.execute(
            update(lanes)
            .where(lanes.c.id == lane)
            .values(parked=reason, ready_at=None, token=None, owner=None)
        )

    def unpark(self, lane: int) -> bool:
        """Let a parked lane go on; False when it was not parked."""
        ready = case((lanes.c.runnable > 0, self._now), else_=None)
        statement = update(lanes).where(lanes.c.id == lane, lanes.c.parked.is_not(None))
        return (
            self._connection.execute(statement.values(parked=None, attempts=0, ready_at=ready)).rowcount == 1
        )

    def get(self, lane: int) -> StoredLane | None:
        """One lane, or None: a retired back office has none any more."""
        table = lanes.c
        query = select(
            table.id, table.backoffice, table.key, table.runnable, table.ready_at, table.owner, table.parked
        )
        row = self._connection.execute(query.where(table.id == lane)).first()
        return StoredLane(*row) if row is not None else None

    def parked(self) -> list[tuple[int, str, str, str]]:
        """Every parked lane: (id, back office, key, reason)."""
        query = select(lanes.c.id, lanes.c.backoffice, lanes.c.key, lanes.c.parked)
        found = self._connection.execute(query.where(lanes.c.parked.is_not(None)).order_by(lanes.c.id))
        return [(row.id, row.backoffice, row.key, row.parked) for row in found]

    def next_ready(self, backoffices: list[str], *, interactive: bool = False) -> float | None:
        """When the next lane (with interactive work) of these back offices becomes ready; None: all idle."""
        if not backoffices:
            return None
        earliest = select(func.min(lanes.c.ready_at)).where(lanes.c.ready_at.is_not(None))
        if interactive:
            # Spelled as in the partial index, see `claim`.
            earliest = earliest.where(lanes.c.interactive > literal_column("0"))
        # One look-up in the index a back office: with IN it would read every lane that is ready.
        query = select(
            *(earliest.where(lanes.c.backoffice == name).scalar_subquery() for name in backoffices)
        )
        moments = self._connection.execute(query).one()
        return min((moment for moment in moments if moment is not None), default=None)

    def ready_count(self, backoffice: str) -> int:
        """How many lanes could be claimed now."""
        query = select(func.count()).where(lanes.c.backoffice == backoffice, lanes.c.ready_at <= self._now)
        return int(self._connection.execute(query).scalar_one())
