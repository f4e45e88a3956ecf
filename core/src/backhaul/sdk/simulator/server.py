"""A stateful simulated back office on real ports."""

from __future__ import annotations

import ssl
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any, Protocol, Self, TypeAlias

from backhaul.sdk.simulator.control import Control
from backhaul.sdk.simulator.fault_plan import FaultPlan
from backhaul.sdk.simulator.faulty import Faulty, Refusal, plain_refusal
from backhaul.sdk.simulator.http_wire import Answer, serve_connection
from backhaul.sdk.simulator.message import BadRequestError, SimRequest, SimResponse
from backhaul.sdk.simulator.port import Port
from backhaul.sdk.simulator.routes import Handler, Operation, Routes
from backhaul.sdk.simulator.statistics import Statistics

Stopper: TypeAlias = Callable[[], None]


class SimulatedSystem(Protocol):
    """What a simulator simulates: it holds what it was sent."""

    def state(self) -> Any:
        """Everything it holds, as JSON."""
        ...

    def reset(self) -> None:
        """Hold nothing, as on the first day."""
        ...

    def restore(self, state: Any) -> None:
        """Hold exactly what `state` once returned."""
        ...


class SimulatorServer:
    """Serves a simulated system on a service port, and its remote control on another.

    Handlers run one at a time under `lock`, so a system needs no locks of its own; planned delays and
    dribbling run outside it. `url` and `control_url` are known from the constructor on.
    """

    def __init__(
        self,
        system: SimulatedSystem,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        control_port: int = 0,
        faults: FaultPlan | None = None,
        tls: ssl.SSLContext | None = None,
        refusal: Refusal = plain_refusal,
    ) -> None:
        self.system = system
        self.lock = threading.RLock()
        self.statistics = Statistics()
        self._stopping = threading.Event()
        self._routes = Routes()
        self._faulty = Faulty(faults or FaultPlan(), refusal, self._pause)
        self._service = Port(self._serve, host, port, tls)
        self._control = Control(self, host, control_port)
        self._reopening: threading.Timer | None = None
        name = f"[{host}]" if ":" in host else host
        self.url = f"{'https' if tls else 'http'}://{name}:{self._service.number}"
        self.control_url = f"http://{name}:{self._control.number}"

    @property
    def faults(self) -> FaultPlan:
        """The plan in force; assign another to change it at once."""
        return self._faulty.plan

    @faults.setter
    def faults(self, plan: FaultPlan) -> None:
        self._faulty.plan = plan

    @property
    def is_open(self) -> bool:
        """False during an outage."""
        return self._service.is_open

    def route(self, method: str, pattern: str, handler: Handler, operation: Operation | None = None) -> None:
        """Answer `method` at `pattern` (``/customer/{id}``); fault plans know it by `operation`."""
        self._routes.add(method, pattern, handler, operation)

    def control_route(self, method: str, pattern: str, handler: Handler) -> None:
        """Add to the remote control, such as an edit that a user makes inside the simulated system."""
        self._control.route(method, pattern, handler)

    def start(self) -> Self:
        """Open both ports."""
        self._control.open()
        self._service.open()
        return self

    def stop(self) -> None:
        """Close both ports, cut all connections, end all threads."""
        self._stopping.set()
        self._cancel_reopening()
        self._service.release()
        self._control.release()

    def outage(self, seconds: float | None = None) -> None:
        """Close the service port: connections are refused until `reopen`, or for so many seconds."""
        self._cancel_reopening()
        self._service.close()
        if seconds is not None:
            self._reopening = threading.Timer(seconds, self._service.open)
            self._reopening.daemon = True
            self._reopening.start()

    def reopen(self) -> None:
        """End an outage."""
        self._cancel_reopening()
        self._service.open()

    def reset(self) -> None:
        """Forget everything: held objects, statistics, faults and an outage."""
        with self.lock:
            self.system.reset()
        self.statistics.reset()
        self.faults = FaultPlan()
        self.reopen()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _cancel_reopening(self) -> None:
        if self._reopening is not None:
            self._reopening.cancel()
            self._reopening.join()
            self._reopening = None

    def _pause(self, seconds: float) -> bool:
        return self._stopping.wait(seconds)

    def _serve(self, connection: Any) -> None:
        self.statistics.connected()
        serve_connection(connection, self._answer, self._pause)

    def _answer(self, request: SimRequest) -> Answer:
        handler = self._routes.find(request) or self._no_route
        self.statistics.arrived(request.operation)
        answer = self._faulty.answer(request, lambda: self._execute(handler, request))
        self.statistics.answered(answer.response.status if answer.response else 0)
        return answer

    def _execute(self, handler: Handler, request: SimRequest) -> SimResponse:
        try:
            with self.lock:
                response = handler(request)
        except BadRequestError as error:
            return self._faulty.refusal(request, 400, "400", str(error))
        except Exception as error:  # noqa: BLE001  a bug in a simulator must show, and must not stop it
            traceback.print_exc(file=sys.stderr)
            return self._faulty.refusal(request, 500, "SIMULATOR", f"defect in the simulator: {error!r}")
        self.statistics.executed(request.operation)
        return response

    def _no_route(self, request: SimRequest) -> SimResponse:
        status = 405 if self._routes.knows(request.path) else 404
        return self._faulty.refusal(
            request, status, str(status), f"nothing at {request.method} {request.path}"
        )
