"""What callers tell the dispatcher."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from backhaul.delivery.handler import Job, Pin
from backhaul.delivery.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Rendered:
    """A first attempt is ready to be pinned (Pin), decided (Verdict), or repeats its old pin (None)."""

    job: Job
    decided: Pin | Verdict | None


@dataclass(frozen=True, slots=True)
class Called:
    """A call has ended and its merge is worked out; `error` is a defect of a step."""

    job: Job
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Merged:
    """A merge was worked out again on a fresh snapshot."""

    job: Job
    error: Exception | None = None


@dataclass(slots=True)
class Bind:
    """A caller waits until a binding is committed."""

    job: Job
    resource: str
    external_id: str
    _finished: threading.Event = field(default_factory=threading.Event)
    _problem: Exception | None = None

    def done(self, problem: Exception | None) -> None:
        """Committed, or refused with a problem."""
        self._problem = problem
        self._finished.set()

    def wait(self, timeout: float) -> None:
        """Return when committed. Raises the problem, or TimeoutError."""
        if not self._finished.wait(timeout):
            msg = "the binding could not be committed in time"
            raise TimeoutError(msg)
        if self._problem is not None:
            raise self._problem


Event = Rendered | Called | Merged | Bind
