"""What a test looks at: everything that the store knows, and what is really committed."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from backhaul.store.deliveries import Delivery, DeliveryFilter
from backhaul.store.delivery_state import State
from backhaul.store.records import Ref, StoredRecord
from backhaul.store.sync_states import SyncState
from backhaul.store.unit_of_work import Store


class Views:
    """Read-only views of a deployment's store."""

    store: Store
    file: Path

    def deliveries(
        self, entity: str | None = None, record_id: str | None = None, office: str | None = None
    ) -> list[Delivery]:
        """Deliveries in the order of planning."""
        with self.store.read() as uow:
            chosen = DeliveryFilter(backoffice=office, entity=entity, record_id=record_id)
            return uow.deliveries.page(chosen, limit=100_000)

    def delivery(self, number: int) -> Delivery:
        """One delivery."""
        with self.store.read() as uow:
            found = uow.deliveries.get(number)
        assert found is not None
        return found

    def last(self, entity: str, record_id: str, office: str | None = None) -> Delivery:
        """The newest delivery of a record."""
        return self.deliveries(entity, record_id, office)[-1]

    def states(
        self, entity: str | None = None, record_id: str | None = None, office: str | None = None
    ) -> list[State]:
        """The states of deliveries in the order of planning."""
        return [one.state for one in self.deliveries(entity, record_id, office)]

    def attempts(self, delivery: int) -> list[dict[str, Any]]:
        """The attempts of a delivery."""
        with self.store.read() as uow:
            return uow.attempts.of(delivery)

    def sync(self, ref: Ref, office: str = "billing") -> SyncState:
        """What is known of a record at a back office."""
        with self.store.read() as uow:
            return uow.sync_states.get(office, ref)

    def bound(self, ref: Ref, office: str = "billing") -> dict[str, str]:
        """The external ids of a record at a back office, by resource."""
        with self.store.read() as uow:
            return dict(uow.cross_references.to_external(office, [ref])[ref])

    def stored(self, entity: str, record_id: str) -> StoredRecord | None:
        """The stored record, tombstones included."""
        with self.store.read() as uow:
            return uow.records.get(entity, record_id)

    def conflicts(self, entity: str, record_id: str) -> list[dict[str, Any]]:
        """The visible conflicts of a record."""
        with self.store.read() as uow:
            return uow.changes.conflicts_of((entity, record_id))

    def changes(self, entity: str, record_id: str) -> list[dict[str, Any]]:
        """The history of a record."""
        with self.store.read() as uow:
            return uow.changes.of((entity, record_id))

    def lane(self, lane: int) -> dict[str, Any]:
        """One lane as it is stored."""
        return self.row("SELECT * FROM lanes WHERE id = ?", lane)

    def row(self, query: str, *values: Any) -> dict[str, Any]:
        """One row of the database, through a connection of its own."""
        (found,) = self.rows(query, *values)
        return found

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """Rows of the database, as another process sees them: what is not committed is not there."""
        connection = sqlite3.connect(self.file)
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(query, values)]
        finally:
            connection.close()
