"""Time that only a test moves."""

from __future__ import annotations

import threading

NOON = 1_800_000_000.0


class Clock:
    """The store's clock and the monotonic clock of a test; both move together, and only when told."""

    def __init__(self, now: float = NOON) -> None:
        self._now = now
        self._lock = threading.Lock()

    def __call__(self) -> float:
        """Seconds since the epoch."""
        with self._lock:
            return self._now

    def advance(self, seconds: float) -> float:
        """Let time pass; the new moment."""
        with self._lock:
            self._now += seconds
            return self._now

    def advance_to(self, moment: float) -> None:
        """Let time pass until a moment; a moment of the past changes nothing."""
        with self._lock:
            self._now = max(self._now, moment)
