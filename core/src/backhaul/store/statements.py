"""Statements that are built once: building one costs more than the database needs to execute it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Table, Update, bindparam, update


@lru_cache(maxsize=512)
def _updating(table: Table, key: tuple[str, ...], columns: tuple[str, ...], only_open: bool) -> Update:  # noqa: FBT001
    statement = update(table).where(*(table.c[name] == bindparam(f"key_{name}") for name in key))
    if only_open:
        statement = statement.where(table.c.settled_at.is_(None))
    return statement.values({name: bindparam(f"new_{name}") for name in columns})


def updating(
    table: Table, key: Mapping[str, Any], values: Mapping[str, Any], *, only_open: bool = False
) -> tuple[Update, dict[str, Any]]:
    """The statement that sets `values` in the row with this key, and its parameters.

    `only_open` leaves deliveries alone that are settled already.
    """
    statement = _updating(table, tuple(key), tuple(values), only_open)
    parameters = {f"key_{name}": value for name, value in key.items()}
    return statement, parameters | {f"new_{name}": value for name, value in values.items()}
