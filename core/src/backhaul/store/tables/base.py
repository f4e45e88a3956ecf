"""The metadata that all tables share, and column types with the same meaning on every database."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Float, Integer, MetaData, String
from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def name_type() -> TypeEngine[str]:
    """Names and ids: long enough for anything that a vendor issues."""
    return String(255)


def id_type() -> TypeEngine[int]:
    """Ids that we count up: a busy installation passes two thousand millions within a year."""
    # SQLite counts up only in what is declared as INTEGER, which holds 64 bits there.
    return BigInteger().with_variant(Integer(), "sqlite")


def moment_type() -> TypeEngine[float]:
    """Moments of the store's clock: seconds since the epoch."""
    return Float(53)


def json_type() -> TypeEngine[object]:
    """JSON documents; an absent document is NULL, not the JSON value null."""
    return JSON(none_as_null=True)
