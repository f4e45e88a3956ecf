from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from backhaul.sdk.errors import BackhaulError
from backhaul.sdk.simulator.control_client import ControlClient
from backhaul.sdk.simulator.message import SimRequest, SimResponse
from backhaul.sdk.simulator.server import SimulatorServer

Connect = Callable[[SimulatorServer], Callable[..., tuple[int, Any, dict[str, str]]]]


def spoken(server: SimulatorServer, data: bytes) -> bytes:
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer


def test_it_holds_what_it_was_sent(shop: SimulatorServer, client: Connect, control: ControlClient) -> None:
    call = client(shop)
    assert call("POST", "/customer", {"name": "Änna"})[:2] == (201, {"id": "1", "name": "Änna"})
    assert call("GET", "/customer/1")[:2] == (200, {"name": "Änna"})
    assert call("GET", "/customer/2")[:2] == (404, {"reason": "no such customer"})
    assert control.state() == {"1": {"name": "Änna"}}


def test_one_connection_carries_many_requests(
    shop: SimulatorServer, client: Connect, control: ControlClient
) -> None:
    call = client(shop)
    for _ in range(5):
        call("POST", "/customer", {"name": "Anna"})
    stats = control.stats()
    assert (stats["connections"], stats["requests"], stats["executed"]) == (1, 5, 5)
    assert stats["operations"] == {"create customer": {"requests": 5, "executed": 5}}
    assert stats["statuses"] == {"201": 5}
    assert stats["open"] is True


def test_unknown_addresses_methods_and_bodies_are_refused(shop: SimulatorServer, client: Connect) -> None:
    call = client(shop)
    assert call("GET", "/nothing")[0] == 404
    assert call("DELETE", "/customer/1")[0] == 405
    status, answer, _ = call("POST", "/customer", b"{")
    assert status == 400
    assert "not JSON" in answer["reason"]


def test_a_defect_in_a_handler_shows(
    shop: SimulatorServer, client: Connect, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(request: SimRequest) -> SimResponse:
        raise KeyError(request.path)

    shop.route("GET", "/broken", broken)
    status, answer, _ = client(shop)("GET", "/broken")
    assert status == 500
    assert "defect in the simulator: KeyError('/broken')" in answer["reason"]
    assert "Traceback" in capsys.readouterr().err


def test_the_wire_is_read_in_all_its_forms(shop: SimulatorServer) -> None:
    chunked = (
        b'POST /customer HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n2;x=y\r\n1}\r\n0\r\n\r\n'
    )
    assert b'{"id":"1","a":1}' in spoken(shop, chunked)
    pipelined = b"GET /customer/1 HTTP/1.1\r\n\r\n" * 2
    assert spoken(shop, pipelined).count(b"HTTP/1.1 200 OK") == 2
    expecting = b"POST /customer HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}"
    assert spoken(shop, expecting).startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created")
    old = b"GET http://x:1/customer/1?a=b HTTP/1.0\r\n\r\n"
    assert b"Connection: close" in spoken(shop, old)
    head = spoken(shop, b"HEAD /customer/1 HTTP/1.1\r\n\r\n")
    assert head.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"POST /customer HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST /customer HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST /customer HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /" + b"x" * 200_000,
    ],
)
def test_what_is_not_http_is_refused(shop: SimulatorServer, data: bytes) -> None:
    assert spoken(shop, data).startswith(b"HTTP/1.1 400 ")


def test_parameters_are_unescaped_and_a_slash_in_an_id_stays(shop: SimulatorServer, client: Connect) -> None:
    seen: list[SimRequest] = []

    def keep(request: SimRequest) -> SimResponse:
        seen.append(request)
        return SimResponse(204)

    shop.route("GET", "/part/{id}", keep)
    shop.route("GET", "/tree/{rest:path}", keep)
    call = client(shop)
    assert call("GET", "/part/a%2Fb%20%C3%BC?x=1&y=a%20b&y=c")[0] == 204
    assert call("GET", "/tree/a/b", **{"X-Id": "7"})[0] == 204
    assert seen[0].params == {"id": "a/b ü"}
    assert seen[0].query == {"x": "1", "y": "c"}
    assert seen[1].params == {"rest": "a/b"}
    assert seen[1].header("x-id") == "7"


