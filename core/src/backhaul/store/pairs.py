"""Conditions on two columns together, spelled so that every database looks them up in an index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Column, ColumnElement, and_, false, or_


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The second halves by first half, each once, in order."""
    groups: dict[str, set[str]] = defaultdict(set)
    for first, second in pairs:
        groups[first].add(second)
    return {first: sorted(groups[first]) for first in sorted(groups)}


def among(first: Column[str], second: Column[str], pairs: Iterable[tuple[str, str]]) -> ColumnElement[bool]:
    """The two columns together are one of `pairs`; false when there are none."""
    # Not (a, b) IN (VALUES ...): SQLite before 3.46 scans the whole table for that.
    groups = grouped(pairs)
    return or_(false(), *(and_(first == one, second.in_(others)) for one, others in groups.items()))
