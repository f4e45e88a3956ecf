"""Cross references: our id and theirs, unique both ways (the verbs are OCA Binder's)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from backhaul.sdk.errors import ConflictError
from backhaul.store.pairs import grouped
from backhaul.store.records import Ref
from backhaul.store.tables.records import cross_references


@dataclass(frozen=True, slots=True)
class CrossReference:
    """One pair."""

    backoffice: str
    resource: str
    external_id: str
    entity: str
    record_id: str


_table = cross_references.c
_to_internal = select(cross_references).where(
    _table.backoffice == bindparam("where"),
    _table.resource == bindparam("what"),
    _table.external_id.in_(bindparam("which", expanding=True)),
)
_to_external = select(cross_references).where(
    _table.entity == bindparam("what"),
    _table.record_id.in_(bindparam("which", expanding=True)),
    _table.backoffice == bindparam("where"),
)
_either = select(cross_references).where(
    _table.backoffice == bindparam("backoffice"),
    _table.resource == bindparam("resource"),
    (_table.external_id == bindparam("external_id"))
    | ((_table.entity == bindparam("entity")) & (_table.record_id == bindparam("record_id"))),
)


_insert = insert(cross_references)


@lru_cache(maxsize=4)
def _insert_or_nothing(insert_for: Any) -> Any:
    statement = insert_for(cross_references).on_conflict_do_nothing()
    return statement.execution_options(preserve_rowcount=True)


class CrossReferences:
    """The table of cross references, within one transaction."""

    def __init__(self, connection: Connection, insert_for: Any, now: float) -> None:
        self._connection = connection
        self._insert_or_nothing = _insert_or_nothing(insert_for)
        self._now = now

    def to_internal(self, backoffice: str, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Ref]:
        """Our records behind pairs of (resource, external id)."""
        found: dict[tuple[str, str], Ref] = {}
        for resource, ids in grouped(pairs).items():
            which = {"where": backoffice, "what": resource, "which": ids}
            rows = self._connection.execute(_to_internal, which)
            found |= {(row.resource, row.external_id): (row.entity, row.record_id) for row in rows}
        return found

    def to_external(self, backoffice: str, refs: Iterable[Ref]) -> dict[Ref, dict[str, str]]:
        """Per record, its external ids at one back office by resource."""
        bound: dict[Ref, dict[str, str]] = defaultdict(dict)
        for entity, ids in grouped(refs).items():
            which = {"where": backoffice, "what": entity, "which": ids}
            for row in self._connection.execute(_to_external, which):
                bound[row.entity, row.record_id][row.resource] = row.external_id
        return bound

    def bind(self, backoffice: str, resource: str, external_id: str, ref: Ref) -> bool:
        """Bind; True when the pair is new. Never rebinds: another pair raises ConflictError."""
        row = {
            "backoffice": backoffice,
            "resource": resource,
            "external_id": external_id,
            "entity": ref[0],
            "record_id": ref[1],
            "bound_at": self._now,
        }
        if self._connection.execute(self._insert_or_nothing, row).rowcount == 1:
            return True
        for other in self._connection.execute(_either, row):
            if (other.external_id, other.entity, other.record_id) == (external_id, *ref):
                return False
            msg = (
                f"{backoffice} {resource} {external_id} cannot be bound to {ref[0]} {ref[1]}: "
                f"{other.external_id} is bound to {other.entity} {other.record_id}."
            )
            raise ConflictError(msg, hint="Find out which of the two is right; 'backhaul xref' shows both.")
        msg = f"{backoffice} {resource} {external_id} was bound and unbound meanwhile."
        raise ConflictError(msg, hint="Try again.")

    def bind_new(self, backoffice: str, pairs: Iterable[tuple[str, str, Ref]]) -> None:
        """Bind many pairs that are known to be free; the database refuses all of them if one is not."""
        rows = [
            {
                "backoffice": backoffice,
                "resource": resource,
                "external_id": external_id,
                "entity": ref[0],
                "record_id": ref[1],
                "bound_at": self._now,
            }
            for resource, external_id, ref in pairs
        ]
        if rows:
            self._connection.execute(_insert, rows)

    def unbind(self, backoffice: str, resource: str, external_id: str) -> bool:
        """Remove a pair; True when there was one."""
        table = cross_references.c
        statement = delete(cross_references).where(
            table.backoffice == backoffice, table.resource == resource, table.external_id == external_id
        )
        return self._connection.execute(statement).rowcount == 1

    def bound_at(self, ref: Ref) -> set[str]:
        """The back offices that know a record under any resource."""
        table = cross_references.c
        query = select(table.backoffice).where(table.entity == ref[0], table.record_id == ref[1]).distinct()
        return set(self._connection.execute(query).scalars())

    def all(self, backoffice: str | None = None) -> Iterable[CrossReference]:
        """Every pair, ordered; streamed."""
        table = cross_references.c
        query = select(cross_references).order_by(table.backoffice, table.resource, table.external_id)
        if backoffice is not None:
            query = query.where(table.backoffice == backoffice)
        for row in self._connection.execute(query):
            yield CrossReference(row.backoffice, row.resource, row.external_id, row.entity, row.record_id)
