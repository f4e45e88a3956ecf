"""The first reading of an export: which rows are good, down to the rows they refer to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from backhaul.entities import Record, Reference
from backhaul.processes.importing.export_file import SourceRow
from backhaul.processes.importing.fault import Fault

Known = Callable[[str, str], bool]
"""Whether a record of this entity with this id exists already."""


@dataclass(slots=True)
class _Claim:
    """The first row that carries an id."""

    file: str
    line: int
    digest: bytes
    references: tuple[Reference, ...] = ()


_Named = tuple[str, str]  # entity, id


class Survey:
    """Collects faults; holds ids, digests and references, but no rows, so that exports may be large."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._claims: dict[_Named, _Claim] = {}
        self._strong: dict[tuple[str, str, str], int] = {}
        self._faults: dict[tuple[str, int], Fault] = {}

    def add(self, row: SourceRow) -> None:
        """Take note of a row."""
        fault = row.misshapen() or self._fault(row)
        if fault:
            self._faults[row.layout.entity, row.line] = fault

    def fault(self, row: SourceRow) -> Fault | None:
        """Return why this row is rejected, None when it is good. Asked after `settle`."""
        return self._faults.get((row.layout.entity, row.line))

    def settle(self) -> None:
        """Reject what refers to unknown or rejected rows, and parents that form a circle."""
        self._spread(self._unknown())
        self._spread(self._circular())

    def _fault(self, row: SourceRow) -> Fault | None:
        record = row.layout.record(row.columns, row.written.cells)
        try:
            own_id = row.layout.id_column.cell(row.id_cell())
        except ValueError:
            own_id = None  # the record is a fault that says why
        claim = None
        if own_id is not None:
            mine = _Claim(Path(row.file).name, row.line, _digest(row))
            claim = self._claims.setdefault((row.layout.entity, str(own_id)), mine)
            if claim is not mine:
                return _repeated(row, str(own_id), claim, mine)
        if isinstance(record, Fault) or claim is None:
            return record if isinstance(record, Fault) else None
        claim.references = record.references()
        return self._taken(record, row)

    def _taken(self, record: Record, row: SourceRow) -> Fault | None:
        strong = [key for key in record.keys() if key.strong]  # noqa: SIM118  (not a mapping)
        for key in strong:
            line = self._strong.get((record.entity, key.kind, key.value))
            if line is not None:
                return Fault(key.kind, f"belongs to another {record.entity} already, in line {line}")
        for key in strong:
            self._strong[record.entity, key.kind, key.value] = row.line
        return None

    def _good(self, name: _Named) -> bool:
        claim = self._claims.get(name)
        return claim is not None and (name[0], claim.line) not in self._faults

    def _unknown(self) -> Iterator[_Named]:
        """Yield the rows that are bad in themselves, or refer to what is nowhere."""
        for name, claim in self._claims.items():
            if self._good(name):
                for reference in claim.references:
                    target = reference.entity, reference.id
                    if target not in self._claims and not self._known(*target):
                        reason = f"names the {' '.join(target)}, which is not in the export and not known"
                        self._faults.setdefault((name[0], claim.line), Fault(reference.path, reason))
            if not self._good(name):
                yield name

    def _circular(self) -> Iterator[_Named]:
        """Yield the good rows that stand above themselves."""
        for circle in circles(self._parents()):
            names = [name for _, name in circle]
            for entity, own_id in circle:
                reason = f"the accounts are each other's parents: {' → '.join([*names, names[0]])}"
                self._faults[entity, self._claims[entity, own_id].line] = Fault("parent_account_id", reason)
            yield from circle

    def _parents(self) -> dict[_Named, _Named]:
        return {
            name: (reference.entity, reference.id)
            for name, claim in self._claims.items()
            if self._good(name)
            for reference in claim.references
            if reference.path == "parent_account_id"
        }

    def _spread(self, bad: Iterable[_Named]) -> None:
        """Reject every good row that refers to a bad one, directly or through others."""
        queue = deque(bad)
        referring = self._referring()
        while queue:
            target = queue.popleft()
            claim = self._claims[target]
            for name, path in referring.get(target, ()):
                if self._good(name) and not self._known(*target):
                    reason = (
                        f"names the {' '.join(target)}, which is rejected ({claim.file}, line {claim.line})"
                    )
                    self._faults[name[0], self._claims[name].line] = Fault(path, reason)
                    queue.append(name)

    def _referring(self) -> dict[_Named, list[tuple[_Named, str]]]:
        found: dict[_Named, list[tuple[_Named, str]]] = {}
        for name, claim in self._claims.items():
            for reference in claim.references:
                found.setdefault((reference.entity, reference.id), []).append((name, reference.path))
        return found


def circles(above: Mapping[_Named, _Named]) -> Iterator[list[_Named]]:
    """Yield each circle in a mapping from a node to the one above it, once."""
    seen: set[_Named] = set()
    for start in above:
        trail: dict[_Named, int] = {}
        node = start
        while node in above and node not in seen:
            seen.add(node)
            trail[node] = len(trail)
            node = above[node]
        if node in trail:
            yield list(trail)[trail[node] :]


def _digest(row: SourceRow) -> bytes:
    digest = blake2b(digest_size=16)
    for cell in row.written.cells:
        content = cell.strip().encode("utf-8", errors="surrogateescape")
        digest.update(b"%d:%b" % (len(content), content))
    return digest.digest()


def _repeated(row: SourceRow, own_id: str, first: _Claim, again: _Claim) -> Fault:
    column = row.layout.id_column.name
    if first.digest == again.digest:
        return Fault(column, f"duplicate of line {first.line}")
    return Fault(
        column, f"{own_id} stands in line {first.line} already, with other content; one of them is wrong"
    )
