"""A transport that tells what passes through it, without bodies."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import BackhaulError
from backhaul.sdk.transports.base import Request, Response, Transport

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trace:
    """One exchange: its operation, and its HTTP status or the kind of its error."""

    operation: str
    method: str
    ms: float
    sent_bytes: int
    status: int | None = None
    received_bytes: int = 0
    error: str | None = None


def log(trace: Trace) -> None:
    """Write one line at level DEBUG; no address, header or body."""
    outcome = trace.error or trace.status
    logger.debug(
        "%s: %s in %.1f ms, %d bytes out, %d bytes in",
        trace.operation,
        outcome,
        trace.ms,
        trace.sent_bytes,
        trace.received_bytes,
    )


class TracingTransport:
    """Reports every exchange of an inner transport to a callback (by default the log)."""

    def __init__(
        self,
        inner: Transport,
        report: Callable[[Trace], None] = log,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._inner = inner
        self._report = report
        self._clock = clock

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        """The inner transport's response or error, reported."""
        begun = self._clock()
        try:
            response = self._inner.exchange(request, deadline)
        except BackhaulError as error:
            self._report(self._trace(request, begun, None, type(error).__name__))
            raise
        self._report(self._trace(request, begun, response, None))
        return response

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()

    def _trace(self, request: Request, begun: float, response: Response | None, error: str | None) -> Trace:
        return Trace(
            operation=request.operation,
            method=request.method,
            ms=(self._clock() - begun) * 1000,
            sent_bytes=len(request.body or b""),
            status=response.status if response else None,
            received_bytes=len(response.body) if response else 0,
            error=error,
        )
