from __future__ import annotations

import gzip
import json
import logging
import socket
import threading
import time
from collections.abc import Callable

import pytest

from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import (
    ConfigurationError,
    MappingError,
    Scope,
    TransientError,
    UnknownOutcomeError,
)
from backhaul.sdk.transports.base import Request, Transport
from backhaul.sdk.transports.rest import RestTransport, path

HIDDEN = "hunter2-never-shown"
WRITE = Request("POST", "customer", "POST customer", body=b'{"name":"Anna"}')
READ = Request("GET", "customer/1", "GET customer", safe=True)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"

Serve = Callable[..., str]
Connect = Callable[..., RestTransport]


def answering(answer: bytes) -> Callable[[socket.socket], None]:
    def script(connection: socket.socket) -> None:
        while connection.recv(65536):
            connection.sendall(answer)

    return script


def failing(transport: RestTransport, request: Request, seconds: float = 5.0) -> Exception:
    with pytest.raises((TransientError, UnknownOutcomeError)) as failure:
        transport.exchange(request, Deadline.after(seconds))
    assert failure.value.__cause__ is None
    assert failure.value.__context__ is None
    assert failure.value.context.operation == request.operation
    return failure.value


def test_it_is_a_transport(serve: Serve, connect: Connect) -> None:
    assert isinstance(connect(serve(answering(OK))), Transport)