def test_an_operation_can_be_read_from_the_request(shop: SimulatorServer, client: Connect) -> None:
    shop.route(
        "POST", "/soap", lambda _: SimResponse(204), lambda request: request.header("soapaction") or ""
    )
    client(shop)("POST", "/soap", b"x", SOAPAction="opcode")
    assert shop.statistics.document()["operations"] == {"opcode": {"requests": 1, "executed": 1}}


def test_during_an_outage_connections_are_refused_and_existing_ones_cut(
    shop: SimulatorServer, client: Connect, control: ControlClient
) -> None:
    call = client(shop)
    call("POST", "/customer", {"name": "Anna"})
    control.outage()
    assert control.stats()["open"] is False
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        call("GET", "/customer/1")
    with pytest.raises(ConnectionRefusedError):
        client(shop)("GET", "/customer/1")
    control.reopen()
    assert client(shop)("GET", "/customer/1")[:2] == (200, {"name": "Anna"})


def test_an_outage_can_end_by_itself_and_be_ended_early(
    shop: SimulatorServer, client: Connect, control: ControlClient
) -> None:
    control.outage(0.05)
    with pytest.raises(ConnectionRefusedError):
        client(shop)("GET", "/customer/1")
    opened = threading.Event()
    until = time.monotonic() + 5
    while not shop.is_open and time.monotonic() < until:
        opened.wait(0.01)
    assert client(shop)("GET", "/customer/1")[0] == 404
    control.outage(100)
    control.reopen()
    assert client(shop)("GET", "/customer/1")[0] == 404


def test_opening_and_closing_again_and_again_keeps_the_port(shop: SimulatorServer, client: Connect) -> None:
    for _ in range(20):
        shop.outage()
        shop.reopen()
        assert client(shop)("GET", "/customer/1")[0] == 404


def test_plugins_add_their_own_controls(
    shop: SimulatorServer, client: Connect, control: ControlClient
) -> None:
    client(shop)("POST", "/customer", {"name": "Anna"})
    control.call("POST", "/customer/1/name", {"name": "Berta"})
    assert control.state() == {"1": {"name": "Berta"}}


def test_state_can_be_put_and_reset(shop: SimulatorServer, control: ControlClient, client: Connect) -> None:
    control.restore({"7": {"name": "Anna"}})
    assert client(shop)("GET", "/customer/7")[0] == 200
    control.faults({"fault": "throttle"})
    control.outage()
    control.reset()
    assert client(shop)("GET", "/customer/7")[0] == 404
    assert control.state() == {}
    assert control.stats()["requests"] == 1


@pytest.mark.parametrize(
    ("method", "path", "document", "words"),
    [
        ("GET", "/nothing", None, "has no GET /nothing"),
        ("POST", "/outage", {"seconds": -1}, "an outage is"),
        ("POST", "/outage", {"on": 1}, "an outage is"),
        ("POST", "/outage", {"seconds": 1, "minutes": 2}, "an outage is"),
        ("PUT", "/faults", [], "a fault plan is an object"),
        ("PUT", "/faults", {"rule": [{"fault": "explode"}]}, "The faults are: refuse, delay"),
    ],
)
def test_a_wrong_control_is_refused(
    control: ControlClient, method: str, path: str, document: Any, words: str
) -> None:
    with pytest.raises(BackhaulError, match=words):
        control.call(method, path, document)


def unanswered(call: Callable[..., Any]) -> None:
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        call("GET", "/x")


def test_it_ends_all_its_threads(client: Connect) -> None:
    before = set(threading.enumerate())
    server = SimulatorServer(NOTHING).start()
    server.route("GET", "/x", lambda _: SimResponse(204))
    server.faults = server.faults.parse({"rule": [{"fault": "delay", "seconds": 100}]})
    caller = threading.Thread(target=unanswered, args=(client(server),))
    caller.start()
    until = time.monotonic() + 5
    while not server.statistics.document()["requests"] and time.monotonic() < until:
        caller.join(0.01)
    server.stop()
    caller.join(5)
    assert set(threading.enumerate()) - before == set()


class _Nothing:
    def state(self) -> None:
        return None

    def reset(self) -> None:
        pass

    def restore(self, state: Any) -> None:
        pass


NOTHING = _Nothing()
