"""The transport to the system: no network, the same promises as a real one."""

from __future__ import annotations

from tests.rules.support.fault import FaultKind
from tests.rules.support.system import System

from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import Scope, TransientError, UnknownOutcomeError
from backhaul.sdk.transports.base import Request, Response

_LOST = (FaultKind.DROP_BEFORE, FaultKind.DROP_AFTER, FaultKind.LATE)


class SystemTransport:
    """Exchanges requests with a `System`, and translates what happens as the protocol asks."""

    def __init__(self, system: System) -> None:
        self.system = system

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        """The system's answer, or the error of the family that a real transport would raise."""
        del deadline
        fault = self.system.strike(request)
        kind = fault.kind if fault is not None else None
        if kind is FaultKind.REFUSE:
            msg = "connection refused"
            raise TransientError(msg)
        if kind is FaultKind.DEFECT:
            msg = "a defect of the adapter"
            raise LookupError(msg)
        response = self.system.handle(request, fault)
        if kind in _LOST:
            msg = "the connection was closed without an answer"
            if request.safe:
                raise TransientError(msg, scope=Scope.DELIVERY)
            raise UnknownOutcomeError(msg)
        return response

    def close(self) -> None:
        """Nothing to release."""
        self.system.closed = True
