from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from backhaul.entities import Account
from backhaul.sdk.deadline import Deadline
from backhaul.sdk.inbound import InboundKind, RawMessage
from backhaul.sdk.simulator.process import SimulatorProcess

Sender = Any
Senders = Callable[..., Sender]


class Callback(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.arrived: queue.Queue[RawMessage] = queue.Queue()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/in/assurance"


class Handler(BaseHTTPRequestHandler):
    server: Callback

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): text for name, text in self.headers.items()}
        self.server.arrived.put(RawMessage(body, headers, self.path.removeprefix("/in/assurance/")))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def callback() -> Iterator[Callback]:
    with Callback() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_events_arrive_after_subscribing(
    sender_with: Senders,
    simulator: SimulatorProcess,
    callback: Callback,
    monkeypatch: Any,
    engines: Account,
) -> None:
    monkeypatch.setenv("TOKEN", "given")
    tmf = sender_with(inbound_token={"env": "TOKEN"}, hub_token_header="X-Listener-Token")
    for _ in range(2):
        tmf.adapter.subscribe(callback.url, Deadline.after(5))
    assert len(simulator.control.call("GET", "/hub")) == 2
    tmf.send(engines)
    arrived = callback.arrived.get(timeout=5)
    tmf.adapter.authenticate(arrived)
    assert arrived.path == "listener/customerCreateEvent"
    ((capability, inbound),) = tmf.invocation.read(arrived)
    assert capability.entity is Account
    assert (inbound.our_id, inbound.external_id) == ("A-1", tmf.theirs(engines))
    assert inbound.causation_id == "c-1"
    control = simulator.control
    control.call(
        "POST", "/edit", {"resource": "customer", "id": inbound.external_id, "patch": {"status": "x"}}
    )
    ((_, changed),) = tmf.invocation.read(callback.arrived.get(timeout=5))
    assert changed.kind is InboundKind.UPDATED
    assert changed.stamp > inbound.stamp
    assert callback.arrived.empty()


def test_a_hub_that_is_off_is_not_asked(
    sender_with: Senders, simulator: SimulatorProcess, callback: Callback
) -> None:
    sender_with(hub=False).adapter.subscribe(callback.url, Deadline.after(5))
    assert simulator.control.call("GET", "/hub") == []
