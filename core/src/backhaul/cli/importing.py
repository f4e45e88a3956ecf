"""An import: rows of an export saved in batches, so that it can be repeated at any time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import groupby, islice
from typing import Any

from backhaul.bootstrap import Backhaul
from backhaul.entities import Record
from backhaul.processes.importing import ImportedRow, Reject
from backhaul.sdk.errors import BackhaulError, ConflictError, RejectedError
from backhaul.store.records import StoredRecord

_TRIES = 5
#: What the front office keeps itself; a file never says it.
_MONEY = {"amount", "currency"}
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

    def as_json(self) -> dict[str, Any]:
        """The tally as JSON."""
        return {**asdict(self), "kept": dict(self.kept)}


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
        said = record.model_dump(mode="json", exclude_unset=True, exclude_none=True, exclude=_KEPT)
        try:
            before = stored.typed(self.backhaul.landscape.entities).model_dump(mode="json")
            after = {
                name: self._laid(record.entity, name, before.get(name), said[name], kept) for name in said
            }
            return type(record).model_validate({**before, **after})
        except ValueError as error:
            # Without the validation's text: it quotes what is stored.
            msg = f"together with what is stored of it, it would be no valid {record.entity}"
            raise RejectedError(msg, code="invalid") from error

    def _laid(self, entity: str, path: str, before: Any, said: Any, kept: Counter[str]) -> Any:
        """What a row says, laid over a stored value at any depth, except where a back office owns it."""
        if said in ([], {}) or said == before:
            return before
        if isinstance(said, dict) and said.keys() != _MONEY:
            # A part that exists keeps its own id.
            known = {"part_id": said["part_id"]} if before is None and "part_id" in said else before or {}
            return known | {
                name: self._laid(entity, f"{path}.{name}", known.get(name), one, kept)
                for name, one in said.items()
                if name != "part_id"
            }
        if _identified(said) and _identified(before or []):
            by_id = {part["part_id"]: part for part in before or []}
            for part in said:
                by_id[part["part_id"]] = self._laid(entity, path, by_id.get(part["part_id"]), part, kept)
            return list(by_id.values())
        if self.backhaul.landscape.ownership.foreign(entity, {path}):
            kept[path] += 1
            return before
        return said

    def _reject(self, reject: Reject) -> None:
        self.tallies[reject.entity].rejected += 1
        self.keep(reject)


def _entity(row: ImportedRow | Reject) -> str:
    return row.entity if isinstance(row, Reject) else row.record.entity


def _identified(parts: Any) -> bool:
    """Whether it is a list of parts: these go together by part_id, and the others stay."""
    return isinstance(parts, list) and all(isinstance(part, dict) and "part_id" in part for part in parts)
