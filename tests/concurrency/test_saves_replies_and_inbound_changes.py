"""Front-office saves, replies and inbound changes meet on one record: no lost field, no echo, no deadlock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from backhaul.bootstrap import Backhaul, open_deployment
from backhaul.entities import Contact
from backhaul.sdk.errors import ConflictError
from backhaul.sdk.simulator.process import SimulatorProcess

CHANGES = 1_000
REF = ("contact", "C-1")
DEPLOYMENT = """
[store]
url = "sqlite:///together.db"

[backoffice.crm]
plugin = "rest_backoffice"
url = "{url}/tmf-api"
hub = false

[[route]]
process = "Send Contact Data"
to = ["crm"]
"""


@contextmanager
def deployed(folder: Path) -> Iterator[tuple[Backhaul, SimulatorProcess]]:
    with SimulatorProcess("backhaul_rest_backoffice.simulator") as simulator:
        file = folder / "backhaul.toml"
        file.write_text(DEPLOYMENT.format(url=simulator.url), encoding="utf-8")
        backhaul = open_deployment(file)
        try:
            yield backhaul, simulator
        finally:
            backhaul.close()


def saved(backhaul: Backhaul, **fields: str) -> None:
    """One save by somebody who reads again and repeats the change when somebody else was quicker."""
    while True:
        record = backhaul.front_office.load(*REF)
        try:
            backhaul.front_office.save(record.changed(**fields))
        except ConflictError:
            continue
        return


def theirs(simulator: SimulatorProcess) -> dict[str, Any]:
    (individual,) = simulator.control.state()["individual"]
    return dict(individual)


def until(quiet: Callable[[], bool], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not quiet():
        assert time.monotonic() < ends, "it does not become quiet"
        time.sleep(0.05)


@pytest.mark.timeout(180)
def test_a_thousand_changes_on_both_sides_at_once(tmp_path: Path) -> None:
    with deployed(tmp_path) as (backhaul, simulator):
        backhaul.front_office.save(Contact(id="C-1", first_name="Ann", last_name="Lee"))
        backhaul.dispatcher().drain(30)
        there = theirs(simulator)["id"]
        dispatcher = backhaul.dispatcher()
        worker = threading.Thread(target=dispatcher.run)
        worker.start()
        polling = threading.Event()

        def poll() -> None:
            while not polling.is_set():
                backhaul.receive.poll("crm", "individual")
                polling.wait(0.02)

        poller = threading.Thread(target=poll)
        poller.start()

        def front(number: int) -> None:
            saved(backhaul, first_name=f"Ann {number}")
            if number % 10 == 0:
                saved(backhaul, title=f"front {number}")

        def back(number: int) -> None:
            patch = {"middleName": f"Mid {number}"}
            if number % 10 == 0:
                patch["title"] = f"back {number}"
            simulator.control.call("POST", "/edit", {"resource": "individual", "id": there, "patch": patch})

        def side(change: Callable[[int], None]) -> None:
            for number in range(1, CHANGES // 2 + 1):
                change(number)

        with ThreadPoolExecutor(2) as sides:
            for done in [sides.submit(side, front), sides.submit(side, back)]:
                done.result()

        try:
            until(lambda: equal(backhaul, simulator), 60)
            version, revision = backhaul.front_office.load(*REF).version, theirs(simulator)["lastUpdate"]
            time.sleep(1.0)  # an echo would still be on its way
        finally:
            polling.set()
            poller.join()
            dispatcher.stop()
            worker.join()

        final = theirs(simulator)
        assert final["givenName"] == f"Ann {CHANGES // 2}"
        assert final["middleName"] == f"Mid {CHANGES // 2}"
        assert (backhaul.front_office.load(*REF).version, final["lastUpdate"]) == (version, revision)
        assert equal(backhaul, simulator)
        assert len(simulator.control.state()["individual"]) == 1
        _every_loss_is_visible(backhaul)


def equal(backhaul: Backhaul, simulator: SimulatorProcess) -> bool:
    """Whether nothing is on its way and both sides show the same."""
    ours, shown = backhaul.front_office.load(*REF), theirs(simulator)
    assert isinstance(ours, Contact)
    names = (shown["givenName"], shown.get("middleName"), shown.get("title"))
    return (ours.first_name, ours.middle_name, ours.title) == names and not _open(backhaul)


def _open(backhaul: Backhaul) -> int:
    with backhaul.store.read() as uow:
        return len(uow.deliveries.open_of("crm", [REF])[REF])


def _every_loss_is_visible(backhaul: Backhaul) -> None:
    """Only the field that both sides wrote may have lost a value; elsewhere at most an old look came late."""
    with backhaul.store.read() as uow:
        lost = {(one["path"], one["kind"], one["kept"]) for one in uow.changes.conflicts_of(REF)}
    assert {one for one in lost if one[0] != "title"} <= {
        ("first_name", "stale", "ours"),
        ("middle_name", "stale", "ours"),
    }
