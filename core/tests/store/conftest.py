"""Stores to test on: a migrated SQLite file each, and PostgreSQL where it answers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from backhaul.store import schema
from backhaul.store.database import Database
from backhaul.store.tables import metadata
from backhaul.store.unit_of_work import Store, UnitOfWork

NOON = 1_700_000_000.0

Work = Callable[..., AbstractContextManager[UnitOfWork]]


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database without rows, to copy."""
    file = tmp_path_factory.mktemp("store") / "empty.db"
    database = Database(f"sqlite:///{file}")
    schema.upgrade(database)
    database.close()
    return file


@pytest.fixture
def sqlite_url(empty_file: Path, tmp_path: Path) -> str:
    file = tmp_path / "store.db"
    shutil.copy(empty_file, file)
    return f"sqlite:///{file}"


@pytest.fixture(scope="session")
def postgresql_home(request: pytest.FixtureRequest) -> Iterator[Database]:
    """One migrated PostgreSQL database for all these tests: making one takes longer than any of them."""
    root = request.config.pluginmanager.get_plugin(str(request.config.rootpath / "conftest.py"))
    assert root is not None
    for url in root.fresh_database("postgresql", "DROP DATABASE {} WITH (FORCE)"):
        database = Database(url)
        schema.upgrade(database)
        yield database
        database.close()


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    """A migrated SQLite database without rows."""
    database = Database(sqlite_url, lambda: NOON)
    yield database
    database.close()


@pytest.fixture
def postgresql(postgresql_home: Database) -> Database:
    """A migrated PostgreSQL database without rows; its schema must be left as it is."""
    with postgresql_home.write() as connection:
        for table in metadata.sorted_tables:
            connection.execute(delete(table))
    return postgresql_home


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgresql"))])
def database(request: pytest.FixtureRequest) -> Database:
    """A migrated database without rows, of each kind."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Database)
    return found


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database)


@pytest.fixture
def work(database: Database) -> Work:
    """Opens units of work whose clock says what the test says, on every database."""

    @contextmanager
    def at(now: float = NOON) -> Iterator[UnitOfWork]:
        with database.write() as connection:
            uow = UnitOfWork(database, connection)
            uow.now = now
            yield uow

    return at


@pytest.fixture
def planned() -> Callable[..., dict[str, Any]]:
    """The columns of a planned delivery, with what the test cares about."""

    def values(lane: int, seq: int, **special: Any) -> dict[str, Any]:
        usual = {
            "lane_id": lane,
            "seq": seq,
            "runnable": True,
            "state": "pending",
            "backoffice": "billing",
            "process": "CUT Send Account Data",
            "entity": "account",
            "record_id": "a1",
            "version": 1,
            "action": "save",
            "payload": "latest",
            "mode": "live",
            "first_send": "create",
            "cause": "save",
            "interactive": False,
            "message_id": f"m-{lane}-{seq}",
            "correlation_id": "c1",
            "hop": 0,
            "planned_at": NOON,
            "attempts": 0,
            "faults": 0,
            "merge_failed": False,
        }
        return usual | special

    return values
