"""The state of each back office: shared by all workers, kept over restarts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select

from backhaul.store.tables.delivery import backoffice_states


class Health(StrEnum):
    """UP; DOWN and THROTTLED are tried again by one canary lane; REFUSED and PAUSED wait for a person."""

    UP = "up"
    DOWN = "down"
    THROTTLED = "throttled"
    REFUSED = "refused"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class BackOfficeState:
    """How a back office is, since when, why, and when its canary may try."""

    name: str
    health: Health = Health.UP
    reason: str | None = None
    since: float = 0.0
    try_at: float | None = None
    failures: int = 0


class BackOfficeStates:
    """The table of back office states, within one transaction."""

    def __init__(self, connection: Connection, insert: Any) -> None:
        self._connection = connection
        self._insert = insert

    def all(self) -> dict[str, BackOfficeState]:
        """Every state that was ever recorded."""
        rows = self._connection.execute(select(backoffice_states))
        return {
            row.name: BackOfficeState(
                row.name, Health(row.state), row.reason, row.since, row.try_at, row.failures
            )
            for row in rows
        }

    def get(self, name: str) -> BackOfficeState:
        """The state; UP where none was recorded."""
        return self.all().get(name, BackOfficeState(name))

    def put(self, state: BackOfficeState) -> None:
        """Record a state."""
        values = {
            "state": state.health.value,
            "reason": state.reason,
            "since": state.since,
            "try_at": state.try_at,
            "failures": state.failures,
        }
        statement = self._insert(backoffice_states).values(name=state.name, **values)
        statement = statement.on_conflict_do_update(index_elements=["name"], set_=values)
        self._connection.execute(statement)
