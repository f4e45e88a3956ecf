"""HTTP/1.1 on one accepted connection: just enough of it, and fast.

The standard library's request handler parses headers with the e-mail package and writes line by line; it
would cost more than the simulated work.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import unquote

from backhaul.sdk.simulator.message import BadRequestError, SimRequest, SimResponse

_CHUNK = 65_536
_LARGEST_HEAD = 65_536
_LARGEST_BODY = 64_000_000
_PATIENCE = 1.0
_NO_BODY = {204, 304}
_REASONS = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Answer:
    """How a request is answered: whole, dribbled byte by byte, or not at all (`response` is None)."""

    response: SimResponse | None
    dribble: float = 0.0
    dribble_head: bool = False
    body: bytes | None = None


Answerer: TypeAlias = Callable[[SimRequest], Answer]
Pause: TypeAlias = Callable[[float], bool]


def serve_connection(connection: socket.socket, answer: Answerer, pause: Pause) -> None:
    """Answer requests until either side has enough; `pause` waits and says True when all must end."""
    reader = _Reader(connection)
    while True:
        try:
            request = reader.request()
        except BadRequestError as error:
            _refuse(connection, str(error))
            return
        if request is None:
            return
        given = answer(request)
        if given.response is None:
            return
        close = request.headers.get("connection", "").lower() == "close"
        head, body = _rendered(request.method, given, close=close)
        if given.dribble:
            _dribble(connection, head, body, given, pause)
            return
        connection.sendall(head + body)
        if close:
            return


class _Reader:
    """Reads requests one after the other."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = b""

    def request(self) -> SimRequest | None:
        """The next request; None when the other side has closed."""
        head = self._head()
        if head is None:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        words = first.split(" ")
        if len(words) != 3:  # noqa: PLR2004  method, target, version
            raise BadRequestError("the first line is not that of an HTTP request")
        headers = dict(_header(line) for line in lines)
        method, target, version = words
        path, _, query = _origin_form(target).partition("?")
        if version == "HTTP/1.0":
            headers["connection"] = "close"
        return SimRequest(method, _plain(path), query, headers, self._body(headers))

    def _head(self) -> bytes | None:
        while True:
            end = self._buffer.find(b"\r\n\r\n")
            if end >= 0:
                head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
                return head
            if len(self._buffer) > _LARGEST_HEAD:
                raise BadRequestError("the headers are too large")
            if not self._more():
                return None

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("expect", "").lower() == "100-continue":
            self._connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return b"".join(self._chunks())
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or int(length) > _LARGEST_BODY:
            raise BadRequestError("the content length is not a number, or too large")
        return self._exactly(int(length))

    def _chunks(self) -> Iterator[bytes]:
        total = 0
        while True:
            size = self._line().partition(b";")[0]
            try:
                length = int(size, 16)
            except ValueError:
                raise BadRequestError("a chunk has no size") from None
            total += length
            if total > _LARGEST_BODY:
                raise BadRequestError("the body is too large")
            if length == 0:
                while self._line():
                    pass
                return
            yield self._exactly(length)
            self._line()

    def _line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            if not self._more():
                raise ConnectionAbortedError("closed within a chunk")
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def _exactly(self, length: int) -> bytes:
        parts = [self._buffer]
        missing = length - len(self._buffer)
        while missing > 0:
            part = self._connection.recv(min(_CHUNK, missing))
            if not part:
                raise ConnectionAbortedError("closed within a body")
            parts.append(part)
            missing -= len(part)
        whole = b"".join(parts)
        self._buffer = whole[length:]
        return whole[:length]

    def _more(self) -> bool:
        part = self._connection.recv(_CHUNK)
        self._buffer += part
        return bool(part)


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.lower(), value.strip()


def _origin_form(target: str) -> str:
    """The path of a target; a proxy's client gives the whole address."""
    if target.startswith("/"):
        return target
    return "/" + target.partition("://")[2].partition("/")[2]


def _plain(path: str) -> str:
    """The path without escapes, except an escaped slash: it belongs to an id, not to the path."""
    if "%" not in path:
        return path
    return "%2F".join(unquote(part) for part in path.replace("%2f", "%2F").split("%2F"))


def _rendered(method: str, answer: Answer, *, close: bool) -> tuple[bytes, bytes]:
    response = answer.response
    assert response is not None  # noqa: S101  narrows the type; the caller asked
    body = response.payload() if answer.body is None else answer.body
    bare = response.status in _NO_BODY
    lines = [f"HTTP/1.1 {response.status} {_REASONS.get(response.status, 'Unknown')}"]
    if not bare:
        lines.append(f"Content-Length: {len(body)}")
        if body:
            lines.append(f"Content-Type: {response.content_type}")
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    if close or answer.dribble:
        lines.append("Connection: close")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
    return head, b"" if bare or method == "HEAD" else body


def _refuse(connection: socket.socket, reason: str) -> None:
    head, body = _rendered("GET", Answer(SimResponse(400, {"code": "400", "reason": reason})), close=True)
    connection.sendall(head + body)
    # Closing with bytes unread resets the connection, and the answer might never be seen.
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(_PATIENCE)
    for _ in range(_LARGEST_HEAD):
        if not connection.recv(_CHUNK):
            return


def _dribble(connection: socket.socket, head: bytes, body: bytes, answer: Answer, pause: Pause) -> None:
    if not answer.dribble_head:
        connection.sendall(head)
        head = b""
    with contextlib.suppress(OSError):  # the client has given up: that is what dribbling is for
        for byte in head + body:
            connection.sendall(bytes((byte,)))
            if pause(answer.dribble):
                return
