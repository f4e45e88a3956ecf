"""The remote control of a simulator, on a port of its own: it answers during an outage too."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.simulator.fault_plan import FaultPlan
from backhaul.sdk.simulator.http_wire import Answer, serve_connection
from backhaul.sdk.simulator.message import BadRequestError, SimRequest, SimResponse
from backhaul.sdk.simulator.port import Port
from backhaul.sdk.simulator.routes import Handler, Routes

if TYPE_CHECKING:
    from backhaul.sdk.simulator.server import SimulatorServer


class Control:
    """State, statistics, faults, outage and reset, and whatever a plugin adds.

    ====== ========= ==========================================================================
    GET    /state    what the simulated system holds
    PUT    /state    hold this instead
    GET    /stats    counts of requests, executions, answers and strikes of the fault plan
    PUT    /faults   the fault plan from now on
    POST   /outage   ``{"seconds": 2}``, ``{"on": true}`` or ``{"on": false}``
    POST   /reset    hold nothing, count from zero, no faults, no outage
    ====== ========= ==========================================================================
    """

    def __init__(self, server: SimulatorServer, host: str, number: int) -> None:
        self._server = server
        self._ended = threading.Event()
        self._routes = Routes()
        self._port = Port(self._serve, host, number)
        self.number = self._port.number
        for method, path, handler in (
            ("GET", "/state", self._state),
            ("PUT", "/state", self._restore),
            ("GET", "/stats", self._stats),
            ("PUT", "/faults", self._faults),
            ("POST", "/outage", self._outage),
            ("POST", "/reset", self._reset),
        ):
            self._routes.add(method, path, handler)

    def route(self, method: str, pattern: str, handler: Handler) -> None:
        """Add a control; it runs under the server's lock."""
        self._routes.add(method, pattern, handler)

    def open(self) -> None:
        """Answer from now on."""
        self._port.open()

    def release(self) -> None:
        """Close for good."""
        self._ended.set()
        self._port.release()

    def _serve(self, connection: Any) -> None:
        serve_connection(connection, self._answer, self._ended.wait)

    def _answer(self, request: SimRequest) -> Answer:
        handler = self._routes.find(request)
        if handler is None:
            return Answer(_problem(404, f"the control port has no {request.method} {request.path}"))
        try:
            if handler in (self._outage, self._reset):  # they wait for threads that may want the lock
                return Answer(handler(request))
            with self._server.lock:
                return Answer(handler(request))
        except (BadRequestError, ConfigurationError) as error:
            return Answer(_problem(400, str(error)))

    def _state(self, _request: SimRequest) -> SimResponse:
        return SimResponse(json=self._server.system.state())

    def _restore(self, request: SimRequest) -> SimResponse:
        self._server.system.restore(request.json())
        return SimResponse(204)

    def _stats(self, _request: SimRequest) -> SimResponse:
        counts = self._server.statistics.document()
        return SimResponse(
            json={**counts, "faults": self._server.faults.counts(), "open": self._server.is_open}
        )

    def _faults(self, request: SimRequest) -> SimResponse:
        document = request.json()
        if not isinstance(document, dict):
            raise BadRequestError("a fault plan is an object with seed and rule")
        self._server.faults = FaultPlan.parse(document)
        return SimResponse(204)

    def _outage(self, request: SimRequest) -> SimResponse:
        document = request.json() if request.body else {"on": True}
        match document:
            case {"on": False, **rest} if not rest:
                self._server.reopen()
            case {"on": True, **rest} if not rest:
                self._server.outage()
            case {"seconds": int() | float() as seconds, **rest} if not rest and seconds >= 0:
                self._server.outage(float(seconds))
            case _:
                raise BadRequestError('an outage is {"seconds": 2}, {"on": true} or {"on": false}')
        return SimResponse(204)

    def _reset(self, _request: SimRequest) -> SimResponse:
        self._server.reset()
        return SimResponse(204)


def _problem(status: int, text: str) -> SimResponse:
    return SimResponse(status, {"code": str(status), "reason": text})
