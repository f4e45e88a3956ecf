"""What a simulator has counted."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any


class Statistics:
    """Counts of requests, executions and answers. Thread-safe.

    An execution is a handler that ran to its end, whatever became of its answer: tests compare it with what
    the sender believes. An answer with the status 0 is a connection that was dropped.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Count from zero."""
        with self._lock:
            self._connections = 0
            self._in_flight = 0
            self._peak = 0
            self._arrived: Counter[str] = Counter()
            self._executed: Counter[str] = Counter()
            self._statuses: Counter[int] = Counter()

    def connected(self) -> None:
        """A connection was accepted."""
        with self._lock:
            self._connections += 1

    def arrived(self, operation: str) -> None:
        """A request was read."""
        with self._lock:
            self._arrived[operation] += 1
            self._in_flight += 1
            self._peak = max(self._peak, self._in_flight)

    def executed(self, operation: str) -> None:
        """A handler ran to its end."""
        with self._lock:
            self._executed[operation] += 1

    def answered(self, status: int) -> None:
        """A request got its answer."""
        with self._lock:
            self._statuses[status] += 1
            self._in_flight = max(0, self._in_flight - 1)

    def document(self) -> dict[str, Any]:
        """All counts as JSON."""
        with self._lock:
            return {
                "connections": self._connections,
                "requests": self._arrived.total(),
                "executed": self._executed.total(),
                "in_flight_peak": self._peak,
                "operations": {
                    name: {"requests": count, "executed": self._executed[name]}
                    for name, count in sorted(self._arrived.items())
                },
                "statuses": {str(status): count for status, count in sorted(self._statuses.items())},
            }
