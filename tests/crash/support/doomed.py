"""A worker that kills itself at a point: ``python -m tests.crash.support.doomed DEPLOYMENT POINT PASSAGE``.

It dies by SIGKILL when it passes the point for the PASSAGE-th time, with whatever else it has in work.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from backhaul import bootstrap
from backhaul.delivery.handler import Job, JobBinder, Pin
from backhaul.delivery.verdict import Verdict
from backhaul.processes.send import SendHandler
from backhaul.sdk.deadline import Deadline
from backhaul.sdk.transports.base import Request, Response, Transport
from backhaul.store.unit_of_work import UnitOfWork


class Doom:
    """Where and when this process dies."""

    def __init__(self, point: str, passage: int) -> None:
        self._point = point
        self._left = passage
        self._lock = threading.Lock()

    def passing(self, point: str) -> None:
        """Die here, if this is the point and the time has come."""
        if point != self._point:
            return
        with self._lock:
            self._left -= 1
            if self._left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


class DoomedTransport:
    """Passes points before and after every request, named by what the request does."""

    def __init__(self, inner: Transport, doom: Doom) -> None:
        self._inner = inner
        self._doom = doom

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        """The inner transport's answer."""
        resource = request.target.split("/")[2]
        self._doom.passing(f"before {request.method} {resource}")
        response = self._inner.exchange(request, deadline)
        self._doom.passing(f"after {request.method} {resource}")
        return response

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()


class DoomedHandler(SendHandler):
    """Passes points between the steps of a delivery."""

    doom: Doom

    def render(self, job: Job) -> Pin | Verdict | None:
        """Claimed, not pinned."""
        self.doom.passing("claimed")
        return super().render(job)

    def call(self, jobs: Sequence[Job], bind: JobBinder) -> list[Any]:
        """Pinned and committed; nothing has left."""
        self.doom.passing("pinned" if jobs[0].kind == "send" else "probe pinned")

        def bound(job: Job, resource: str, external_id: str) -> None:
            bind(job, resource, external_id)
            self.doom.passing("bound")

        answers = super().call(jobs, bound)
        self.doom.passing("answered")
        return answers

    def settle_plain(self, uow: UnitOfWork, jobs: Sequence[Job]) -> list[tuple[Job, Verdict]]:
        """Written, not committed."""
        settled = super().settle_plain(uow, jobs)
        if settled:
            self.doom.passing("settling")
        return settled

    def settle(self, uow: UnitOfWork, job: Job) -> Verdict:
        """Written, not committed: what had to be decided one by one."""
        verdict = super().settle(uow, job)
        self.doom.passing("deciding")
        return verdict

    def committed(self) -> None:
        """Committed, and nobody told."""
        self.doom.passing("committed")
        super().committed()


def _end_with_stdin() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main(deployment: str, point: str, passage: str) -> None:
    """Work until it is over."""
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    doom = Doom(point, int(passage))
    DoomedHandler.doom = doom
    with patch.object(bootstrap, "SendHandler", DoomedHandler):
        backhaul = bootstrap.open_deployment(
            Path(deployment), wrap=lambda _, inner: DoomedTransport(inner, doom)
        )
        backhaul.worker().run()


if __name__ == "__main__":
    main(*sys.argv[1:])
