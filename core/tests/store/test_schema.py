from __future__ import annotations

import multiprocessing
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, event, text

from backhaul.sdk.errors import ConfigurationError
from backhaul.store import schema
from backhaul.store.database import Database
from backhaul.store.tables import metadata


@pytest.fixture
def new(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    yield database
    database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgresql"))])
def mine(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated database that a test may break."""
    database = Database(request.getfixturevalue(f"{request.param}_url"))
    schema.upgrade(database)
    yield database
    database.close()


def differences(database: Database) -> list[Any]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))


def test_the_migrated_schema_is_that_of_the_tables(database: Database) -> None:
    assert differences(database) == []


def test_the_comparison_sees_a_missing_index_and_column(sqlite: Database) -> None:
    with sqlite.write() as connection:
        connection.execute(text("DROP INDEX ix_lanes_ready"))
        connection.execute(text("ALTER TABLE attempts DROP COLUMN text"))
    assert len(differences(sqlite)) == 2


def sqlite_definitions(database: Database) -> dict[str, str]:
    query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
    with database.engine.connect() as connection:
        found = connection.execute(text(f"{query} AND name <> 'alembic_version'"))
        return {row.name: re.sub(r"\s+", " ", row.sql) for row in found}


def test_on_sqlite_every_definition_is_the_same_to_the_letter(sqlite: Database, new: Database) -> None:
    # The comparison by Alembic sees neither the conditions of partial indexes nor AUTOINCREMENT.
    metadata.create_all(new.engine)
    assert sqlite_definitions(sqlite) == sqlite_definitions(new)
    assert "AUTOINCREMENT" in sqlite_definitions(sqlite)["deliveries"]


def postgresql_definitions(database: Database) -> dict[str, set[tuple[Any, ...]]]:
    queries = {
        "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "columns": """SELECT table_name, ordinal_position, column_name, data_type, is_nullable,
            character_maximum_length, column_default FROM information_schema.columns
            WHERE table_schema = 'public'""",
        "constraints": """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    }
    with database.engine.connect() as connection:
        found = {name: {tuple(row) for row in connection.execute(text(sql))} for name, sql in queries.items()}
    return {name: {row for row in rows if "alembic_version" not in row[0]} for name, rows in found.items()}


@pytest.mark.needs("postgresql")
def test_on_postgresql_every_definition_is_the_same(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    schema.upgrade(database)
    migrated = postgresql_definitions(database)
    with database.write() as connection:
        present = MetaData()
        present.reflect(connection)
        present.drop_all(connection)
        metadata.create_all(connection)
    created = postgresql_definitions(database)
    database.close()
    assert migrated == created
    assert any("WHERE runnable" in definition for _, definition in created["indexes"])


def test_the_revisions_that_stand_in_schema_are_those_of_the_scripts() -> None:
    steps = ScriptDirectory.from_config(schema.configuration())
    assert [step.revision for step in steps.walk_revisions()] == list(reversed(schema.REVISIONS))


def test_an_empty_database_is_brought_to_this_release(new: Database) -> None:
    assert schema.version(new) is None
    assert schema.upgrade(new)
    assert schema.version(new) == schema.REVISIONS[-1]


def test_a_current_database_costs_one_query_and_no_import_of_alembic(sqlite_url: str) -> None:
    program = f"""
import sys
from sqlalchemy import event
from backhaul.store import schema
from backhaul.store.database import Database

database = Database({sqlite_url!r})
statements = []
event.listen(database.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
assert not schema.upgrade(database)
print([one for one in statements if not one.startswith(("PRAGMA", "BEGIN"))])
print("alembic" in sys.modules)
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines() == ["['SELECT version_num FROM alembic_version']", "False"]


def test_a_database_of_a_newer_release_is_refused(mine: Database) -> None:
    with mine.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '7777'"))
    with pytest.raises(ConfigurationError, match=r"schema version 7777; this release knows up to \d{4}"):
        schema.upgrade(mine)


def test_tables_of_other_origin_are_refused(new: Database) -> None:
    with new.write() as connection:
        connection.execute(text("CREATE TABLE records (name TEXT)"))
    with pytest.raises(ConfigurationError, match="tables of other origin: records"):
        schema.upgrade(new)


def test_foreign_tables_with_other_names_do_not_disturb(new: Database) -> None:
    with new.write() as connection:
        connection.execute(text("CREATE TABLE invoices (name TEXT)"))
    assert schema.upgrade(new)


def test_a_step_that_fails_leaves_nothing_behind(mine: Database) -> None:
    with mine.write() as connection:
        present = MetaData()
        present.reflect(connection)
        present.drop_all(connection)

    def fail(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if "CREATE TABLE inbox_items" in statement:
            message = "the disk is on fire"
            raise OSError(message)

    event.listen(mine.engine, "before_cursor_execute", fail)
    with pytest.raises(OSError, match="on fire"):
        schema.upgrade(mine)
    with mine.engine.connect() as connection:
        left = MetaData()
        left.reflect(connection)
    assert [name for name in left.tables if not name.startswith("sqlite_")] == []
    assert schema.version(mine) is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "unable to open database file"),
        (b"this is a letter to my aunt" * 100, "file is not a database"),
    ],
)
def test_what_cannot_be_opened_is_refused_with_a_reason(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    file = tmp_path / "missing" / "x.db"
    if content is not None:
        file = tmp_path / "x.db"
        file.write_bytes(content)
    with pytest.raises(ConfigurationError, match=reason):
        schema.upgrade(Database(f"sqlite:///{file}"))


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    database = Database("postgresql+psycopg://backhaul:hunter2@127.0.0.1:1/store")
    with pytest.raises(ConfigurationError, match=r"127\.0\.0\.1") as caught:
        schema.upgrade(database)
    assert "hunter2" not in str(caught.value)


def test_a_database_that_somebody_keeps_locked_is_refused_in_plain_words(
    new: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backhaul.store.database._BUSY_TIMEOUT_S", 0)
    with new.engine.connect():
        pass  # the file exists in write-ahead mode before it is locked
    other = sqlite3.connect(str(new.engine.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(ConfigurationError, match="another process is writing"):
            schema.upgrade(new)
    finally:
        other.close()


def start(url: str, ready: Any, results: Any) -> None:
    database = Database(url)
    ready.wait()
    try:
        results.put(schema.upgrade(database))
    except Exception as error:  # noqa: BLE001  (handed to the test)
        results.put(repr(error))
    database.close()


def at_once(url: str, count: int) -> list[Any]:
    context = multiprocessing.get_context("spawn")
    ready, results = context.Barrier(count), context.Queue()
    processes = [context.Process(target=start, args=(url, ready, results)) for _ in range(count)]
    for process in processes:
        process.start()
    found = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    return sorted(found, key=repr)


def test_of_processes_that_start_at_once_exactly_one_upgrades(tmp_path: Path) -> None:
    assert at_once(f"sqlite:///{tmp_path / 'new.db'}", 4) == [False, False, False, True]


@pytest.mark.needs("postgresql")
def test_of_processes_that_start_at_once_on_postgresql_exactly_one_upgrades(postgresql_url: str) -> None:
    assert at_once(postgresql_url, 3) == [False, False, True]
