"""Records as documents: load, save with an optimistic version, find by key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from backhaul.entities import Key, Record
from backhaul.sdk.errors import ConflictError
from backhaul.sdk.json import Document
from backhaul.store.pairs import grouped
from backhaul.store.statements import updating
from backhaul.store.tables.records import record_keys, records

_LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as it is stored; its document in the shape of the release that wrote it (`schema_version`)."""

    entity: str
    id: str
    version: int
    schema_version: int
    deleted: bool
    origin: str
    document: Document = field(repr=False)

    def typed(self, entities: Mapping[str, type[Record]]) -> Record:
        """The canonical record, brought to the current schema version."""
        model = entities[self.entity]
        current = self.document
        if self.schema_version != model.schema_version:
            current = model.upcast(dict(self.document), self.schema_version)
        return model.model_validate(current)


Ref = tuple[str, str]

_version_of = select(records.c.version).where(
    records.c.entity == bindparam("what"), records.c.id == bindparam("which"), records.c.deleted.is_(False)
)
_versions_of = select(records.c.id, records.c.version).where(
    records.c.entity == bindparam("what"),
    records.c.id.in_(bindparam("which", expanding=True)),
    records.c.deleted.is_(False),
)
_many = select(records).where(
    records.c.entity == bindparam("what"), records.c.id.in_(bindparam("which", expanding=True))
)
_own = (record_keys.c.entity == bindparam("what"), record_keys.c.id == bindparam("which"))
_keys_of = select(record_keys.c.kind, record_keys.c.value).where(*_own)
_drop_key = delete(record_keys).where(
    *_own, record_keys.c.kind == bindparam("old_kind"), record_keys.c.value == bindparam("old_value")
)
_add_key = insert(record_keys)
_by_key = select(record_keys.c.id).where(
    record_keys.c.entity == bindparam("what"),
    record_keys.c.kind == bindparam("of_kind"),
    record_keys.c.value.in_(bindparam("which", expanding=True)),
)


@lru_cache(maxsize=4)
def _insert_or_nothing(insert_for: Any) -> Any:
    statement = insert_for(records).on_conflict_do_nothing()
    return statement.execution_options(preserve_rowcount=True)


