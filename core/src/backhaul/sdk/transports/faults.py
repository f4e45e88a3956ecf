"""A transport that fails as planned, for tests and rehearsals."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import BackhaulError, ErrorContext, Scope, TransientError, UnknownOutcomeError
from backhaul.sdk.simulator.recurrence import Recurrence, Recurring
from backhaul.sdk.transports.base import Request, Response, Transport

_HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


class TransportFault(StrEnum):
    """What the network does to a request; `drop_before` and `drop_after` look the same to the caller."""

    REFUSE = "refuse"
    DELAY = "delay"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    GARBLE = "garble"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class TransportRule:
    """Which operations (``*`` and ``?`` allowed), how often, and what happens to them."""

    fault: TransportFault
    operation: str = "*"
    when: Recurrence = field(default_factory=Recurrence)
    seconds: float = 0.0
    status: int = 503
    body: bytes = _HTML


class FaultyTransport:
    """Lets the first rule that is due strike each request, the same again for the same seed.

    It never breaks the protocol: its errors are those that a real transport raises for the same cause.
    """

    def __init__(
        self,
        inner: Transport,
        rules: Sequence[TransportRule],
        seed: int = 0,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._inner = inner
        self._sleep = sleep
        self._lock = threading.Lock()
        self._rules = [(rule, Recurring(rule.when, f"{seed}/{place}")) for place, rule in enumerate(rules)]

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        """The inner transport's response, or what the plan makes of it."""
        rule = self._due(request)
        if rule is None:
            return self._inner.exchange(request, deadline)
        context = ErrorContext(operation=request.operation)
        match rule.fault:
            case TransportFault.REFUSE:
                raise TransientError("No connection: refused, as planned. Nothing was sent.", context=context)
            case TransportFault.DROP_BEFORE:
                raise _no_answer(request, context)
            case TransportFault.STATUS:
                return Response(rule.status, {"content-type": "text/html"}, rule.body)
            case TransportFault.DELAY:
                self._sleep(min(rule.seconds, deadline.remaining()))
        response = self._inner.exchange(request, deadline)
        if rule.fault is TransportFault.DROP_AFTER:
            raise _no_answer(request, context)
        if rule.fault is TransportFault.GARBLE:
            return Response(response.status, {**response.headers, "content-type": "text/html"}, rule.body)
        return response

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()

    def _due(self, request: Request) -> TransportRule | None:
        with self._lock:
            for rule, recurring in self._rules:
                if fnmatchcase(request.operation, rule.operation) and recurring.is_due():
                    return rule
        return None


def _no_answer(request: Request, context: ErrorContext) -> BackhaulError:
    text = "The connection was closed without an answer, as planned."
    if request.safe:
        return TransientError(text, scope=Scope.DELIVERY, context=context)
    return UnknownOutcomeError(text, context=context)
