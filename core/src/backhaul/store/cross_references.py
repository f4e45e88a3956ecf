"""Cross references: our id and theirs, unique both ways (the verbs are OCA Binder's)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from backhaul.sdk.errors import ConflictError
from backhaul.store.pairs import among
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


class CrossReferences:
    """The table of cross references, within one transaction."""

    def __init__(self, connection: Connection, now: float) -> None:
        self._connection = connection
        self._now = now

    def to_internal(self, backoffice: str, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Ref]:
        """Our records behind pairs of (resource, external id)."""
        wanted = list(set(pairs))
        if not wanted:
            return {}
        table = cross_references.c
        query = select(cross_references).where(
            table.backoffice == backoffice, among(table.resource, table.external_id, wanted)
        )
        found = self._connection.execute(query)
        return {(row.resource, row.external_id): (row.entity, row.record_id) for row in found}

    def to_external(self, backoffice: str, refs: Iterable[Ref]) -> dict[Ref, dict[str, str]]:
        """Per record, its external ids at one back office by resource."""
        wanted = list(set(refs))
        bound: dict[Ref, dict[str, str]] = defaultdict(dict)
        if not wanted:
            return bound
        table = cross_references.c
        query = select(cross_references).where(
            table.backoffice == backoffice, among(table.entity, table.record_id, wanted)
        )
        for row in self._connection.execute(query):
            bound[row.entity, row.record_id][row.resource] = row.external_id
        return bound

    def bind(self, backoffice: str, resource: str, external_id: str, ref: Ref) -> bool:
        """Bind; True when the pair is new. Never rebinds: another pair raises ConflictError."""
        table = cross_references.c
        query = select(cross_references).where(
            table.backoffice == backoffice,
            table.resource == resource,
            (table.external_id == external_id) | ((table.entity == ref[0]) & (table.record_id == ref[1])),
        )
        for row in self._connection.execute(query):
            if (row.external_id, row.entity, row.record_id) == (external_id, *ref):
                return False
            msg = (
                f"{backoffice} {resource} {external_id} cannot be bound to {ref[0]} {ref[1]}: "
                f"{row.external_id} is bound to {row.entity} {row.record_id}."
            )
            raise ConflictError(msg, hint="Find out which of the two is right; 'backhaul xref' shows both.")
        self._connection.execute(
            insert(cross_references).values(
                backoffice=backoffice,
                resource=resource,
                external_id=external_id,
                entity=ref[0],
                record_id=ref[1],
                bound_at=self._now,
            )
        )
        return True

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
