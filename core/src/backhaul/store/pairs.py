"""Pairs, ordered for look-ups in an index of two columns.

A look-up per first half, never (a, b) IN (VALUES ...): SQLite before 3.46 scans the whole table for that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The second halves by first half, each once, in order."""
    groups: dict[str, set[str]] = defaultdict(set)
    for first, second in pairs:
        groups[first].add(second)
    return {first: sorted(groups[first]) for first in sorted(groups)}
