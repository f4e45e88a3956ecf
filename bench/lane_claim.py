"""What a claim of 32 heads costs, and how little that depends on the backlog.

Lanes as they are, against the obvious alternative without them: the first pending deliveries that have no
earlier one of their key (NOT EXISTS). Measured where it matters: 90 % of the backlog on one hot key, with
churn, and with that key stuck, beside the same rows spread evenly. Raw numbers are kept as JSON.

    python bench/lane_claim.py --rows 1000000 --url postgresql+psycopg://postgres@127.0.0.1/bench
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from statistics import median

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from backhaul.store import schema
from backhaul.store.database import Database
from backhaul.store.deliveries import Delivery
from backhaul.store.delivery_state import State
from backhaul.store.lanes import ClaimedLane
from backhaul.store.unit_of_work import Store, UnitOfWork

RESULTS = Path(__file__).parent / "results"
SIZES = (10_000, 100_000, 1_000_000)
HEADS = 32
KEYS = 1_000
HOT_SHARE = 0.9
ROUNDS = 150

_LANES = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
INSERT INTO lanes (backoffice, key, tail, runnable) SELECT 'billing', 'k' || i, 0, 0 FROM n ORDER BY i
"""
_DELIVERIES = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
INSERT INTO deliveries (
    lane_id, seq, runnable, state, backoffice, process, entity, record_id, version, action, payload,
    mode, first_send, cause, interactive, message_id, correlation_id, hop, planned_at, attempts, faults,
    merge_failed)
SELECT :first + CASE WHEN i <= :hot THEN 0 ELSE 1 + i % :keys END, i, :yes, 'pending', 'billing',
    'CUT Send Account Data', 'account', 'r' || i, 1, 'save', 'latest',
    'live', 'create', 'save', :no, 'm' || i, 'c', 0, 0, 0, 0,
    :no
FROM n ORDER BY i
"""
_COUNTERS = """
UPDATE lanes SET tail = :count, ready_at = 0,
    runnable = (SELECT count(*) FROM deliveries WHERE deliveries.lane_id = lanes.id)
WHERE id IN (SELECT lane_id FROM deliveries)
"""
_ALTERNATIVE = """
SELECT id FROM deliveries d WHERE d.backoffice = 'billing' AND d.state = 'pending' AND NOT EXISTS (
    SELECT 1 FROM deliveries e WHERE e.lane_id = d.lane_id AND e.seq < d.seq AND e.settled_at IS NULL)
ORDER BY d.id LIMIT :heads
"""


@dataclass(slots=True)
class Sample:
    """Milliseconds of repeated measurements of one thing."""

    what: str
    spread: str
    rows: int
    ms: list[float] = field(default_factory=list)

    @property
    def typical(self) -> float:
        """The median."""
        return median(self.ms)

    @property
    def worst(self) -> float:
        """The 99th percentile."""
        return sorted(self.ms)[int(len(self.ms) * 0.99)]


def insist(kept: bool, told: str) -> None:  # noqa: FBT001
    """Numbers of a claim that does not do its work are worth nothing."""
    if not kept:
        raise SystemExit(told)


def timed(sample: Sample, work: Callable[[], object]) -> None:
    """Do it once and note how long it took."""
    began = time.perf_counter()
    work()
    sample.ms.append((time.perf_counter() - began) * 1000)


@contextmanager
def fresh_database(url: str | None) -> Iterator[Database]:
    """An empty migrated database: a SQLite file, or a PostgreSQL database that is dropped afterwards."""
    if url is None:
        with tempfile.TemporaryDirectory() as folder:
            database = Database(f"sqlite:///{folder}/bench.db")
            schema.upgrade(database)
            yield database
            database.close()
        return
    name = f"backhaul_bench_{os.getpid()}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    database = Database(make_url(url).set(database=name).render_as_string(hide_password=False))
    try:
        schema.upgrade(database)
        yield database
    finally:
        database.close()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def fill(database: Database, rows: int, *, hot: bool) -> int:
    """Plan the backlog: the hot key's part first, the rest over the other keys; the hot lane's id."""
    with database.write() as connection:
        connection.execute(text(_LANES), {"count": KEYS + 1})
        first = int(connection.execute(text("SELECT min(id) FROM lanes")).scalar_one())
        values = {"count": rows, "hot": int(rows * HOT_SHARE) if hot else 0, "keys": KEYS}
        connection.execute(text(_DELIVERIES), values | {"first": first, "yes": True, "no": False})
        connection.execute(text(_COUNTERS), {"count": rows})
    if not database.is_sqlite:
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
    return first


def churn(store: Store, hot_lane: int, sample: Sample, rounds: int) -> None:
    """Claim, complete and plan anew, round by round: the hot key is in every claim."""
    for number in range(rounds):
        with store.write() as uow:
            token, heads = f"t{number}", list[Delivery]()

            def claim(uow: UnitOfWork = uow, token: str = token, heads: list[Delivery] = heads) -> None:
                lanes = uow.lanes.claim("billing", HEADS, owner="bench", token=token, lease=60)
                heads += uow.deliveries.heads([lane.id for lane in lanes])

            timed(sample, claim)
            insist(len(heads) == HEADS, f"{len(heads)} heads were claimed instead of {HEADS}")
            for head in heads:
                turn_over(uow, head, token, at=0.0 if head.lane_id == hot_lane else None)


def turn_over(uow: UnitOfWork, head: Delivery, token: str, at: float | None) -> None:
    """Complete a head and plan another delivery of its record at the tail."""
    uow.deliveries.settle(head.id, State.COMPLETED, code=None, reason=None)
    seq = uow.lanes.append_to(head.lane_id, ready_at=uow.now, interactive=False)
    values = asdict(head) | {"seq": seq, "state": State.PENDING.value, "action": head.action.value}
    del values["id"]
    uow.deliveries.insert(values)
    insist(uow.lanes.release(head.lane_id, token, done=1, at=at), "a lane was lost")


def stick(store: Store, hot_lane: int) -> None:
    """The head of the hot key has failed and backs off: nothing of that key may be sent."""
    with store.write() as uow:
        (head,) = uow.deliveries.heads([hot_lane])
        uow.deliveries.update(head.id, state=State.BACKING_OFF.value)
        statement = text("UPDATE lanes SET ready_at = :later WHERE id = :id")
        uow._connection.execute(statement, {"later": uow.now + 3600, "id": hot_lane})  # noqa: SLF001


def claim_and_undo(store: Store, sample: Sample, repeats: int) -> None:
    """Claims alone, each undone: for the same backlog as the alternative sees."""
    for _ in range(repeats):
        with store.write() as uow:
            found: list[ClaimedLane] = []

            def claim(uow: UnitOfWork = uow, found: list[ClaimedLane] = found) -> None:
                found += uow.lanes.claim("billing", HEADS, owner="bench", token="t", lease=60)  # noqa: S106
                uow.deliveries.heads([lane.id for lane in found])

            timed(sample, claim)
            for lane in found:
                uow.lanes.release(lane.id, "t", done=0)


def look(database: Database, sample: Sample, seconds: float) -> None:
    """The alternative's look-up (without the update that a claim would add), repeated for a while."""
    ends = time.monotonic() + seconds
    while len(sample.ms) < 50 and (time.monotonic() < ends or len(sample.ms) < 3):
        with database.read() as connection:
            timed(sample, partial(_found, connection))


