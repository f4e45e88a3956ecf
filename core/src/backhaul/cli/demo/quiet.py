"""Quiet: nothing is on its way any more, in neither direction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from backhaul.cli.demo.stage import NORTH, SOUTH, Stage
from backhaul.processes.operations.balance import BalanceRow, balance
from backhaul.sdk.errors import BackhaulError
from backhaul.store.deliveries import DeliveryFilter
from backhaul.store.delivery_state import OPEN

LOOK_EVERY = 0.1
#: How long nothing may stir, in seconds: an event is between two counters only for a moment.
_STILL = 0.6
#: Nothing here takes longer unless something is wrong.
PATIENCE = 120.0
_SHOWN = 5


def rows(stage: Stage) -> Mapping[str, BalanceRow]:
    """The balance of each back office."""
    return {row.back_office: row for row in balance(stage.backhaul.store, stage.backhaul.landscape)}


def until(stage: Stage, reached: Callable[[], bool], what: str) -> None:
    """Look again and again until something is so. Raises BackhaulError if it takes too long."""
    ends = time.monotonic() + PATIENCE
    while not reached():
        stage.check_workers()
        if time.monotonic() > ends:
            raise BackhaulError(f"{what}: not within {PATIENCE:.0f} seconds. {_stuck(stage)}")
        time.sleep(LOOK_EVERY)


def settled(stage: Stage) -> None:
    """Wait until every delivery is settled; what comes back of it may still be on its way."""

    def reached() -> bool:
        present = rows(stage)
        show(progress(stage, present))
        return not any(row.open for row in present.values())

    with stage.narrator.progress() as show:
        until(stage, reached, "Every delivery should be settled")


def wait(stage: Stage) -> None:
    """Wait until everything has arrived everywhere, with a bar for each back office."""
    still_since = time.monotonic()
    seen: object = None

    def reached() -> bool:
        nonlocal still_since, seen
        now, present = time.monotonic(), rows(stage)
        show(progress(stage, present))
        if next(_stirring(stage, present), None) is not None or present != seen:
            still_since, seen = now, present
        return now - still_since >= _STILL

    with stage.narrator.progress() as show:
        until(stage, reached, "Everything should have arrived")


def progress(stage: Stage, present: Mapping[str, BalanceRow]) -> dict[str, tuple[int, int]]:
    """How many deliveries are settled, and how many events have come back to us."""
    told = {name: (row.planned - row.open, row.planned) for name, row in present.items()}
    events = stage.simulators[NORTH].events()
    return {**told, f"events of {NORTH}": (events.delivered, events.delivered + events.waiting)}


def _stirring(stage: Stage, present: Mapping[str, BalanceRow]) -> Iterator[str]:
    """What is still on its way, one by one."""
    for name, row in present.items():
        if row.open:
            yield f"{row.open} deliveries to {name} are open"
    with stage.backhaul.store.read() as uow:
        held = len(uow.inbox.held())
    if held:
        yield f"{held} received records are held"
    for name, simulator in stage.simulators.items():
        waiting = simulator.events().waiting
        if waiting:
            yield f"{waiting} events of {name} are not delivered"
    yield from _unpolled(stage)


def _unpolled(stage: Stage) -> Iterator[str]:
    last: dict[str, str] = {}
    for entry in stage.simulators[SOUTH].journal():
        last[entry["resource"]] = max(entry["at"], last.get(entry["resource"], ""))
    with stage.backhaul.store.read() as uow:
        for source in ("individual", "customer"):
            cursor = uow.inbox.cursor(SOUTH, source)
            if source in last and (cursor is None or _moment(cursor) < _moment(last[source])):
                yield f"the last changes of {source} at {SOUTH} are not polled"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.rstrip("~"))


def _stuck(stage: Stage) -> str:
    """What is in the way, for whoever has to find out."""
    told = list(_stirring(stage, rows(stage)))
    with stage.backhaul.store.read() as uow:
        found = uow.deliveries.page(DeliveryFilter(states=OPEN), limit=_SHOWN)
        states = uow.backoffices.all().values()
    told += [
        f"delivery {one.id} ({one.entity} {one.record_id}) is {one.state}: {one.reason}" for one in found
    ]
    told += [f"{state.name} is {state.health}" for state in states]
    return f"Still under way: {'; '.join(told)}." if told else ""
