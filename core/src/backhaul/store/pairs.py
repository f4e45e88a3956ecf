"""Conditions on two columns together, spelled so that every database looks them up in an index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Column, ColumnElement, and_, false, or_


def among(first: Column[str], second: Column[str], pairs: Iterable[tuple[str, str]]) -> ColumnElement[bool]:
    """The two columns together are one of `pairs`; false when there are none."""
    # Not (a, b) IN (VALUES ...): SQLite before 3.46 scans the whole table for that.
    grouped: dict[str, set[str]] = defaultdict(set)
    for one, other in pairs:
        grouped[one].add(other)
    return or_(
        false(), *(and_(first == one, second.in_(sorted(others))) for one, others in sorted(grouped.items()))
    )
