"""A shift: a worker that a signal, a budget or idleness ends."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from backhaul.bootstrap import Backhaul
from backhaul.sdk.errors import BackhaulError

_log = logging.getLogger(__name__)
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Shift:
    """Runs the worker of a deployment in this thread, which must be the main one."""

    def __init__(self, backhaul: Backhaul, budget: float | None = None) -> None:
        self._backhaul = backhaul
        self._worker = backhaul.worker()
        self._ends = time.monotonic() + budget if budget is not None else None
        self._over = threading.Event()

    def work(self, *, until_idle: bool) -> None:
        """Work to the end; what is in flight then is finished and settled."""
        with self._ended_by_signals(), self._ended_by_budget():
            if until_idle:
                self._drain()
            else:
                self._worker.run()

    def _stop(self) -> None:
        self._over.set()
        self._worker.stop()

    def _drain(self) -> None:
        """Poll once, then deliver and take up held messages until neither brings anything new."""
        self._poll_once()
        while not self._over.is_set():
            self._worker.dispatcher.drain(self._left())
            if self._over.is_set() or not self._backhaul.receive.take_held():
                return

    def _left(self) -> float | None:
        return max(0.0, self._ends - time.monotonic()) if self._ends is not None else None

    def _poll_once(self) -> None:
        for name, invocation in self._backhaul.landscape.invocations.items():
            sources = invocation.adapter.poll_sources if invocation.settings.poll_every else ()
            for source in sources:
                try:
                    while not self._over.is_set() and self._backhaul.receive.poll(name, source):
                        pass
                except BackhaulError as error:
                    _log.warning("polling %s of %s: %s", source, name, error)

    @contextmanager
    def _ended_by_budget(self) -> Iterator[None]:
        left = self._left()
        if left is None:
            yield
            return
        timer = threading.Timer(left, self._stop)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    @contextmanager
    def _ended_by_signals(self) -> Iterator[None]:
        """The first signal ends the shift, a second one the process."""
        # Through a pipe to a thread: a signal handler may interrupt this thread while it holds a lock.
        told, tell = os.pipe()
        listener = threading.Thread(target=self._listen, args=(told,), daemon=True)
        listener.start()
        before = {number: signal.signal(number, _teller(tell)) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(tell)
            listener.join()
            os.close(told)

    def _listen(self, told: int) -> None:
        if os.read(told, 1):
            self._stop()


def _teller(tell: int) -> Callable[[int, FrameType | None], None]:
    """A handler that writes to the pipe and gives the next signal its usual effect."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        for one in _SIGNALS:
            signal.signal(one, signal.SIG_DFL)
        os.write(tell, b"x")

    return handle
