from __future__ import annotations

import base64
import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import AuthenticationError, TransientError
from backhaul.sdk.simulator.message import SimRequest, SimResponse
from backhaul.sdk.simulator.server import SimulatorServer
from backhaul.sdk.transports.base import Request
from backhaul.sdk.transports.rest import RestTransport

WRITE = Request("POST", "customer", "POST customer", body=b'{"name":"Anna"}')
EXPECTED = "Basic " + base64.b64encode(b"anna:pass word").decode()

Serve = Callable[..., str]
Simulate = Callable[..., SimulatorServer]
Connect = Callable[..., RestTransport]


class Proxy:
    """A forwarding and tunnelling proxy, just enough of one."""

    def __init__(self, refusal: bytes | None = None) -> None:
        self.heads: list[str] = []
        self._refusal = refusal

    def __call__(self, connection: socket.socket) -> None:
        data = connection.recv(65536)
        head = data.decode("latin-1")
        self.heads.append(head)
        if self._refusal:
            connection.sendall(self._refusal)
            return
        method, target, _ = head.split(" ", 2)
        host = target if method == "CONNECT" else urlsplit(target).netloc
        name, _, port = host.rpartition(":")
        with socket.create_connection((name, int(port))) as onward:
            if method == "CONNECT":
                connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            else:
                onward.sendall(data)
            back = threading.Thread(target=_pump, args=(onward, connection))
            back.start()
            _pump(connection, onward)
            back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def echo(request: SimRequest) -> SimResponse:
    return SimResponse(
        json={
            "path": request.path,
            "proxy": request.header("proxy-authorization"),
            "host": request.header("host"),
        }
    )


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BH_SECRET", "pass word")


def through(url: str) -> dict[str, Any]:
    return {"proxy": {"url": url, "username": "anna", "password": {"env": "BH_SECRET"}}}


def test_plain_requests_are_forwarded(serve: Serve, simulate: Simulate, connect: Connect) -> None:
    proxy = Proxy()
    server = simulate(echo)
    transport = connect(server.url + "/base", **through(serve(proxy)))
    for _ in range(2):
        answer = transport.exchange(WRITE, Deadline.after(5))
        assert b'"path":"/base/customer"' in answer.body
        assert urlsplit(server.url).netloc.encode() in answer.body
    assert proxy.heads[0].startswith(f"POST {server.url}/base/customer HTTP/1.1")
    assert EXPECTED in proxy.heads[0]


def test_tls_is_tunnelled_and_the_server_never_sees_the_credentials_for_the_proxy(
    serve: Serve, simulate: Simulate, connect: Connect, certificates: Any
) -> None:
    proxy = Proxy()
    server = simulate(echo, tls=certificates.server_context())
    transport = connect(server.url, ca_file=str(certificates.ca), **through(serve(proxy)))
    for _ in range(2):
        assert b'"proxy":null' in transport.exchange(WRITE, Deadline.after(5)).body
    assert [head.split("\r\n")[0].split(" HTTP")[0] for head in proxy.heads] == [
        f"CONNECT {urlsplit(server.url).netloc}"
    ]
    assert EXPECTED in proxy.heads[0]


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (b"HTTP/1.1 407 Who\r\n\r\n", AuthenticationError, "The proxy .* refused our credentials"),
        (b"HTTP/1.1 502 Nobody there\r\n\r\n", TransientError, r"the proxy answered 502\. Nothing was sent"),
        (b"What?\r\n\r\n", TransientError, "does not speak HTTP. Nothing was sent"),
        (b"", TransientError, "Nothing was sent"),
    ],
)
def test_a_tunnel_that_is_refused_is_unsent(
    serve: Serve, connect: Connect, answer: bytes, kind: type[Exception], words: str
) -> None:
    transport = connect("https://127.0.0.1:1", **through(serve(Proxy(refusal=answer or b"\r\n"))))
    with pytest.raises(kind, match=words):
        transport.exchange(WRITE, Deadline.after(5))


def test_a_proxy_that_is_down_is_unsent(connect: Connect, closed_port: int) -> None:
    proxy = through(f"http://127.0.0.1:{closed_port}")
    for url in ("http://127.0.0.1:1", "https://127.0.0.1:1"):
        with pytest.raises(TransientError, match=r"refused\. Nothing was sent"):
            connect(url, **proxy).exchange(WRITE, Deadline.after(5))


def test_a_dribbling_tunnel_is_held_to_the_connect_timeout(serve: Serve, connect: Connect) -> None:
    def dribble(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 Connected\r\n")
        pause = threading.Event()
        for _ in range(500):
            connection.sendall(b"X-A: 1\r\n")
            pause.wait(0.01)

    begun = time.monotonic()
    transport = connect("https://127.0.0.1:1", connect_timeout=0.25, **through(serve(dribble)))
    with pytest.raises(TransientError, match="Nothing was sent"):
        transport.exchange(WRITE, Deadline.after(5))
    assert time.monotonic() - begun < 1.0