def test_a_request_arrives_as_it_was_meant(serve: Serve, connect: Connect) -> None:
    seen: list[bytes] = []

    def script(connection: socket.socket) -> None:
        seen.append(connection.recv(65536))
        if b"\r\n\r\n{" not in seen[0]:
            seen.append(connection.recv(65536))
        connection.sendall(OK)

    transport = connect(serve(script) + "/base/", headers={"X-Site": "north"})
    request = Request(
        "PUT",
        path("customer", "a/b ü"),
        "PUT customer",
        body=b'{"a":1}',
        headers={"content-type": "application/json", "x-site": "south"},
        query={"fields": "id, name"},
    )
    assert transport.exchange(request, Deadline.after(5)).body == b"{}"
    head, _, body = b"".join(seen).partition(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    assert lines[0] == "put /base/customer/a%2fb%20%c3%bc?fields=id%2c%20name http/1.1"
    assert {"x-site: south", "user-agent: backhaul", "content-length: 7"} <= set(lines)
    assert body == b'{"a":1}'


def test_every_status_is_a_response_and_headers_are_lower_case(serve: Serve, connect: Connect) -> None:
    for status in (200, 204, 304, 302, 404, 429, 500, 503):
        body = b"" if status in {204, 304} else b"x"
        length = b"" if not body else b"Content-Length: 1\r\n"
        answer = b"HTTP/1.1 %d Any\r\nLocation: http://127.0.0.1:1/x\r\nX-Id: 7\r\n%s\r\n%s"
        transport = connect(serve(answering(answer % (status, length, body))))
        for _ in range(2):
            response = transport.exchange(READ, Deadline.after(5))
            assert (response.status, response.body, response.header("X-ID")) == (status, body, "7")


def test_connections_are_kept_and_used_again(serve: Serve, connect: Connect) -> None:
    connections: list[int] = []

    def script(connection: socket.socket) -> None:
        connections.append(1)
        answering(OK)(connection)

    transport = connect(serve(script))
    for _ in range(5):
        transport.exchange(WRITE, Deadline.after(5))
    assert len(connections) == 1


def test_a_connection_that_rested_too_long_is_not_used_again(serve: Serve, connect: Connect) -> None:
    connections: list[int] = []

    def script(connection: socket.socket) -> None:
        connections.append(1)
        answering(OK)(connection)

    transport = connect(serve(script), max_idle=0)
    transport.exchange(WRITE, Deadline.after(5))
    transport.exchange(WRITE, Deadline.after(5))
    assert len(connections) == 2


def test_a_connection_closed_meanwhile_is_noticed_before_use(serve: Serve, connect: Connect) -> None:
    closed = threading.Event()

    def script(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(OK)
        connection.shutdown(socket.SHUT_RDWR)
        closed.set()

    transport = connect(serve(script))
    for _ in range(5):
        closed.clear()
        assert transport.exchange(WRITE, Deadline.after(5)).status == 200
        assert closed.wait(5)


def test_bytes_after_an_answer_belong_to_no_other_request(serve: Serve, connect: Connect) -> None:
    sent = threading.Event()

    def script(connection: socket.socket) -> None:
        while connection.recv(65536):
            connection.sendall(OK)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")
            sent.set()

    transport = connect(serve(script))
    for _ in range(3):
        sent.clear()
        assert transport.exchange(WRITE, Deadline.after(5)).body == b"{}"
        assert sent.wait(5)


def test_refused_is_unsent(connect: Connect, closed_port: int) -> None:
    error = failing(connect(f"http://127.0.0.1:{closed_port}"), WRITE)
    assert isinstance(error, TransientError)
    assert error.scope is Scope.BACK_OFFICE
    assert "refused. Nothing was sent." in str(error)


def test_a_name_that_does_not_exist_is_unsent(connect: Connect) -> None:
    error = failing(connect("http://nowhere.invalid"), WRITE)
    assert isinstance(error, TransientError)
    assert "its name cannot be resolved" in str(error)


def test_a_deadline_passed_before_the_call_is_unsent(serve: Serve, connect: Connect) -> None:
    error = failing(connect(serve(answering(OK))), WRITE, seconds=0)
    assert isinstance(error, TransientError)


def dribbling(head: bytes, rest: bytes) -> Callable[[socket.socket], None]:
    def script(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(head)
        pause = threading.Event()
        for byte in rest * 1000:
            connection.sendall(bytes((byte,)))
            pause.wait(0.01)

    return script


@pytest.mark.parametrize(
    ("head", "rest"),
    [
        pytest.param(b"", b"HTTP/1.1 200 OK", id="status line"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n", id="headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x", id="body"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n", b"x", id="body to the end"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", id="chunks"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0", id="chunk size"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n", b"X-A: b\r\n", id="interim"),
    ],
)
def test_a_dribbling_server_is_held_to_the_deadline(
    serve: Serve, connect: Connect, head: bytes, rest: bytes
) -> None:
    transport = connect(serve(dribbling(head, rest)))
    begun = time.monotonic()
    write, read = failing(transport, WRITE, 0.25), failing(transport, READ, 0.25)
    assert 0.4 < time.monotonic() - begun < 1.0
    assert isinstance(write, UnknownOutcomeError)
    assert "It may have executed the request." in str(write)
    assert isinstance(read, TransientError)
    assert read.scope is Scope.DELIVERY


def test_a_server_that_reads_nothing_is_held_to_the_deadline(serve: Serve, connect: Connect) -> None:
    ended = threading.Event()
    transport = connect(serve(lambda _: ended.wait(5)))
    begun = time.monotonic()
    error = failing(transport, Request("POST", "x", "POST x", body=b"x" * 20_000_000), 0.3)
    ended.set()
    assert time.monotonic() - begun < 1.0
    assert isinstance(error, UnknownOutcomeError)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab",
        b"SSH-2.0-" + HIDDEN.encode() + b"\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Encoding: gzip\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\n" + b"X-A: 1\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX-A: " + b"x" * 100_000 + b"\r\n\r\n",
    ],
)
def test_a_broken_answer_is_unknown_after_a_write(serve: Serve, connect: Connect, answer: bytes) -> None:
    def script(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    transport = connect(serve(script))
    write, read = failing(transport, WRITE), failing(transport, READ)
    assert isinstance(write, UnknownOutcomeError)
    assert isinstance(read, TransientError)
    assert HIDDEN not in f"{write}{read}"


def test_a_reset_after_the_request_is_unknown(serve: Serve, connect: Connect) -> None:
    def script(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    transport = connect(serve(script))
    assert isinstance(failing(transport, WRITE), UnknownOutcomeError)
    assert isinstance(failing(transport, READ), TransientError)


def test_an_early_no_is_read_even_if_the_request_was_cut_off(serve: Serve, connect: Connect) -> None:
    def script(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(1_000_000):
            pass

    request = Request("POST", "x", "POST x", body=b"x" * 5_000_000)
    transport = connect(serve(script))
    assert transport.exchange(request, Deadline.after(5)).status == 413
    assert transport.exchange(request, Deadline.after(5)).status == 413


@pytest.mark.parametrize("chunked", [True, False])
def test_an_oversized_answer_is_refused(serve: Serve, connect: Connect, *, chunked: bool) -> None:
    head = b"Transfer-Encoding: chunked\r\n\r\n3e9\r\n" if chunked else b"Content-Length: 1001\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\n" + head + b"x" * 1001 + (b"\r\n0\r\n\r\n" if chunked else b"")
    transport = connect(serve(answering(answer)), max_response_bytes=1000)
    write, read = failing(transport, WRITE), failing(transport, READ)
    assert isinstance(write, UnknownOutcomeError)
    assert "larger than 1000 bytes (max_response_bytes)" in str(write)
    assert isinstance(read, TransientError)


def test_an_answer_of_exactly_the_largest_size_is_taken(serve: Serve, connect: Connect) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000
    transport = connect(serve(answering(answer)), max_response_bytes=1000)
    assert len(transport.exchange(WRITE, Deadline.after(5)).body) == 1000


def test_a_compressed_answer_cannot_explode(serve: Serve, connect: Connect) -> None:
    bomb = gzip.compress(b"x" * 50_000_000)
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(bomb), bomb)
    assert isinstance(failing(connect(serve(answering(answer))), WRITE), UnknownOutcomeError)


def test_a_small_compressed_answer_is_unpacked(serve: Serve, connect: Connect) -> None:
    packed = gzip.compress(b'{"id":1}')
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (
        len(packed),
        packed,
    )
    assert json.loads(connect(serve(answering(answer))).exchange(READ, Deadline.after(5)).body) == {"id": 1}


@pytest.mark.parametrize("target", ["customer/a b", "customer/ü", "x\r\nX-Injected: 1", "x#y"])
def test_a_target_that_is_no_address_is_not_sent(serve: Serve, connect: Connect, target: str) -> None:
    with pytest.raises(MappingError, match="Nothing was sent"):
        connect(serve(answering(OK))).exchange(Request("GET", target, "GET x"), Deadline.after(5))


@pytest.mark.parametrize(
    "headers", [{"X-A": f"1\r\nX-B: {HIDDEN}"}, {"X A": "1"}, {"X-A": "\u20ac" + HIDDEN}]
)
def test_a_header_that_is_none_is_not_sent(serve: Serve, connect: Connect, headers: dict[str, str]) -> None:
    request = Request("POST", "x", "POST x", body=b"1", headers=headers)
    with pytest.raises(MappingError) as error:
        connect(serve(answering(OK))).exchange(request, Deadline.after(5))
    assert HIDDEN not in str(error.value)
    assert error.value.__context__ is None


def test_links_are_followed_only_below_the_address(serve: Serve, connect: Connect) -> None:
    url = serve(answering(OK)) + "/api"
    transport = connect(url)
    page = Request("GET", f"{url}/customer?offset=2", "GET customer", query={"limit": "5"}, safe=True)
    assert transport.exchange(page, Deadline.after(5)).status == 200
    for elsewhere in ("http://127.0.0.1:1/api/customer", f"{url}.evil/customer"):
        with pytest.raises(ConfigurationError, match="outside"):
            transport.exchange(Request("GET", elsewhere, "GET customer"), Deadline.after(5))


def test_threads_wait_for_a_free_connection_and_no_longer(serve: Serve, connect: Connect) -> None:
    arrived, go = threading.Event(), threading.Event()

    def script(connection: socket.socket) -> None:
        while connection.recv(65536):
            arrived.set()
            go.wait(5)
            connection.sendall(OK)

    transport = connect(serve(script), max_in_flight=1)
    held = threading.Thread(target=transport.exchange, args=(WRITE, Deadline.after(5)))
    held.start()
    assert arrived.wait(5)
    with pytest.raises(TransientError, match=r"all 1 are in use\. Nothing was sent"):
        transport.exchange(WRITE, Deadline.after(0.05))
    go.set()
    held.join()
    assert transport.exchange(WRITE, Deadline.after(5)).status == 200


def test_many_threads_get_their_own_answers(serve: Serve, connect: Connect) -> None:
    def script(connection: socket.socket) -> None:
        while data := connection.recv(65536):
            name = data.split(b" ")[1]
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(name), name))

    transport = connect(serve(script), max_in_flight=8)
    wrong: list[str] = []

    def ask(who: int) -> None:
        for count in range(20):
            target = f"{who}/{count}"
            answer = transport.exchange(Request("GET", target, "GET", safe=True), Deadline.after(10))
            if answer.body.decode() != f"/{target}":
                wrong.append(target)

    threads = [threading.Thread(target=ask, args=(who,)) for who in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_after_close_nothing_is_open_and_nothing_is_sent(serve: Serve, connect: Connect) -> None:
    gone = threading.Event()

    def script(connection: socket.socket) -> None:
        answering(OK)(connection)
        gone.set()

    transport = connect(serve(script))
    threads = threading.active_count()
    transport.exchange(WRITE, Deadline.after(5))
    transport.close()
    assert gone.wait(5)
    with pytest.raises(TransientError, match=r"closed\. Nothing was sent"):
        transport.exchange(WRITE, Deadline.after(5))
    assert threading.active_count() <= threads + 1  # the server's, which may not have ended yet


def test_nothing_of_a_request_is_logged(
    serve: Serve, connect: Connect, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BH_TOKEN", HIDDEN)
    caplog.set_level(logging.DEBUG)
    transport = connect(serve(answering(OK)), auth={"kind": "bearer", "token": {"env": "BH_TOKEN"}})
    request = Request("POST", "x", "POST x", body=HIDDEN.encode(), headers={"X-A": HIDDEN})
    transport.exchange(request, Deadline.after(5))
    assert HIDDEN not in caplog.text
    assert HIDDEN not in repr(request)
