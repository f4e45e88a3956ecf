"""The database: connections, the write lock, and the pragmas that make SQLite durable."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from backhaul.sdk.errors import ConfigurationError

_BUSY_TIMEOUT_MS = 10_000
_WRITE = "backhaul_write"


class Database:
    """One database and, for SQLite, the one write lock of this process.

    `write()` serialises writers of the process before they reach the database's own lock, so that none
    starves; several processes on one host are allowed. `read()` never waits for a writer.
    """

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        try:
            parsed = make_url(url)
            self.engine: Engine = create_engine(
                parsed, pool_size=8, max_overflow=56, json_serializer=_dumps, json_deserializer=_loads
            )
        except (ValueError, ImportError, OperationalError) as error:
            msg = f"The store's url cannot be used: {type(error).__name__}."
            raise ConfigurationError(msg, hint="Give a SQLAlchemy URL, e.g. sqlite:///backhaul.db.") from error
        self.clock = clock
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self.insert: Any = sqlite.insert if self.is_sqlite else postgresql.insert
        self._write_lock = threading.Lock()
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A write transaction: committed at the end of the block, rolled back by an exception."""
        lock = self._write_lock if self.is_sqlite else threading.Lock()
        with lock, self.engine.connect() as connection:
            connection = connection.execution_options(**{_WRITE: True})
            with connection.begin():
                yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent snapshot to read from."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    def now(self, connection: Connection) -> float:
        """The store's clock, seconds since the epoch: the database's own where several hosts share it."""
        if self.is_sqlite:
            return self.clock()
        moment = connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one()
        return float(moment)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver must not open transactions by itself: _begin_sqlite says which kind.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={_BUSY_TIMEOUT_MS}"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get(_WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _loads(value: str) -> object:
    return json.loads(value)
