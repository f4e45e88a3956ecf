from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from backhaul.sdk.simulator.control_client import ControlClient
from backhaul.sdk.simulator.message import SimRequest, SimResponse
from backhaul.sdk.simulator.server import SimulatorServer


class Shop:
    """A small system: customers with ids of its own."""

    def __init__(self) -> None:
        self.held: dict[str, Any] = {}

    def state(self) -> Any:
        return self.held

    def reset(self) -> None:
        self.held = {}

    def restore(self, state: Any) -> None:
        self.held = dict(state)

    def create(self, request: SimRequest) -> SimResponse:
        number = str(len(self.held) + 1)
        self.held[number] = request.json()
        return SimResponse(201, {"id": number, **self.held[number]})

    def find(self, request: SimRequest) -> SimResponse:
        found = self.held.get(request.params["id"])
        return SimResponse(200, found) if found else SimResponse(404, {"reason": "no such customer"})

    def rename(self, request: SimRequest) -> SimResponse:
        self.held[request.params["id"]]["name"] = request.json()["name"]
        return SimResponse(204)


class Client:
    """One keep-alive connection."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)

    def __call__(
        self, method: str, path: str, document: Any = None, **headers: str
    ) -> tuple[int, Any, dict[str, str]]:
        body = document if isinstance(document, bytes) else json.dumps(document) if document else None
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        kind = answer.headers.get("content-type", "")
        read = json.loads(content) if content and kind == "application/json" else content
        return answer.status, read, {name.lower(): value for name, value in answer.headers.items()}


@pytest.fixture
def shop() -> Iterator[SimulatorServer]:
    system = Shop()
    server = SimulatorServer(system)
    server.route("POST", "/customer", system.create, operation="create customer")
    server.route("GET", "/customer/{id}", system.find)
    server.control_route("POST", "/customer/{id}/name", system.rename)
    with server:
        yield server


@pytest.fixture
def control(shop: SimulatorServer) -> ControlClient:
    return ControlClient(shop.control_url)


@pytest.fixture
def client() -> Iterator[Callable[[SimulatorServer], Client]]:
    made: list[Client] = []

    def connected(server: SimulatorServer) -> Client:
        made.append(Client(server.url))
        return made[-1]

    yield connected
    for each in made:
        each.connection.close()
