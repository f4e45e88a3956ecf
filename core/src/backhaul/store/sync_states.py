"""What is known of a record at one back office: its presence there, the version sent, and the base."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from backhaul.sdk.errors import ConflictError
from backhaul.sdk.json import Json
from backhaul.sdk.reply import Stamp
from backhaul.store.pairs import grouped
from backhaul.store.records import Ref
from backhaul.store.tables.delivery import deliveries
from backhaul.store.tables.records import sync_states


class Presence(StrEnum):
    """Whether the back office has the record. EXISTING: it said yes to a create, its id is not known yet."""

    ABSENT = "absent"
    EXISTING = "existing"
    BOUND = "bound"


@dataclass(slots=True)
class SyncState:
    """Per (back office, record).

    `base` is per wire field the value last agreed with that system; `stamps` the sender's stamp per field;
    `disputes` fields where both keep answering with the same difference.
    """

    backoffice: str
    entity: str
    record_id: str
    presence: Presence = Presence.ABSENT
    sent_version: int = 0
    base: dict[str, Json] = field(default_factory=dict, repr=False)
    stamps: dict[str, Stamp] = field(default_factory=dict, repr=False)
    disputes: dict[str, Any] = field(default_factory=dict, repr=False)
    revision: int = 0


_table = sync_states.c
_many = select(sync_states).where(
    _table.backoffice == bindparam("where"),
    _table.entity == bindparam("what"),
    _table.record_id.in_(bindparam("which", expanding=True)),
)
_revisions = select(_table.record_id, _table.revision).where(
    _table.backoffice == bindparam("where"),
    _table.entity == bindparam("what"),
    _table.record_id.in_(bindparam("which", expanding=True)),
)
_bound_to = select(_table.backoffice).where(
    _table.entity == bindparam("what"),
    _table.record_id == bindparam("which"),
    _table.presence == Presence.BOUND.value,
)
_FACTS = ("presence", "sent_version", "base", "stamps", "disputes", "revision")


@lru_cache(maxsize=4)
def _put(insert_for: Any) -> Any:
    statement = insert_for(sync_states)
    statement = statement.on_conflict_do_update(
        index_elements=["backoffice", "entity", "record_id"],
        set_={name: statement.excluded[name] for name in _FACTS},
        where=_table.revision == bindparam("read_revision"),
    )
    return statement.execution_options(preserve_rowcount=True)


def _row(state: SyncState) -> dict[str, Any]:
    return {
        "backoffice": state.backoffice,
        "entity": state.entity,
        "record_id": state.record_id,
        "presence": state.presence.value,
        "sent_version": state.sent_version,
        "base": state.base,
        "stamps": state.stamps,
        "disputes": state.disputes,
        "revision": state.revision + 1,
        "read_revision": state.revision,
    }


class SyncStates:
    """The table of sync states, within one transaction."""

    def __init__(self, connection: Connection, insert: Any) -> None:
        self._connection = connection
        self._insert = insert

    def get(self, backoffice: str, ref: Ref) -> SyncState:
        """The state; a fresh one, ABSENT, where nothing is known."""
        return self.many(backoffice, [ref]).get(ref) or SyncState(backoffice, *ref)

    def many(self, backoffice: str, refs: Iterable[Ref]) -> dict[Ref, SyncState]:
        """The states that are known among `refs`."""
        found: dict[Ref, SyncState] = {}
        for entity, ids in grouped(refs).items():
            which = {"where": backoffice, "what": entity, "which": ids}
            for row in self._connection.execute(_many, which):
                state = SyncState(*row)
                state.presence = Presence(row.presence)
                found[row.entity, row.record_id] = state
        return found

    def revisions(self, backoffice: str, refs: Iterable[Ref]) -> dict[Ref, int]:
        """How often each state was stored; what is unknown is left out."""
        found: dict[Ref, int] = {}
        for entity, ids in grouped(refs).items():
            which = {"where": backoffice, "what": entity, "which": ids}
            rows = self._connection.execute(_revisions, which)
            found |= {(entity, row.record_id): row.revision for row in rows}
        return found

    def put_all(self, states: Iterable[SyncState]) -> None:
        """Store states whose revisions were just checked in this transaction.

        Raises ConflictError, for the caller to undo all of them, when one changed in between after all.
        """
        rows = [_row(state) for state in states]
        if rows and self._connection.execute(_put(self._insert), rows).rowcount != len(rows):
            msg = "A record was merged by somebody else while its answer was being settled."
            raise ConflictError(msg, hint="Settle it alone.")

    def put(self, state: SyncState) -> bool:
        """Store the state as a whole; False, and nothing stored, when it changed since it was read."""
        stored = bool(self._connection.execute(_put(self._insert), _row(state)).rowcount == 1)
        if stored:
            state.revision += 1  # what we stored ourselves is no change by somebody else
        return stored

    def unbound(self, backoffice: str, entity: str) -> list[int]:
        """The newest deliveries of records that exist there under an id that is not known yet."""
        table = sync_states.c
        existing = select(table.record_id).where(
            table.backoffice == backoffice, table.entity == entity, table.presence == Presence.EXISTING.value
        )
        query = (
            select(func.max(deliveries.c.id))
            .where(
                deliveries.c.entity == entity,
                deliveries.c.record_id.in_(existing),
                deliveries.c.backoffice == backoffice,
            )
            .group_by(deliveries.c.record_id)
        )
        return [found for found in self._connection.execute(query).scalars() if found is not None]

    def bound_to(self, ref: Ref) -> list[str]:
        """The back offices where the record is bound."""
        which = {"what": ref[0], "which": ref[1]}
        return list(self._connection.execute(_bound_to, which).scalars())