class Records:
    """The table of records and their keys, within one transaction."""

    def __init__(self, connection: Connection, insert_for: Any, now: float) -> None:
        self._connection = connection
        self._insert_or_nothing = _insert_or_nothing(insert_for)
        self._now = now

    def get(self, entity: str, id: str) -> StoredRecord | None:  # noqa: A002
        """The stored record, tombstones included; None when there never was one."""
        return self.many([(entity, id)]).get((entity, id))

    def version_of(self, ref: Ref) -> int | None:
        """The version of a live record; None for a tombstone or none at all."""
        found = self._connection.execute(_version_of, {"what": ref[0], "which": ref[1]})
        return found.scalar_one_or_none()

    def versions_of(self, refs: Iterable[Ref]) -> dict[Ref, int]:
        """The versions of live records."""
        found: dict[Ref, int] = {}
        for entity, ids in grouped(refs).items():
            rows = self._connection.execute(_versions_of, {"what": entity, "which": ids})
            found |= {(entity, row.id): row.version for row in rows}
        return found

    def many(self, refs: Iterable[Ref]) -> dict[Ref, StoredRecord]:
        """The stored records among `refs`."""
        found: dict[Ref, StoredRecord] = {}
        for entity, ids in grouped(refs).items():
            rows = self._connection.execute(_many, {"what": entity, "which": ids})
            found |= {(row.entity, row.id): _stored(row) for row in rows}
        return found

    def insert(self, record: Record) -> None:
        """Store a new record. Raises ConflictError when its id is taken."""
        row = {**self._row(record), "created_at": self._now}
        if self._connection.execute(self._insert_or_nothing, row).rowcount != 1:
            taken = self.get(record.entity, record.id)
            version = f" at version {taken.version}" if taken is not None else ""
            msg = f"The {record.entity} {record.id} exists already{version}."
            raise ConflictError(msg, hint="Change it instead of creating it, or use another id.")
        self._add_keys(record, self._keys(record))

    def update(self, record: Record, expected_version: int) -> None:
        """Store a new version. Raises ConflictError when somebody else saved in between."""
        key = {"entity": record.entity, "id": record.id, "version": expected_version, "deleted": False}
        if self._connection.execute(*updating(records, key, self._row(record))).rowcount != 1:
            msg = f"The {record.entity} {record.id} is no longer at version {expected_version}."
            raise ConflictError(msg, hint="Read it again and repeat the change.")
        self._index(record)

    def entomb(self, entity: str, id: str, version: int, origin: str) -> None:  # noqa: A002
        """Turn a record into a tombstone of this new version; its cross references stay, its keys go.

        What it names stays known: at a back office it is deleted before that. Raises ConflictError when there
        is no live record of a lower version.
        """
        statement = (
            update(records)
            .where(
                records.c.entity == entity,
                records.c.id == id,
                records.c.version < version,
                records.c.deleted.is_(False),
            )
            .values(deleted=True, version=version, origin=origin, updated_at=self._now)
        )
        if self._connection.execute(statement).rowcount != 1:
            msg = f"The {entity} {id} was changed or deleted before it could be deleted as version {version}."
            raise ConflictError(msg, hint="Read it again and repeat the deletion.")
        own = (record_keys.c.entity == entity, record_keys.c.id == id)
        self._connection.execute(delete(record_keys).where(*own, record_keys.c.kind.not_like("@%")))

    def _row(self, record: Record) -> dict[str, object]:
        status = getattr(record, "status", None)
        return {
            "entity": record.entity,
            "id": record.id,
            "version": record.version,
            "ordering_key": record.ordering_key(),
            "status": str(status) if status is not None else None,
            "schema_version": record.schema_version,
            "deleted": False,
            "origin": record.origin,
            "document": record.model_dump(mode="json", exclude_none=True),
            "updated_at": self._now,
        }

    def _keys(self, record: Record) -> dict[tuple[str, str], bool]:
        keys = record.keys()
        wanted = {(key.kind, _stored_value(key)): key.strong for key in keys}
        # Indexed under what it names as well, so that the owners of an embedded record are found.
        return wanted | {(f"@{reference.entity}", reference.id): False for reference in record.references()}

    def _index(self, record: Record) -> None:
        wanted = self._keys(record)
        own = {"what": record.entity, "which": record.id}
        present = {(row.kind, row.value) for row in self._connection.execute(_keys_of, own)}
        for kind, value in present - set(wanted):
            self._connection.execute(_drop_key, {**own, "old_kind": kind, "old_value": value})
        self._add_keys(record, {key: strong for key, strong in wanted.items() if key not in present})

    def _add_keys(self, record: Record, keys: Mapping[tuple[str, str], bool]) -> None:
        rows = [
            {"entity": record.entity, "kind": kind, "value": value, "id": record.id, "strong": strong}
            for (kind, value), strong in keys.items()
        ]
        if rows:
            self._connection.execute(_add_key, rows)

    def by_keys(self, entity: str, keys: Sequence[Key]) -> list[str]:
        """The ids of records that have any of these keys, each once, in order."""
        if not keys:
            return []
        wanted = grouped((key.kind, _stored_value(key)) for key in keys)
        found: set[str] = set()
        # A look-up per kind, and sorted here: for OR or ORDER BY, SQLite reads every key of the entity.
        for kind, values in wanted.items():
            which = {"what": entity, "of_kind": kind, "which": values}
            found.update(self._connection.execute(_by_key, which).scalars())
        return sorted(found)

    def with_all_keys(
        self, entity: str, keys: Sequence[Key], *, after: str | None, limit: int
    ) -> list[StoredRecord]:
        """A page of live records that have every one of these keys, ordered by id."""
        query = select(records).where(records.c.entity == entity, records.c.deleted.is_(False))
        for key in keys:
            matching = select(record_keys.c.id).where(
                record_keys.c.entity == entity,
                record_keys.c.kind == key.kind,
                record_keys.c.value == _stored_value(key),
            )
            query = query.where(records.c.id.in_(matching))
        if after is not None:
            query = query.where(records.c.id > after)
        found = self._connection.execute(query.order_by(records.c.id).limit(limit))
        return [_stored(row) for row in found]


def _stored_value(key: Key) -> str:
    # Cutting alone would make two long keys one, and a strong key matches automatically.
    if len(key.value) <= _LONGEST_KEY:
        return key.value
    digest = hashlib.sha256(key.value.encode()).hexdigest()
    return f"{key.value[: _LONGEST_KEY - len(digest)]}{digest}"


def _stored(row: Row[tuple[object, ...]]) -> StoredRecord:
    document = {**row.document, "version": row.version, "origin": row.origin}
    return StoredRecord(
        row.entity, row.id, row.version, row.schema_version, row.deleted, row.origin, document
    )
