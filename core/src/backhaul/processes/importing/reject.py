"""Rows that are not imported."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Self

from backhaul.processes.importing.fault import Fault
from backhaul.processes.importing.masking import masked, spelled


@dataclasses.dataclass(frozen=True, slots=True)
class Reject:
    """A row that is not imported, and why.

    `line` is the physical line, from 1, on which the row begins (a cell may hold line breaks). `field` is the
    column, empty where the row as a whole is at fault. `row` is what was written, cell by cell, or one cell
    with the whole text where no cells can be told apart; card numbers are masked, bytes that are not UTF-8
    are spelled out. It is not part of the repr: it is personal data.
    """

    entity: str
    file: str
    line: int
    field: str
    reason: str
    columns: tuple[str, ...] = dataclasses.field(repr=False)
    row: tuple[str, ...] = dataclasses.field(repr=False)

    @classmethod
    def of(
        cls,
        fault: Fault,
        *,
        entity: str,
        file: str,
        line: int,
        columns: tuple[str, ...],
        cells: Sequence[str],
        plain: frozenset[int] = frozenset(),
    ) -> Self:
        """Return the reject of these cells; those at the positions `plain` cannot hold a card number."""
        row = [spelled(cell) if index in plain else masked(spelled(cell)) for index, cell in enumerate(cells)]
        return cls(entity, file, line, fault.field, fault.reason, columns, tuple(row))
