"""Deliveries: one planned send each, from its planning to its final state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, insert, select, update

from backhaul.sdk.json import Document
from backhaul.store.delivery_filter import DeliveryFilter
from backhaul.store.delivery_state import Action, State, WaitKind
from backhaul.store.pairs import grouped
from backhaul.store.records import Ref
from backhaul.store.statements import updating
from backhaul.store.tables.delivery import deliveries, lanes

__all__ = ["Deliveries", "Delivery", "DeliveryFilter"]


@dataclass(slots=True)
class Delivery:
    """One planned send as it is stored."""

    id: int
    lane_id: int
    seq: int
    runnable: bool
    state: State
    backoffice: str
    process: str
    entity: str
    record_id: str
    version: int
    action: Action
    payload: str
    mode: str
    first_send: str
    document: Document | None = field(repr=False)
    condition: Any
    cause: str
    interactive: bool
    message_id: str
    correlation_id: str
    causation_id: str | None
    hop: int
    not_after: float | None
    planned_at: float
    settled_at: float | None
    attempts: int
    faults: int
    code: str | None
    reason: str | None
    merge_failed: bool
    wait_kind: WaitKind | None
    wait_entity: str | None
    wait_id: str | None
    deadline: float | None
    pin: Any = field(repr=False)
    pinned_version: int | None
    settle_until: float | None
    batch: str | None
    linked_to: int | None

    @property
    def ref(self) -> Ref:
        """The record it is about."""
        return self.entity, self.record_id

    @property
    def pinned(self) -> bool:
        """Whether the bytes of its attempts are fixed."""
        return self.pin is not None

    @property
    def absorbable(self) -> bool:
        """Whether an earlier delivery of the same record and process may cover it (RULES 4)."""
        return (
            self.action is Action.SAVE
            and self.payload == "latest"
            and not self.pinned
            and self.state in (State.PENDING, State.WAITING)
        )


_STATES = {state.value: state for state in State}
_ACTIONS = {action.value: action for action in Action}
_WAITS: dict[str | None, WaitKind | None] = {None: None, **{kind.value: kind for kind in WaitKind}}


def _delivery(row: Row[Any]) -> Delivery:
    # The fields of Delivery are the columns of the table in their order; a test holds them together.
    delivery = Delivery(*tuple(row))
    delivery.state = _STATES[delivery.state]
    delivery.action = _ACTIONS[delivery.action]
    delivery.wait_kind = _WAITS[delivery.wait_kind]
    return delivery


_insert = insert(deliveries)
_pin = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("delivery"), deliveries.c.settled_at.is_(None))
    .values(
        state=State.IN_FLIGHT.value,
        pin=bindparam("new_pin"),
        pinned_version=bindparam("new_version"),
        attempts=bindparam("number"),
        batch=bindparam("new_batch"),
    )
)
_get = select(deliveries).where(deliveries.c.id == bindparam("delivery"))
_open_ids = select(deliveries.c.id).where(
    deliveries.c.id.in_(bindparam("which", expanding=True)), deliveries.c.settled_at.is_(None)
)
_settle_all = (
    update(deliveries)
    .where(deliveries.c.id.in_(bindparam("which", expanding=True)))
    .values(
        state=bindparam("new_state"),
        runnable=False,
        settled_at=bindparam("at"),
        code=None,
        reason=None,
        wait_kind=None,
        wait_entity=None,
        wait_id=None,
        deadline=None,
    )
)
_open_of = (
    select(deliveries)
    .where(
        deliveries.c.backoffice == bindparam("where"),
        deliveries.c.entity == bindparam("what"),
        deliveries.c.record_id.in_(bindparam("which", expanding=True)),
        deliveries.c.settled_at.is_(None),
    )
    .order_by(deliveries.c.id)
)
_waiting_on = select(deliveries).where(
    deliveries.c.backoffice == bindparam("where"),
    deliveries.c.wait_kind.in_([WaitKind.PARENT.value, WaitKind.RECORD.value]),
    deliveries.c.state == State.WAITING.value,
    deliveries.c.wait_entity == bindparam("what"),
    deliveries.c.wait_id.in_(bindparam("which", expanding=True)),
)


def _heads_query() -> Any:
    inner = deliveries.alias("inner_deliveries")
    lowest = (
        select(func.min(inner.c.seq)).where(inner.c.lane_id == lanes.c.id, inner.c.runnable).scalar_subquery()
    )
    # From the lanes, two look-ups each: from the deliveries it would read all of a hot lane's backlog.
    places = (
        select(lanes.c.id.label("lane_id"), lowest.label("seq"))
        .where(lanes.c.id.in_(bindparam("lanes", expanding=True)))
        .cte("places")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    on = and_(deliveries.c.lane_id == places.c.lane_id, deliveries.c.seq == places.c.seq)
    return select(deliveries).join_from(places, deliveries, on)


_heads = _heads_query()


class Deliveries:
    """The table of deliveries, within one transaction."""

    def __init__(self, connection: Connection, now: float) -> None:
        self._connection = connection
        self._now = now

    def insert(self, values: Mapping[str, Any]) -> int:
        """Store a planned delivery; its id."""
        result = self._connection.execute(_insert, dict(values))
        return int(result.inserted_primary_key[0])  # type: ignore[index]

    def get(self, delivery_id: int) -> Delivery | None:
        """One delivery, or None."""
        row = self._connection.execute(_get, {"delivery": delivery_id}).first()
        return _delivery(row) if row is not None else None

    def heads(self, lane_ids: Sequence[int]) -> list[Delivery]:
        """The lowest runnable delivery of each lane."""
        rows = self._connection.execute(_heads, {"lanes": list(lane_ids)})
        return [_delivery(row) for row in rows]

    def open_of(self, backoffice: str, refs: Iterable[Ref]) -> dict[Ref, list[Delivery]]:
        """The open deliveries of records at one back office, in order of planning."""
        found: dict[Ref, list[Delivery]] = defaultdict(list)
        for entity, ids in grouped(refs).items():
            which = {"where": backoffice, "what": entity, "which": ids}
            for row in self._connection.execute(_open_of, which):
                delivery = _delivery(row)
                found[delivery.ref].append(delivery)
        return found

    def last_of(self, backoffice: str, ref: Ref) -> Delivery | None:
        """The newest delivery of a record at one back office, whatever its state."""
        table = deliveries.c
        query = select(deliveries).where(
            table.entity == ref[0], table.record_id == ref[1], table.backoffice == backoffice
        )
        row = self._connection.execute(query.order_by(table.id.desc()).limit(1)).first()
        return _delivery(row) if row is not None else None

    def waiting_on(self, backoffice: str, refs: Iterable[Ref]) -> list[Delivery]:
        """Deliveries that wait for one of these records."""
        found: list[Delivery] = []
        # A look-up per entity: for OR, SQLite reads everything that waits at this back office.
        for entity, ids in grouped(refs).items():
            which = {"where": backoffice, "what": entity, "which": ids}
            found += [_delivery(row) for row in self._connection.execute(_waiting_on, which)]
        return sorted(found, key=lambda delivery: delivery.id)

    def overdue(self, limit: int = 100) -> list[Delivery]:
        """Waiting and accepted deliveries whose deadline has passed, longest ago first."""
        query = select(deliveries).where(deliveries.c.deadline <= self._now)
        query = query.order_by(deliveries.c.deadline).limit(limit)
        return [_delivery(row) for row in self._connection.execute(query)]

    def still_open(self, ids: Sequence[int]) -> set[int]:
        """Which of these no person and no acknowledgement has settled; locked until the transaction ends."""
        query = select(deliveries.c.id).where(deliveries.c.id.in_(ids), deliveries.c.settled_at.is_(None))
        return set(self._connection.execute(query.with_for_update()).scalars())

    def pin(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Pin and count an attempt, many at once; what was settled meanwhile stays as it is.

        Rows of `delivery`, `new_pin`, `new_version`, `number`, `new_batch`.
        """
        if rows:
            self._connection.execute(_pin, list(rows))

    def update(self, delivery_id: int, **values: Any) -> None:
        """Change columns of one delivery."""
        self._connection.execute(*updating(deliveries, {"id": delivery_id}, values))

    def change(self, delivery_id: int, **values: Any) -> bool:
        """Change columns of an open delivery; False, and nothing changed, when it was settled meanwhile."""
        statement = updating(deliveries, {"id": delivery_id}, values, only_open=True)
        return self._connection.execute(*statement).rowcount == 1

    def settle(
        self,
        delivery_id: int,
        state: State,
        *,
        code: str | None,
        reason: str | None,
        was: Delivery | None = None,
        **values: Any,
    ) -> bool:
        """Give an open delivery its final state; False when it has one already.

        It keeps its pin and attempts for whoever looks. A person decides on what was seen: with `was` it may
        be final already, and False means that it has moved since.
        """
        final = {
            "state": state.value,
            "runnable": False,
            "settled_at": self._now,
            "code": code,
            "reason": reason,
            "wait_kind": None,
            "wait_entity": None,
            "wait_id": None,
            "deadline": None,
            **values,
        }
        seen = {"state": was.state.value, "runnable": was.runnable} if was is not None else {}
        statement = updating(deliveries, {"id": delivery_id, **seen}, final, only_open=was is None)
        return self._connection.execute(*statement).rowcount == 1

    def open_ids(self, ids: Sequence[int]) -> set[int]:
        """Those of these deliveries that have no final state yet."""
        return set(self._connection.execute(_open_ids, {"which": list(ids)}).scalars())

    def settle_all(self, ids: Sequence[int], state: State) -> None:
        """Give deliveries that were just found open the same final state."""
        if ids:
            change = {"new_state": state.value, "at": self._now, "which": list(ids)}
            self._connection.execute(_settle_all, change)

    def swap_places(self, one: Delivery, other: Delivery) -> None:
        """Exchange the places of two deliveries of a lane."""
        self.update(one.id, seq=-one.seq)
        self.update(other.id, seq=one.seq)
        self.update(one.id, seq=other.seq)

    def page(self, chosen: DeliveryFilter, *, limit: int = 100, after: int = 0) -> list[Delivery]:
        """A page of deliveries by id."""
        query = select(deliveries).where(chosen.clause(), deliveries.c.id > after)
        found = self._connection.execute(query.order_by(deliveries.c.id).limit(limit))
        return [_delivery(row) for row in found]

    def counts(self) -> dict[str, dict[str, int]]:
        """Per back office and state, how many: the balance."""
        table = deliveries.c
        query = select(table.backoffice, table.state, func.count()).group_by(table.backoffice, table.state)
        counted: dict[str, dict[str, int]] = defaultdict(dict)
        for backoffice, state, number in self._connection.execute(query):
            counted[backoffice][state] = number
        return counted

    def open_counts(self) -> dict[str, int]:
        """Per back office, how many have no final state: counted apart from the states, to check them."""
        table = deliveries.c
        query = select(table.backoffice, func.count()).where(table.settled_at.is_(None))
        rows = self._connection.execute(query.group_by(table.backoffice))
        return {backoffice: number for backoffice, number in rows}  # noqa: C416  (rows are no pairs to mypy)

    def stalled_creates(self, backoffice: str, entity: str) -> list[int]:
        """Creates and commands of an entity that are open there and may have left: unbound ids may follow."""
        table = deliveries.c
        states = [State.IN_FLIGHT.value, State.UNKNOWN.value, State.ACCEPTED.value, State.BACKING_OFF.value]
        query = select(table.id, table.pin).where(
            table.backoffice == backoffice,
            table.entity == entity,
            table.state.in_(states),
        )
        rows = self._connection.execute(query)
        return [row.id for row in rows if row.pin is not None and row.pin["change"] in ("create", "command")]
