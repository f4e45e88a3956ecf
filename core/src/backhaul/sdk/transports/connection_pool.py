"""The connections to one origin: at most so many at once, none that rested too long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import TransientError
from backhaul.sdk.transports.connection import PlainConnection, TlsConnection


class ConnectionPool:
    """Lends connections to threads; the last one used comes first, so idle ones fall away.

    A pooled connection is lent again only if it rested at most `max_idle` seconds and nothing can be read
    from it (readable means closed by the other side, or holding bytes that belong to nobody).
    """

    def __init__(
        self,
        create: Callable[[], PlainConnection | TlsConnection],
        size: int,
        max_idle: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._create = create
        self._size = size
        self._max_idle = max_idle
        self._clock = clock
        self._places = threading.Semaphore(size)
        self._lock = threading.Lock()
        self._idle: list[tuple[PlainConnection | TlsConnection, float]] = []
        self._closed = False

    def take(self, deadline: Deadline) -> PlainConnection | TlsConnection:
        """A connection, open or still to be opened. Raises TransientError if none is free by `deadline`."""
        if not self._places.acquire(timeout=deadline.remaining()):
            raise TransientError(
                f"No connection became free in time: all {self._size} are in use. Nothing was sent.",
                hint="Raise max_in_flight if the back office can take more at once.",
            )
        try:
            return self._rested() or self._create()
        except BaseException:
            self._places.release()
            raise

    def give_back(self, connection: PlainConnection | TlsConnection, *, reusable: bool) -> None:
        """End a loan; what is not reusable is closed."""
        try:
            if not (reusable and connection.sock is not None and self._keep(connection)):
                connection.close()
        finally:
            self._places.release()

    def close(self) -> None:
        """Close every resting connection; a lent one is closed when its call ends."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection, _ in idle:
            connection.close()

    def _keep(self, connection: PlainConnection | TlsConnection) -> bool:
        with self._lock:
            if self._closed:
                return False
            self._idle.append((connection, self._clock()))
            return True

    def _rested(self) -> PlainConnection | TlsConnection | None:
        while True:
            with self._lock:
                if self._closed:
                    raise TransientError("The transport is closed. Nothing was sent.")
                if not self._idle:
                    return None
                connection, since = self._idle.pop()
            if self._clock() - since <= self._max_idle and connection.is_connected:
                return connection
            connection.close()
