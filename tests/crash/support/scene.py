"""The scene of a crash test: simulator, deployment, our own view of the store, and workers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.support.books import audited, balance_of, records_of
from tests.crash.support.deployment import write_deployment
from tests.crash.support.desk import Desk
from tests.crash.support.evidence import Evidence
from tests.crash.support.judgement import judged
from tests.crash.support.worker import Worker

from backhaul.bootstrap import Backhaul, opened
from backhaul.processes.operations.balance import BalanceRow
from backhaul.sdk.simulator.process import SimulatorProcess
from backhaul.store.deliveries import DeliveryFilter
from backhaul.store.delivery_state import OPEN

_LOOK_EVERY = 0.03
_SHOWN = 5


@dataclass(slots=True)
class Scene:
    """What runs. Every worker that was started is ended with it."""

    folder: Path
    deployment: Path
    simulator: SimulatorProcess
    backhaul: Backhaul
    desk: Desk
    workers: list[Worker] = field(default_factory=list)
    _seen: BalanceRow | None = None
    _seen_at: float = 0.0
    _looking: threading.Lock = field(default_factory=threading.Lock)

    def start_worker(self, *doom: str) -> Worker:
        """One more worker, beside those that run; `doom` is where it is to die, if it is."""
        log = self.folder / f"worker-{len(self.workers) + 1}.log"
        worker = Worker(self.deployment, log, *doom)
        self.workers.append(worker)
        return worker

    def balance(self) -> BalanceRow:
        """The balance as it was a moment ago: counting is work, and many ask."""
        with self._looking:
            if self._seen is None or time.monotonic() - self._seen_at > _LOOK_EVERY:
                self._seen, self._seen_at = balance_of(self.backhaul), time.monotonic()
            return self._seen

    def until(self, reached: Callable[[], bool], what: str, within: float) -> None:
        """Look again and again until something is so; fail, and say what is in the way, if it is too late."""
        ends = time.monotonic() + within
        while not reached():
            assert time.monotonic() < ends, f"{what}: not within {within} s. {self._in_the_way()}"
            time.sleep(_LOOK_EVERY)

    def until_quiet(self, within: float = 60.0) -> None:
        """Wait until every delivery is settled."""
        self.until(lambda: not self.balance().open, "everything should be settled", within)

    def problems(self) -> list[str]:
        """What is wrong, in words; to be called when nothing is on its way."""
        evidence = Evidence.of(self.simulator.control)
        records = records_of(self.backhaul, list(self.desk.saved))
        return [*judged(evidence, records, self.desk.saved), *audited(self.backhaul, evidence)]

    def _in_the_way(self) -> str:
        with self.backhaul.store.read() as uow:
            found = uow.deliveries.page(DeliveryFilter(states=OPEN), limit=_SHOWN)
            states = list(uow.backoffices.all().values())
        told = [f"{one.id} {one.ref} is {one.state}: {one.reason}" for one in found]
        words = self.workers[-1].words() if self.workers else ""
        return f"{self.balance()}; {'; '.join(told)}; {states}; the last worker wrote: {words}"


@contextmanager
def set_scene(folder: Path) -> Iterator[Scene]:
    """Start the simulator and open the store; at the end everything is ended, the workers first."""
    with SimulatorProcess("backhaul_rest_backoffice.simulator") as simulator:
        deployment = write_deployment(folder, simulator.url)
        with opened(deployment, strict=True) as backhaul:
            scene = Scene(folder, deployment, simulator, backhaul, Desk(backhaul.front_office))
            try:
                yield scene
            finally:
                for worker in scene.workers:
                    if worker.is_running:
                        worker.kill()
