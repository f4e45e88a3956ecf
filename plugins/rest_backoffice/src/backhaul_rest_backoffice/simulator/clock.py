"""The clock of the simulated system: later with every reading, so that two changes never share a moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime


class Clock:
    """Gives microseconds since the epoch, each reading greater than the one before. Thread-safe."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._last = 0
        self._lock = threading.Lock()

    def tick(self) -> str:
        """The present moment, ISO 8601 in UTC with microseconds."""
        with self._lock:
            self._last = max(int(self._now() * 1_000_000), self._last + 1)
            return iso(self._last)


def iso(microseconds: int) -> str:
    """Microseconds since the epoch as text of fixed width, which sorts as time does."""
    seconds, rest = divmod(microseconds, 1_000_000)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
