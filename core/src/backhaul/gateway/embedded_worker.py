"""A worker in the process of the gateway."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from backhaul.processes.worker import Worker

_log = logging.getLogger(__name__)
_PAUSE = 1.0


class EmbeddedWorker:
    """Runs workers in a thread, a new one after the other should one fail: the store may come back."""

    def __init__(self, make: Callable[[], Worker]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._worker: Worker | None = None
        self._thread = threading.Thread(target=self._run, name="backhaul-worker", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is in flight is finished and settled first."""
        with self._lock:
            self._stopping.set()
            if self._worker is not None:
                self._worker.stop()
        self._thread.join()

    def _run(self) -> None:
        while (worker := self._next()) is not None:
            try:
                worker.run()
            except Exception:  # noqa: BLE001  (logged whole; the next worker may succeed)
                _log.exception("the worker failed; another one takes over")
                self._stopping.wait(_PAUSE)

    def _next(self) -> Worker | None:
        with self._lock:
            self._worker = None if self._stopping.is_set() else self._make()
            return self._worker
