"""Layouts: which columns a file has and what stands in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from backhaul.entities import Record, card_numbers, clean_text
from backhaul.processes.importing.fault import Fault, united
from backhaul.processes.importing.masking import shown, undecoded
from backhaul.sdk.errors import ConfigurationError, MappingError

_CARD = "holds what looks like a payment card number; only the token of a payment provider may be kept"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, what stands in it, and how a cell that is not empty is read.

    `read` gets the trimmed text and raises ValueError with a reason. A required column is never empty. A
    telephone number that begins with + is not searched for card numbers: some would look like one.
    """

    name: str
    meaning: str
    read: Callable[[str], object]
    required: bool = False
    telephone: bool = False

    def cell(self, written: str) -> object:
        """Return the value of a cell, None when it is empty. Raises ValueError with a reason."""
        if byte := undecoded(written):
            msg = f"is not UTF-8 (byte {byte}); save the export as UTF-8"
            raise ValueError(msg)
        # Cleaned before it is trimmed: trimming would silently drop some control characters.
        text = clean_text(written.replace("\r\n", "\n")).strip()
        if not text and self.required:
            msg = "is empty; every row needs it"
            raise ValueError(msg)
        if self.searched(text) and card_numbers(text):
            raise ValueError(_CARD)
        return self.read(text) if text else None

    def searched(self, written: str) -> bool:
        """Return whether a card number could stand in this cell."""
        return not (self.telephone and written.strip().startswith("+"))


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one file, and the record that a row becomes. The first column is the id of the row.

    `build` gets the values by column name; it raises MappingError with the column as its path.
    """

    entity: str
    columns: tuple[Column, ...]
    build: Callable[[Mapping[str, Any]], Record]

    @property
    def names(self) -> tuple[str, ...]:
        """The column names, in the order of the layout."""
        return tuple(column.name for column in self.columns)

    @property
    def id_column(self) -> Column:
        """The column that tells the rows apart."""
        return self.columns[0]

    def ordered(self, header: Sequence[str], file: str, line: int) -> tuple[Column, ...]:
        """Return the columns in the order of this header; each must stand there once, and no others.

        Raises ConfigurationError that names the nearest column.
        """
        written = [name.strip() for name in header]
        by_name = {column.name: column for column in self.columns}
        missing = [name for name in by_name if name not in written]
        unknown = [name for name in written if name not in by_name]
        twice = next((name for name in written if written.count(name) > 1), None)
        if missing:
            raise _misfit(
                file, line, f"the column {missing[0]!r} is missing", missing[0], unknown, self.names
            )
        if twice is not None:
            raise ConfigurationError(f"the column {shown(twice)} stands twice", file=file, line=line)
        if unknown:
            raise _misfit(
                file, line, f"there is no column {shown(unknown[0])}", unknown[0], list(by_name), self.names
            )
        return tuple(by_name[name] for name in written)

    def record(self, columns: Sequence[Column], cells: Sequence[str]) -> Record | Fault:
        """Return the record of a row, or its faults as one."""
        values: dict[str, object] = {}
        faults: list[Fault] = []
        for column, cell in zip(columns, cells, strict=True):
            try:
                values[column.name] = column.cell(cell)
            except ValueError as error:
                faults.append(Fault(column.name, str(error)))
        return united(faults) if faults else self._built(values)

    def _built(self, values: Mapping[str, object]) -> Record | Fault:
        try:
            return self.build(values)
        except MappingError as error:
            return Fault(error.path, error.message)
        except ValidationError as error:
            return united([_as_fault(one["loc"], one["msg"]) for one in error.errors(include_input=False)])


def _as_fault(place: tuple[int | str, ...], message: str) -> Fault:
    return Fault(".".join(map(str, place)), message.removeprefix("Value error, "))


def _misfit(
    file: str, line: int, message: str, name: str, candidates: Sequence[str], layout: Sequence[str]
) -> ConfigurationError:
    by_folded = {candidate.casefold(): candidate for candidate in candidates}
    near = get_close_matches(name.casefold(), by_folded, n=1)
    if near:
        message += f"; the nearest column is {shown(by_folded[near[0]])}"
    return ConfigurationError(message, file=file, line=line, hint=f"The columns are: {', '.join(layout)}.")
