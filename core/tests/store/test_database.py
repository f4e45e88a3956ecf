from __future__ import annotations

import fcntl
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from backhaul.sdk.errors import ConfigurationError
from backhaul.store.database import Database
from backhaul.store.unit_of_work import Store

THREADS, SAVES = 8, 25


def counted(store: Store) -> int:
    with store.read() as uow:
        return len(uow.ledger.audit_trail(limit=10_000))


def note(store: Store, who: str) -> None:
    with store.write() as uow:
        uow.ledger.audit(who=who, why="test", verb="x", subject="y")


def test_many_threads_write_and_none_is_told_that_it_is_locked(store: Store) -> None:
    def save(worker: int) -> None:
        for _ in range(SAVES):
            note(store, f"thread {worker}")

    with ThreadPoolExecutor(THREADS) as pool:
        for future in [pool.submit(save, worker) for worker in range(THREADS)]:
            future.result()
    assert counted(store) == THREADS * SAVES


def test_counting_up_in_many_threads_loses_nothing(store: Store) -> None:
    def append(_: int) -> int:
        with store.write() as uow:
            return uow.lanes.append("billing", "hot", ready_at=uow.now, interactive=False)[1]

    with ThreadPoolExecutor(THREADS) as pool:
        places = sorted(pool.map(append, range(THREADS * SAVES)))
    assert places == list(range(1, THREADS * SAVES + 1))


def save_in_a_process(url: str, worker: int, results: Any) -> None:
    database = Database(url)
    try:
        for _ in range(SAVES):
            note(Store(database), f"process {worker}")
        results.put("done")
    except Exception as error:  # noqa: BLE001  (handed to the test)
        results.put(repr(error))
    database.close()


def test_several_processes_write_to_one_file(sqlite: Database, sqlite_url: str) -> None:
    context = get_context("spawn")
    results = context.Queue()
    processes = [
        context.Process(target=save_in_a_process, args=(sqlite_url, worker, results)) for worker in range(2)
    ]
    for process in processes:
        process.start()
    save_here = Store(sqlite)
    for _ in range(SAVES):
        note(save_here, "here")
    assert [results.get(timeout=60) for _ in processes] == ["done", "done"]
    for process in processes:
        process.join()
    assert counted(save_here) == 3 * SAVES


def test_a_reader_does_not_wait_for_a_writer(store: Store) -> None:
    note(store, "first")
    wrote, may_end = Event(), Event()

    def write_slowly() -> None:
        with store.write() as uow:
            uow.ledger.audit(who="slow", why="test", verb="x", subject="y")
            wrote.set()
            assert may_end.wait(timeout=30)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write_slowly)
        assert wrote.wait(timeout=30)
        try:
            seen_meanwhile = counted(store)
        finally:
            may_end.set()
        writing.result()
    assert (seen_meanwhile, counted(store)) == (1, 2)


def test_a_reader_sees_one_moment(store: Store) -> None:
    with store.read() as uow:
        assert len(uow.ledger.audit_trail()) == 0
        note(store, "meanwhile")
        assert len(uow.ledger.audit_trail()) == 0
    assert counted(store) == 1


def test_writers_take_turns_before_they_reach_sqlite(sqlite: Database) -> None:
    # Otherwise they wait in SQLite's own retry loop, which starves some of them for seconds.
    with Path(f"{sqlite.engine.url.database}-writers").open("ab") as queue:
        with sqlite.write(), pytest.raises(BlockingIOError):
            fcntl.flock(queue, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(queue, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_the_write_lock_is_free_again_after_an_error(store: Store) -> None:
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), store.write():
            _ = 1 / 0
    note(store, "after")
    assert counted(store) == 1


def test_a_write_while_reading_is_refused(store: Store) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)read-?only"), store.read() as uow:
        uow.ledger.audit(who="ada", why="test", verb="x", subject="y")
    note(store, "a writer may")
    assert counted(store) == 1


def test_a_connection_that_has_read_can_write_afterwards(sqlite: Database) -> None:
    store = Store(sqlite)
    for turn in range(3):
        assert counted(store) == turn
        note(store, "again")


def test_a_write_begins_by_taking_sqlites_lock(sqlite: Database) -> None:
    # BEGIN IMMEDIATE: a transaction that reads first and writes later could otherwise be refused halfway.
    with sqlite.write():
        other = sqlite3.connect(str(sqlite.engine.url.database), timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_sqlite_is_durable(sqlite: Database) -> None:
    with sqlite.read() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 10_000}


def test_the_clock_of_sqlite_is_the_hosts(sqlite_url: str) -> None:
    ticks = iter([5.0, 8.0])
    database = Database(sqlite_url, lambda: next(ticks))
    with Store(database).write() as uow:
        assert uow.now == 5.0
    with Store(database).write() as uow:
        assert uow.now == 8.0
    database.close()


@pytest.mark.needs("postgresql")
def test_the_clock_of_postgresql_is_its_own_and_goes_on_within_a_transaction(postgresql: Database) -> None:
    with postgresql.write() as connection:
        first = postgresql.now(connection)
        assert postgresql.now(connection) > first
    assert abs(first - time.time()) < 300


def test_an_error_of_the_database_does_not_show_the_values(sqlite: Database) -> None:
    with pytest.raises(IntegrityError) as caught, sqlite.write() as connection:
        connection.execute(text("INSERT INTO audit (why) VALUES (:why)"), {"why": "Ada's secret"})
    assert "Ada" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nonsense", "url cannot be used"),
        ("sqlite+nothing:///x.db", "url cannot be used"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("sqlite:///file:x?mode=memory&uri=true", "needs a file"),
        ("mysql+pymysql://root:hunter2@127.0.0.1/x", "cannot be kept in mysql"),
        ("postgresql+missing://ada:hunter2@127.0.0.1/x", "url cannot be used"),
    ],
)
def test_a_url_that_cannot_work_is_refused_in_plain_words(url: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told) as caught:
        Database(url)
    assert "hunter2" not in str(caught.value)
