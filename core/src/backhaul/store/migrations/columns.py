"""Kinds of columns as released steps use them: never changed, because those steps are history.

Each function gives columns of one kind; with `null`, they may be empty.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

Columns = list[sa.Column[Any]]


def _columns(kind: TypeEngine[Any], titles: tuple[str, ...], *, null: bool) -> Columns:
    return [sa.Column(title, kind, nullable=null) for title in titles]


def counted(title: str = "id") -> sa.Column[int]:
    """The id of a row, counted up by the database."""
    return sa.Column(title, _long(), nullable=False, autoincrement=True)


def ids(*titles: str, null: bool = False) -> Columns:
    """Ids of rows elsewhere."""
    return _columns(_long(), titles, null=null)


def names(*titles: str, null: bool = False) -> Columns:
    """Names, codes and issued ids."""
    return _columns(sa.String(255), titles, null=null)


def texts(*titles: str, null: bool = False) -> Columns:
    """Text of any length."""
    return _columns(sa.Text(), titles, null=null)


def numbers(*titles: str, null: bool = False) -> Columns:
    """Counts and versions."""
    return _columns(sa.Integer(), titles, null=null)


def flags(*titles: str, null: bool = False) -> Columns:
    """Yes or no."""
    return _columns(sa.Boolean(), titles, null=null)


def moments(*titles: str, null: bool = False) -> Columns:
    """Seconds since the epoch."""
    return _columns(sa.Float(53), titles, null=null)


def documents(*titles: str, null: bool = False) -> Columns:
    """JSON documents."""
    return _columns(sa.JSON(), titles, null=null)


def _long() -> TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
