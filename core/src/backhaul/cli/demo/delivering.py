"""Delivering: everything is sent to both back offices, and a worker is killed in the middle."""

from __future__ import annotations

from backhaul.cli.demo import quiet
from backhaul.cli.demo.stage import SOUTH, Stage
from backhaul.cli.demo.worker_process import WorkerProcess
from backhaul.delivery.owner import Owner
from backhaul.store.deliveries import DeliveryFilter
from backhaul.store.delivery_state import State

_WORKERS = 2
_MIDDLE = 0.4


def deliver(stage: Stage) -> None:
    """Start workers, kill one while it is calling, start another, wait until all is settled."""
    narrator = stage.narrator
    narrator.chapter("Send every account to both back offices, contacts first, and kill a worker meanwhile")
    workers = [stage.start_worker() for _ in range(_WORKERS)]
    for worker in workers:
        narrator.say(f"backhaul worker   # process {worker.pid}")
    _until_the_middle(stage)
    _kill(stage, workers[0])
    quiet.settled(stage)
    for name, simulator in stage.simulators.items():
        counts = ", ".join(f"{number} {resource}s" for resource, number in simulator.counts().items())
        narrator.say(f"{name} holds {counts}")
    struck = ", ".join(f"{number} {fault}" for fault, number in stage.simulators[SOUTH].strikes().items())
    narrator.say(f"faults of {SOUTH} on the way: {struck}")


def _until_the_middle(stage: Stage) -> None:
    with stage.narrator.progress() as show:

        def reached() -> bool:
            rows = quiet.rows(stage)
            show(quiet.progress(stage, rows))
            planned = sum(row.planned for row in rows.values())
            return sum(row.open for row in rows.values()) < planned * (1 - _MIDDLE)

        quiet.until(stage, reached, "The workers should be in the middle")


def _kill(stage: Stage, victim: WorkerProcess) -> None:
    narrator = stage.narrator
    quiet.until(
        stage, lambda: _left_to(stage, victim) > 0 or _all_settled(stage), "A worker should be calling"
    )
    victim.kill()
    lost = _left_to(stage, victim)
    narrator.say(
        f"kill -9 {victim.pid}: {lost} deliveries are left in its hands, and nobody knows which were sent"
    )
    successor = stage.start_worker()
    narrator.say(
        f"backhaul worker   # process {successor.pid} takes its lanes back, and asks before it repeats"
    )


def _all_settled(stage: Stage) -> bool:
    return not any(row.open for row in quiet.rows(stage).values())


def _left_to(stage: Stage, worker: WorkerProcess) -> int:
    """How many deliveries a worker has begun and not settled."""
    with stage.backhaul.store.read() as uow:
        flying = uow.deliveries.page(DeliveryFilter(states=frozenset({State.IN_FLIGHT})), limit=1000)
        attempts = [uow.attempts.of(delivery.id)[-1] for delivery in flying]
    return sum(Owner.parse(attempt["owner"]).pid == worker.pid for attempt in attempts)
