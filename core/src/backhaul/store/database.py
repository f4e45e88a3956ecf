"""The database: connections, the write lock, and the pragmas that make SQLite durable."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, IntegrityError

from backhaul.sdk.errors import ConfigurationError, ConflictError
from backhaul.store.write_queue import WriteQueue

_BUSY_TIMEOUT_S = 10
_WRITE = "backhaul_write"
_READ = "backhaul_read"
_UNIQUE_VIOLATION = "23505"


class Database:
    """One database and, for SQLite, the one queue of its writers.

    `write()` lines writers up before they reach the database's own lock, so that none starves; several
    processes on one host are allowed. `read()` never waits for a writer.
    """

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        self.engine = _engine(url)
        self.clock = clock
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self.insert: Any = sqlite.insert if self.is_sqlite else postgresql.insert
        self._writers = WriteQueue(_file_of(self.engine.url)) if self.is_sqlite else None
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A write transaction: committed at the end of the block, rolled back by an exception.

        Raises ConflictError when somebody else stored the same at the same moment.
        """
        with self._writers or nullcontext(), self.engine.connect() as connection, races_named():
            connection.execution_options(**{_WRITE: True})
            with connection.begin():
                yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent snapshot to read from; the database refuses to write in it."""
        with self.engine.connect() as connection:
            if self.is_sqlite:
                connection.execution_options(**{_READ: True})
            else:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
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
        if self._writers is not None:
            self._writers.close()


@contextmanager
def races_named() -> Iterator[None]:
    """Turn a lost race for something unique into a ConflictError."""
    try:
        yield
    except IntegrityError as error:
        place = _taken(error.orig)
        if place is None:
            raise
        # Without the driver's error: PostgreSQL's repeats the values, which may be anybody's data.
        msg = f"Somebody else stored the same at the same moment ({place})."
        raise ConflictError(msg, hint="Read again and repeat the change.") from None


def _taken(error: BaseException | None) -> str | None:
    """What must be unique and was taken already; None for any other broken constraint."""
    if isinstance(error, sqlite3.IntegrityError):
        unique = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}
        return str(error).rpartition(": ")[2] if error.sqlite_errorcode in unique else None
    if getattr(error, "sqlstate", None) != _UNIQUE_VIOLATION:
        return None
    return str(getattr(getattr(error, "diag", None), "constraint_name", "a unique constraint"))


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        if backend not in {"sqlite", "postgresql"}:
            msg = f"The store cannot be kept in {backend}: its order and claims would not be safe there."
            raise ConfigurationError(msg, hint="Give a url that begins with sqlite or postgresql.")
        if backend == "sqlite" and not _is_file(parsed):
            msg = "The store needs a file: SQLite in memory is lost at the end and has one connection."
            raise ConfigurationError(msg, hint="Name a file in the url, e.g. sqlite:///backhaul.db.")
        return create_engine(
            parsed,
            pool_size=8,
            max_overflow=56,
            hide_parameters=True,
            json_serializer=_dumps,
            json_deserializer=_loads,
        )
    except (ArgumentError, ValueError, ImportError) as error:
        # Neither the url nor the cause's text: both may hold a password.
        msg = f"The store's url cannot be used ({type(error).__name__})."
        hint = "Give a SQLAlchemy URL, e.g. sqlite:///backhaul.db, and install its driver."
        raise ConfigurationError(msg, hint=hint) from None


def _is_file(url: URL) -> bool:
    name = url.database or ""
    return bool(name) and ":memory:" not in name and url.query.get("mode") != "memory"


def _file_of(url: URL) -> Path | None:
    """The database file; None for SQLite's own file: addresses, which can mean anything."""
    name = url.database or ""
    return None if name.startswith("file:") else Path(name).absolute()


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver must not open transactions by itself: _begin_sqlite says which kind.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_S * 1000}").close()
    _use_write_ahead_log(connection)
    connection.execute("PRAGMA synchronous=FULL").close()


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch to WAL, for good: readers then never wait for a writer."""
    ends = time.monotonic() + _BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            # Two processes that open a new file at once: SQLite does not wait for this lock by itself.
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > ends:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(f"PRAGMA query_only={int(bool(options.get(_READ)))}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(_WRITE) else "BEGIN")


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _loads(value: str) -> object:
    return json.loads(value)
