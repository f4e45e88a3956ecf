"""A listener: posts events to one registered callback, over one connection, a bounded number of times."""

from __future__ import annotations

import json
import queue
import threading
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from backhaul_rest_backoffice.simulator.event import Event

_TIMEOUT = 10.0
_FLUSH_AFTER = 0.2
_PATIENCE = 2.0
_TAKEN = range(200, 300)


class Listener:
    """Delivers events from a thread of its own, so that a slow callback holds up nobody else."""

    def __init__(
        self,
        callback: str,
        token: str | None,
        *,
        attempts: int = 5,
        pause: float = 0.1,
    ) -> None:
        self.delivered = 0
        self.given_up = 0
        self._address = urlsplit(callback)
        self._headers = {"Content-Type": "application/json;charset=utf-8"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        self._held: Event | None = None
        self._attempts = attempts
        self._pause = pause
        self._connection: HTTPConnection | None = None
        self._queue: queue.SimpleQueue[tuple[Event, bool] | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"listener {callback}", daemon=True)
        self._thread.start()

    def tell(self, event: Event, *, late: bool = False) -> None:
        """Take an event for delivery, `late` only after the next one; returns at once."""
        self._queue.put((event, late))

    @property
    def waiting(self) -> int:
        """How many events wait to be sent."""
        return self._queue.qsize()

    def close(self) -> None:
        """Stop; what waits is dropped."""
        self._closing.set()
        self._queue.put(None)
        self._thread.join(_PATIENCE)

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                told = self._queue.get(timeout=_FLUSH_AFTER)
            except queue.Empty:
                self._release()
                continue
            if told is not None:
                self._take(*told)
        self._drop_connection()

    def _take(self, event: Event, late: bool) -> None:  # noqa: FBT001  (a pair from the queue)
        if late and self._held is None:
            self._held = event
        else:
            self._deliver(event)
            self._release()

    def _release(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self._deliver(held)

    def _deliver(self, event: Event) -> None:
        body = json.dumps(event.document).encode()
        for attempt in range(self._attempts):
            if self._posted(event.name, body):
                self.delivered += 1
                return
            if self._closing.wait(self._pause * 2**attempt):
                return
        self.given_up += 1

    def _posted(self, name: str, body: bytes) -> bool:
        try:
            connection = self._open()
            path = f"{self._address.path.rstrip('/')}/listener/{name}"
            connection.request("POST", path, body, self._headers)
            response = connection.getresponse()
            response.read()
        except (OSError, HTTPException):
            self._drop_connection()
            return False
        return response.status in _TAKEN

    def _open(self) -> HTTPConnection:
        if self._connection is None:
            kind = HTTPSConnection if self._address.scheme == "https" else HTTPConnection
            self._connection = kind(self._address.hostname or "", self._address.port, timeout=_TIMEOUT)
        return self._connection

    def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
