"""Tables as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import zip_longest

_GAP = "  "
_NARROWEST = 12


def text_table(columns: Sequence[str], rows: Sequence[Sequence[str]], widest: int) -> Iterator[str]:
    """Yield the lines of a table: a header, then the rows, long cells going on in the next line.

    Columns are as wide as they need to be; while all together are wider than `widest`, the widest one gives.
    """
    widths = _widths([columns, *rows], widest)
    for row in [[name.upper() for name in columns], *rows]:
        wrapped = [_wrapped(cell, width) for cell, width in zip(row, widths, strict=True)]
        for line in zip_longest(*wrapped, fillvalue=""):
            yield _GAP.join(f"{part:<{width}}" for part, width in zip(line, widths, strict=True)).rstrip()


def _widths(rows: Sequence[Sequence[str]], widest: int) -> list[int]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) - widest
    while excess > 0 and max(widths) > _NARROWEST:
        place = widths.index(max(widths))
        widths[place] -= 1
        excess -= 1
    return widths


def _wrapped(cell: str, width: int) -> list[str]:
    return textwrap.wrap(cell, max(1, width), break_on_hyphens=False) or [""]
