"""Rows as they stand in a CSV file, with the line on which each begins."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

# A quote that is never closed would swallow the rest of the file; a cell of more lines than this is one.
_MOST_LINES = 1000
_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "expected after": "text stands between a closing quote and the next comma",
        "unexpected end": "a quote is opened and never closed",
        "new-line character": "a carriage return stands alone, outside of quotes",
        "field limit": "a cell is too long, or a quote is never closed",
    }
)


@dataclass(frozen=True, slots=True)
class PhysicalRow:
    """One row: the line (from 1) on which it begins, and its cells as written.

    With `fault`, the text is no CSV row: `cells` is that text alone.
    """

    line: int
    cells: tuple[str, ...]
    fault: str | None = None


class _Lines:
    """Numbered lines of text that can be given back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._fresh = enumerate(lines, start=1)
        self._returned: deque[tuple[int, str]] = deque()
        self.taken: list[tuple[int, str]] = []

    def __iter__(self) -> Iterator[str]:
        while (line := self._returned.popleft() if self._returned else next(self._fresh, None)) is not None:
            self.taken.append(line)
            yield line[1]

    def keep_one(self) -> None:
        """Give back all lines taken but the first."""
        self._returned.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


def physical_rows(lines: Iterable[str]) -> Iterator[PhysicalRow]:
    """Yield every row that is not empty; the lines end as in the file.

    A row whose quotes do not match costs one line: the lines after it are read as rows again.
    """
    source = _Lines(lines)
    while True:
        source.taken.clear()
        # A reader of its own for each row: after an error its state would be unknown.
        reader = csv.reader(islice(source, _MOST_LINES), strict=True)
        try:
            cells = next(reader, None)
        except csv.Error as error:
            source.keep_one()
            line, text = source.taken[0]
            yield PhysicalRow(line, (text.rstrip("\r\n"),), _reason(str(error)))
            continue
        if cells is None:
            return
        if cells:
            yield PhysicalRow(source.taken[0][0], tuple(cells))


def _reason(message: str) -> str:
    """Say for people what the csv module says for programmers."""
    known = (part for sign, part in _REASONS.items() if sign in message)
    return f"not a row of CSV: {next(known, message)}"
