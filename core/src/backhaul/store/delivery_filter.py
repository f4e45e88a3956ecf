"""Which deliveries are meant: for lists and for what operators do in bulk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_

from backhaul.store.delivery_state import State, WaitKind
from backhaul.store.tables.delivery import deliveries


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries to list or to treat in bulk."""

    backoffice: str | None = None
    states: frozenset[State] | None = None
    entity: str | None = None
    record_id: str | None = None
    ids: tuple[int, ...] | None = None
    person: bool | None = None

    def clause(self) -> Any:
        """The condition on the table."""
        table = deliveries.c
        terms: list[Any] = []
        if self.backoffice is not None:
            terms.append(table.backoffice == self.backoffice)
        if self.states is not None:
            terms.append(table.state.in_([state.value for state in self.states]))
        if self.entity is not None:
            terms.append(table.entity == self.entity)
        if self.record_id is not None:
            terms.append(table.record_id == self.record_id)
        if self.ids is not None:
            terms.append(table.id.in_(self.ids))
        if self.person:
            terms.append(table.wait_kind == WaitKind.PERSON.value)
        return and_(True, *terms)  # noqa: FBT003  (SQL's TRUE: an empty filter takes all)
