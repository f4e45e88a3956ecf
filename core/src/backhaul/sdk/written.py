"""Notes, per call, whether anything was changed at the other side: what makes a fault 'proven unsent'."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from backhaul.sdk.deadline import Deadline
from backhaul.sdk.transports.base import Request, Response, Transport

_HTTP_SUCCESS = range(200, 300)


@dataclass(slots=True)
class WriteWatch:
    """What one call has done so far."""

    wrote: bool = False


_current: ContextVar[WriteWatch | None] = ContextVar("backhaul_write_watch", default=None)


@contextmanager
def watching() -> Iterator[WriteWatch]:
    """Watch the exchanges of the calling thread for as long as the block lasts."""
    watch = WriteWatch()
    token = _current.set(watch)
    try:
        yield watch
    finally:
        _current.reset(token)


class WatchedTransport:
    """Wraps a back office's transport; an unsafe request that succeeded is noted on the current call."""

    def __init__(self, inner: Transport) -> None:
        self.inner = inner

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        """The inner transport's response."""
        response = self.inner.exchange(request, deadline)
        watch = _current.get()
        if watch is not None and not request.safe and response.status in _HTTP_SUCCESS:
            watch.wrote = True
        return response

    def close(self) -> None:
        """Close the inner transport."""
        self.inner.close()