def _found(connection: Connection) -> list[int]:
    return list(connection.execute(text(_ALTERNATIVE), {"heads": HEADS}).scalars())


def measure(url: str | None, rows: int) -> list[Sample]:
    """Both ways, on even data and behind a hot key."""
    samples: list[Sample] = []

    def sample(what: str, spread: str) -> Sample:
        samples.append(Sample(what, spread, rows))
        return samples[-1]

    for spread in ("even", "hot"):
        with fresh_database(url) as database:
            store = Store(database)
            first = fill(database, rows, hot=spread == "hot")
            churn(store, first if spread == "hot" else -1, sample("lanes, churn", spread), ROUNDS)
            if spread == "hot":
                stick(store, first)
            claim_and_undo(store, sample("lanes, at rest", spread), 50)
            look(database, sample("not exists", spread), seconds=2.0)
    return samples


def report(samples: list[Sample]) -> None:
    """A line per measurement, with how many times slower than lanes on even data of the smallest backlog."""
    base = next(one.typical for one in samples if one.what == "lanes, at rest" and one.spread == "even")
    print(f"{'rows':>10}  {'keys':<5} {'claim of 32 heads':<18} {'median ms':>10} {'p99 ms':>9} {'ratio':>9}")
    for one in samples:
        name = f"{one.rows:>10,}  {one.spread:<5} {one.what:<18}"
        print(f"{name} {one.typical:>10.2f} {one.worst:>9.2f} {one.typical / base:>9.1f}")


def keep(samples: list[Sample], kind: str) -> Path:
    """The raw numbers and where they were measured."""
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    content = {"database": kind, "machine": machine, "samples": [asdict(one) for one in samples]}
    file = RESULTS / f"lane_claim_{kind}_{max(one.rows for one in samples)}.json"
    RESULTS.mkdir(exist_ok=True)
    file.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return file


def main(arguments: list[str]) -> None:
    """Measure every size up to --rows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=100_000, help="largest backlog (default: 100000)")
    parser.add_argument("--url", help="a PostgreSQL server to measure on; without it, a SQLite file")
    chosen = parser.parse_args(arguments)
    kind = make_url(chosen.url).get_backend_name() if chosen.url else "sqlite"
    samples: list[Sample] = []
    for rows in sorted({min(size, chosen.rows) for size in SIZES}):
        samples += measure(chosen.url, rows)
    report(samples)
    print(f"raw numbers: {keep(samples, kind)}")


if __name__ == "__main__":
    main(sys.argv[1:])
