"""The callers: threads per back office that render, call and merge, without a database session."""

from __future__ import annotations

import logging
import queue
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from backhaul.delivery.events import Bind, Called, Event, Merged, Rendered
from backhaul.delivery.handler import Handler, Job, Step
from backhaul.delivery.limits import Limits
from backhaul.delivery.pool import CallerPool

_log = logging.getLogger(__name__)


class LeaseLostError(Exception):
    """Too little is left of the lease to call safely; nothing was sent."""


class Crew:
    """Hands jobs to the threads of their back office and reports back as events."""

    def __init__(
        self,
        handler: Handler,
        limits: Mapping[str, Limits],
        events: queue.SimpleQueue[Event | None],
        monotonic: Callable[[], float],
    ) -> None:
        self._handler = handler
        self._limits = limits
        self._events = events
        self._monotonic = monotonic
        self._pools = {name: CallerPool(name, limit.max_in_flight) for name, limit in limits.items()}
        self._leased_until: dict[str, float] = {}

    def leased(self, backoffice: str, until: float) -> None:
        """The heartbeat was committed: leases of this back office hold until then (monotonic)."""
        self._leased_until[backoffice] = until

    def take(self, jobs: Sequence[Job]) -> None:
        """Give jobs to the threads; jobs that travel in batches are grouped."""
        batches: dict[tuple[str, str], list[Job]] = defaultdict(list)
        for job in jobs:
            pool = self._pools[job.lane.backoffice]
            urgent = job.delivery.interactive
            if job.step is Step.RENDER:
                pool.submit(lambda job=job: self._render(job), prepare=True, urgent=urgent)  # type: ignore[misc]
            elif job.step is Step.MERGE:
                pool.submit(lambda job=job: self._merge(job), prepare=True, urgent=urgent)  # type: ignore[misc]
            elif job.batch is not None:
                batches[job.lane.backoffice, job.batch].append(job)
            else:
                pool.submit(lambda job=job: self._call([job]), urgent=urgent)  # type: ignore[misc]
        for (name, _), members in batches.items():
            # In the same order whenever it is sent: a repeated batch is the same, byte for byte.
            members.sort(key=lambda job: job.delivery.id)
            self._pools[name].submit(lambda members=members: self._call(members))  # type: ignore[misc]

    def _render(self, job: Job) -> None:
        try:
            decided = self._handler.render(job)
        except Exception as error:  # noqa: BLE001  (told to the dispatcher, which decides)
            _log.exception("delivery %s could not be rendered", job.delivery.id)
            self._events.put(Called(job, error))
            return
        if decided is None:
            self._finish(job)
        else:
            self._events.put(Rendered(job, decided))

    def _call(self, jobs: Sequence[Job]) -> None:
        name = jobs[0].lane.backoffice
        try:
            self._check_lease(name)
            results = self._handler.call(jobs, self._bind)
        except Exception as error:  # noqa: BLE001  (told to the dispatcher, which decides)
            for job in jobs:
                if not job.passenger:
                    self._events.put(Called(job, error))
            return
        for job, result in zip(jobs, results, strict=True):
            if not job.passenger:
                job.result = result
                self._finish(job)

    def _finish(self, job: Job) -> None:
        try:
            self._handler.merge(job)
        except Exception as error:  # noqa: BLE001
            self._events.put(Called(job, error))
            return
        self._events.put(Called(job))

    def _merge(self, job: Job) -> None:
        try:
            self._handler.merge(job)
            self._events.put(Merged(job))
        except Exception as error:  # noqa: BLE001
            self._events.put(Merged(job, error))

    def _check_lease(self, name: str) -> None:
        """Just before the first byte: a stalled worker must not send what another may be sending."""
        until = self._leased_until.get(name)
        if until is not None and self._monotonic() + self._limits[name].timeout > until:
            msg = f"the lease of {name} ends too soon to call"
            raise LeaseLostError(msg)

    def _bind(self, job: Job, resource: str, external_id: str) -> None:
        request = Bind(job, resource, external_id)
        self._events.put(request)
        request.wait(self._limits[job.lane.backoffice].timeout)

    def close(self) -> None:
        """Finish what was handed out and end the threads."""
        for pool in self._pools.values():
            pool.close()
