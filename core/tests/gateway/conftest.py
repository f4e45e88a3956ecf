"""A served deployment on a real socket, with one small back office that can do nothing but push."""

from __future__ import annotations

import http.client
import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import pytest

from backhaul.bootstrap import Backhaul, opened
from backhaul.gateway.serve import Server
from backhaul.host.discovery import Discovery, Plugin
from backhaul.sdk.adapter import Adapter
from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import AuthenticationError
from backhaul.sdk.inbound import RawMessage
from backhaul.sdk.settings import AdapterSettings
from backhaul.sdk.spec import CONTRACT, AdapterSpec
from backhaul.sdk.transports.base import Transport

TOKEN = "made-up-token"
MODULE = "gateway_test_plugin"


class NoTransport:
    """Nothing is called in these tests."""

    def exchange(self, *_: object) -> Any:
        raise AssertionError

    def close(self) -> None:
        pass


class Pusher(Adapter[AdapterSettings]):
    """Proven by its headers; notes where it was subscribed to, and fails as often as it was told."""

    def __init__(self, settings: AdapterSettings, transport: Transport) -> None:
        super().__init__(settings, transport)
        self.failures: list[Exception] = []
        self.subscribed: list[str] = []
        self.told = threading.Event()

    @classmethod
    def open_transport(cls, settings: AdapterSettings) -> Transport:
        transport: Any = NoTransport()
        return transport  # type: ignore[no-any-return]

    def subscribe(self, callback: str, deadline: Deadline) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.subscribed.append(callback)
        self.told.set()


class Signer(Pusher):
    """Proven by what its body says, as a signature is; stops there while `gate` is closed."""

    def __init__(self, settings: AdapterSettings, transport: Transport) -> None:
        super().__init__(settings, transport)
        self.gate = threading.Event()
        self.gate.set()
        self.reached = threading.Event()

    def authenticate(self, message: RawMessage) -> None:
        self.reached.set()
        self.gate.wait(10)
        if not message.body.startswith(b"signed"):
            raise AuthenticationError("The message is not signed.", hint="for the operator only")


def discovery() -> Discovery:
    names = {"pusher": "Pusher", "signer": "Signer"}
    specs = [AdapterSpec(name, CONTRACT, "for tests", f"{MODULE}:{cls}") for name, cls in names.items()]
    return Discovery({spec.name: Plugin(spec, "tests", "1") for spec in specs})


DEPLOYMENT = """
[store]
url = "sqlite:///backhaul.db"

[backoffice.pushing]
plugin = "pusher"
inbound_token = { env = "BACKHAUL_TEST_TOKEN" }

[backoffice.signing]
plugin = "signer"

[backoffice.silent]
plugin = "pusher"

[backoffice.lost]
plugin = "not_installed"
"""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


def call(url: str, method: str, path: str, body: Any = None, **headers: str) -> Answer:
    """One request on a connection of its own; underscores in names of headers are hyphens."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=20)
    content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    if isinstance(body, dict) and "Content-Type" not in given:
        given["Content-Type"] = "application/json"
    try:
        connection.request(method, path, content, given)
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, response.read())
    finally:
        connection.close()


Call = Callable[..., Answer]


@pytest.fixture
def backhaul(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Backhaul]:
    module = ModuleType(MODULE)
    module.Pusher, module.Signer = Pusher, Signer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, MODULE, module)
    monkeypatch.setenv("BACKHAUL_TEST_TOKEN", TOKEN)
    file = tmp_path / "backhaul.toml"
    file.write_text(DEPLOYMENT, encoding="utf-8")
    with opened(file, discovery=discovery()) as found:
        yield found


@pytest.fixture
def serving(backhaul: Backhaul) -> Iterator[Callable[..., Server]]:
    """Makes servers, and stops them."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(Server(backhaul, port=0, **options))


@pytest.fixture
def server(serving: Callable[..., Server]) -> Server:
    return serving()


@pytest.fixture
def ask(server: Server) -> Call:
    return lambda *arguments, **headers: call(server.url, *arguments, **headers)


@pytest.fixture
def pushing(backhaul: Backhaul) -> Pusher:
    adapter = backhaul.landscape.invocation("pushing").adapter
    assert isinstance(adapter, Pusher)
    return adapter


@pytest.fixture
def signing(backhaul: Backhaul) -> Signer:
    adapter = backhaul.landscape.invocation("signing").adapter
    assert isinstance(adapter, Signer)
    return adapter


@pytest.fixture
def proven() -> dict[str, str]:
    """The headers of a proven sender."""
    return {"Authorization": f"Bearer {TOKEN}"}
