"""A file of an export."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from backhaul.processes.importing.fault import Fault
from backhaul.processes.importing.layout import Column, Layout
from backhaul.processes.importing.physical_row import PhysicalRow, physical_rows
from backhaul.processes.importing.reject import Reject
from backhaul.sdk.errors import ConfigurationError, ConflictError

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row below the header: where it stands, and its cells as written."""

    layout: Layout
    file: str
    columns: tuple[Column, ...]
    written: PhysicalRow

    @property
    def line(self) -> int:
        """The physical line on which the row begins."""
        return self.written.line

    def misshapen(self) -> Fault | None:
        """Return why the cells cannot be told apart by column; None when they can."""
        found, wanted = len(self.written.cells), len(self.columns)
        if self.written.fault or found == wanted:
            return Fault("", self.written.fault) if self.written.fault else None
        return Fault("", f"has {found} cells, but the header has {wanted}; check its commas and quotes")

    def id_cell(self) -> str:
        """Return the cell that tells the rows apart, as written; the row is not misshapen."""
        return self.written.cells[self.columns.index(self.layout.id_column)]

    def rejected(self, fault: Fault) -> Reject:
        """Return the reject of this row."""
        cells = self.written.cells
        plain = (
            frozenset()
            if self.misshapen()
            else frozenset(
                index
                for index, (column, cell) in enumerate(zip(self.columns, cells, strict=True))
                if not column.searched(cell)
            )
        )
        return Reject.of(
            fault,
            entity=self.layout.entity,
            file=self.file,
            line=self.line,
            columns=tuple(column.name for column in self.columns),
            cells=cells,
            plain=plain,
        )


class ExportFile:
    """One CSV file of an export, read as often as needed while it stays the same."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self.path = path
        self.layout = layout
        self._state: tuple[int, int, int] | None = None

    def rows(self) -> Iterator[SourceRow]:
        """Yield the rows below the header.

        Raises ConfigurationError when the file cannot be read, is not UTF-8 or has another header;
        ConflictError when it is no longer what was read before.
        """
        file = str(self.path)
        with self._opened() as source:
            rows = physical_rows(_lines(source))
            header = next(rows, None)
            if header is None:
                raise ConfigurationError("the file is empty", file=file, hint="Its first row is the header.")
            columns = self.layout.ordered(_header(header, file), file, header.line)
            for row in rows:
                yield SourceRow(self.layout, file, columns, row)
            self._unchanged(source)

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        file = str(self.path)
        if self.path.exists() and not self.path.is_file():
            raise ConfigurationError("not a regular file", file=file, hint="It is read twice: save it first.")
        try:
            source = self.path.open("rb")
        except OSError as error:
            raise ConfigurationError(f"cannot be read: {error.strerror}", file=file) from error
        with source:
            self._unchanged(source)
            if source.read(2) in _UTF_16:
                raise ConfigurationError("the file is UTF-16", file=file, hint="Save the export as UTF-8.")
            source.seek(0)
            yield source

    def _unchanged(self, source: BinaryIO) -> None:
        found = os.fstat(source.fileno())
        state = found.st_ino, found.st_size, found.st_mtime_ns
        if self._state not in (None, state):
            message = f"{self.path} changed while it was read; import it again when the export is complete"
            raise ConflictError(message)
        self._state = state


def _lines(source: BinaryIO) -> Iterator[str]:
    first = source.readline().removeprefix(codecs.BOM_UTF8)
    for line in chain([first] if first else [], source):
        # Bytes that are not UTF-8 spoil their own row, not the file.
        yield line.decode("utf-8", errors="surrogateescape")


def _header(row: PhysicalRow, file: str) -> tuple[str, ...]:
    if row.fault:
        raise ConfigurationError(f"the header is {row.fault}", file=file, line=row.line)
    if len(row.cells) == 1:
        for separator, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if separator in row.cells[0]:
                raise ConfigurationError(
                    f"the columns are separated by {name}", file=file, line=row.line,
                    hint="Export with commas.",
                )  # fmt: skip
    return row.cells
