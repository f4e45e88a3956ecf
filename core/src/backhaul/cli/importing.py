"""An import: rows of an export saved in batches, so that it can be repeated at any time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Any

from backhaul.bootstrap import Backhaul
from backhaul.entities import Record
from backhaul.processes.importing import ImportedRow, Reject
from backhaul.sdk.errors import BackhaulError, ConflictError
from backhaul.sdk.json import Document
from backhaul.store.records import StoredRecord

_TRIES = 5
#: What the front office keeps itself; a file never says it.
_KEPT = {"id", "version", "created_at", "updated_at", "origin"}


@dataclass(slots=True)
class Tally:
    """What became of the rows of one entity."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    deliveries: int = 0
    kept: Counter[str] = field(default_factory=Counter)
    """Fields that a back office owns and that were left as they are, and how often."""


@dataclass(slots=True)
class Import:
    """Saves rows in transactions of `batch`, contacts before accounts as they come.

    A row of a record that exists changes what it says and nothing else: an empty cell says nothing, and what
    a back office owns stays as it is. So importing the same file again changes nothing.
    """

    backhaul: Backhaul
    keep: Callable[[Reject], None]
    batch: int = 200
    tallies: dict[str, Tally] = field(default_factory=lambda: {"contact": Tally(), "account": Tally()})

    def known(self, entity: str, id: str) -> bool:  # noqa: A002
        """Whether a record exists, so that rows may refer to it."""
        with self.backhaul.store.read() as uow:
            return uow.records.version_of((entity, id)) is not None

    def run(self, rows: Iterable[ImportedRow | Reject]) -> Iterator[ImportedRow | Reject]:
        """Save the rows; each is given back when it is dealt with."""
        for _, of_entity in groupby(rows, key=_entity):
            while chunk := list(islice(of_entity, self.batch)):
                good = [row for row in chunk if isinstance(row, ImportedRow)]
                for row in chunk:
                    if isinstance(row, Reject):
                        self._reject(row)
                if good:
                    self._save(good)
                yield from chunk

    def _save(self, rows: list[ImportedRow]) -> None:
        """All in one transaction; if one of them is refused, each on its own."""
        try:
            self._save_together(rows)
        except BackhaulError:
            for row in rows:
                self._save_alone(row)

    def _save_alone(self, row: ImportedRow) -> None:
        for left in reversed(range(_TRIES)):
            try:
                self._save_together([row])
            except BackhaulError as error:
                # A delivery may have changed the record between reading and saving: read it again.
                if left and isinstance(error, ConflictError):
                    continue
                self._reject(row.refused("", error.message))
            return

    def _save_together(self, rows: list[ImportedRow]) -> None:
        with self.backhaul.store.read() as uow:
            stored = uow.records.many((row.record.entity, row.record.id) for row in rows)
        kept: Counter[str] = Counter()
        records = [
            self._merged(row.record, stored.get((row.record.entity, row.record.id)), kept) for row in rows
        ]
        saved = self.backhaul.front_office.save_all(records)
        tally = self.tallies[rows[0].record.entity]
        tally.kept += kept
        for before, after in zip(records, saved, strict=True):
            tally.deliveries += len(after.deliveries)
            if before.version == 0:
                tally.new += 1
            elif after.changed:
                tally.changed += 1
            else:
                tally.unchanged += 1

    def _merged(self, record: Record, stored: StoredRecord | None, kept: Counter[str]) -> Record:
        if stored is None or stored.deleted:
            return record
        document = stored.typed(self.backhaul.landscape.entities).model_dump(mode="json")
        said = record.model_dump(mode="json", exclude_unset=True, exclude_none=True, exclude=_KEPT)
        self._lay(record.entity, document, said, "", kept)
        return type(record).model_validate(document)

    def _lay(self, entity: str, document: Document, said: Document, prefix: str, kept: Counter[str]) -> None:
        """Lay what a row says over a document, except where a back office owns the field."""
        for name, value in said.items():
            before = document.get(name)
            if not prefix and isinstance(value, dict) and isinstance(before, dict):
                # As deep as the front office looks when it compares; a part keeps its own id.
                inner = {key: one for key, one in value.items() if key != "part_id"}
                self._lay(entity, before, inner, f"{name}.", kept)
                continue
            wanted = _together(before, value)
            if value in ([], {}) or wanted == before:
                continue
            if self.backhaul.landscape.ownership.foreign(entity, {prefix + name}):
                kept[prefix + name] += 1
            else:
                document[name] = wanted

    def _reject(self, reject: Reject) -> None:
        self.tallies[reject.entity].rejected += 1
        self.keep(reject)


def _entity(row: ImportedRow | Reject) -> str:
    return row.entity if isinstance(row, Reject) else row.record.entity


def _together(before: Any, said: Any) -> Any:
    """Lists of parts go together by part_id: those of the row change or join, the others stay."""
    if not (_identified(before) and _identified(said)):
        return said
    by_id = {part["part_id"]: part for part in before}
    for part in said:
        by_id[part["part_id"]] = {**by_id.get(part["part_id"], {}), **part}
    return list(by_id.values())


def _identified(parts: Any) -> bool:
    return isinstance(parts, list) and all(isinstance(part, dict) and "part_id" in part for part in parts)
