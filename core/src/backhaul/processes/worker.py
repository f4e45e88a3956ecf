"""The worker: delivers, polls, and takes up held messages again, until it is told to stop."""

from __future__ import annotations

import logging
import threading

from backhaul.delivery.dispatcher import Dispatcher
from backhaul.processes.landscape import Landscape
from backhaul.processes.receive import Receive
from backhaul.sdk.errors import BackhaulError

_log = logging.getLogger(__name__)
_REMATCH_EVERY = 0.2


class Worker:
    """One dispatcher, one thread for held messages, and one thread per polled source."""

    def __init__(self, dispatcher: Dispatcher, receive: Receive, landscape: Landscape) -> None:
        self.dispatcher = dispatcher
        self._receive = receive
        self._landscape = landscape
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def run(self) -> None:
        """Work until `stop()`; every call in flight is finished and settled before this returns."""
        self._start("backhaul-held", self._rematch)
        for name, invocation in self._landscape.invocations.items():
            every = invocation.settings.poll_every
            for source in invocation.adapter.poll_sources if every else ():
                self._start(f"backhaul-poll-{name}-{source}", self._poll, name, source, every)
        try:
            self.dispatcher.run()
        finally:
            self._stopping.set()
            for thread in self._threads:
                thread.join()

    def stop(self) -> None:
        """End gracefully."""
        self._stopping.set()
        self.dispatcher.stop()

    def _start(self, name: str, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, name=name, daemon=True)  # type: ignore[arg-type]
        thread.start()
        self._threads.append(thread)

    def _rematch(self) -> None:
        while not self._stopping.wait(_REMATCH_EVERY):
            try:
                if self._receive.take_held():
                    self.dispatcher.nudge()
            except Exception:  # noqa: BLE001  (logged; the next round takes them up)
                _log.exception("held messages could not be taken up; they stay held")

    def _poll(self, name: str, source: str, every: float) -> None:
        """A source that cannot be polled now is polled again later; its cursor has not moved."""
        while not self._stopping.is_set():
            try:
                while self._receive.poll(name, source) and not self._stopping.is_set():
                    self.dispatcher.nudge()
            except BackhaulError as error:
                _log.warning("polling %s of %s: %s", source, name, error)
            except Exception:  # noqa: BLE001  (logged; the cursor has not moved)
                _log.exception("polling %s of %s failed; it is polled again", source, name)
            self._stopping.wait(every)
