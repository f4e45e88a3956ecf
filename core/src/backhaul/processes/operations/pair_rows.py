"""Pairs of ids as rows of a CSV file: read with the reason for each row that is none."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from backhaul.sdk.errors import MappingError
from backhaul.store.cross_references import CrossReference
from backhaul.store.records import Ref

COLUMNS = ("back_office", "resource", "external_id", "entity", "record_id")
_LONGEST = 255


@dataclass(frozen=True, slots=True)
class PairRow:
    """One row, and the line of the file where it ends."""

    line: int
    pair: CrossReference

    @property
    def ref(self) -> Ref:
        """The record that it names."""
        return self.pair.entity, self.pair.record_id


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not taken, and why."""

    line: int
    reason: str


def cells_of(pair: CrossReference) -> tuple[str, ...]:
    """The row of a pair, in the order of COLUMNS."""
    return pair.backoffice, pair.resource, pair.external_id, pair.entity, pair.record_id


def pair_rows(lines: Iterable[str]) -> Iterator[PairRow | RefusedRow]:
    """The rows of a CSV text whose first line names the columns, in any order.

    Raises MappingError for another header: then no row means what it seems to.
    """
    reader = csv.reader(lines, strict=True)
    order: list[int] | None = None
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            if order is None:
                raise _no_header(str(error)) from None
            yield RefusedRow(reader.line_num, f"it is no CSV: {error}")
            continue
        if order is None:
            order = _order(cells)
        elif cells:
            yield _row(reader.line_num, cells, order)
    if order is None:
        raise _no_header("the file is empty")


def _order(header: list[str]) -> list[int]:
    # Spreadsheets write a byte order mark, which is no part of the name.
    names = [name.removeprefix("\ufeff").strip() for name in header]
    if sorted(names) != sorted(COLUMNS):
        raise _no_header(f"its first line has: {', '.join(names) or 'nothing'}")
    return [names.index(name) for name in COLUMNS]


def _no_header(found: str) -> MappingError:
    msg = f"This is no file of cross references: {found}."
    return MappingError(msg, path="1", hint=f"Its first line must be: {','.join(COLUMNS)}")


def _row(line: int, cells: list[str], order: list[int]) -> PairRow | RefusedRow:
    if len(cells) != len(COLUMNS):
        return RefusedRow(line, f"it has {len(cells)} cells instead of {len(COLUMNS)}")
    values = [cells[place] for place in order]
    for name, value in zip(COLUMNS, values, strict=True):
        reason = _unfit(value)
        if reason is not None:
            return RefusedRow(line, f"{name} {reason}")
    return PairRow(line, CrossReference(*values))


def _unfit(value: str) -> str | None:
    if not value:
        return "is empty"
    if value != value.strip():
        return "has blanks around it"
    if len(value) > _LONGEST:
        return f"is longer than {_LONGEST} characters"
    return None if value.isprintable() else "has characters that no id has"


def unknown_name(what: str, name: str, known: Collection[str], more: str = "") -> str:
    """The reason for a name that nobody knows, with those there are."""
    names = ", ".join(sorted(known)) or "none"
    return f"there is no {what} {name!r} (known: {names}){more}"
