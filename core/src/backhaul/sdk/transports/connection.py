"""One HTTP connection of urllib3 whose every phase ends by the deadline of the call."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Mapping
from io import BufferedReader
from typing import Any, cast

from urllib3.connection import HTTPConnection, HTTPSConnection

from backhaul.sdk.deadline import Deadline
from backhaul.sdk.transports.deadline_socket import PASSED, DeadlineSocket, DeadlineTlsSocket
from backhaul.sdk.transports.resolver import Resolver


class _LastLine:
    """Reads lines and remembers the last one."""

    def __init__(self, file: BufferedReader) -> None:
        self._file = file
        self.line = b""

    def readline(self, limit: int = -1) -> bytes:
        self.line = self._file.readline(limit)
        return self.line

    def close(self) -> None:
        self._file.close()


class WholeHeadResponse(http.client.HTTPResponse):
    """A response whose headers must be whole: the standard library takes a cut-off head for a whole one.

    "200 OK" and an empty body would be a success that nobody declared.
    """

    def begin(self) -> None:
        """Read status line and headers; raises IncompleteRead if the connection ends within them."""
        file: Any = self.fp
        self.fp = lines = cast("Any", _LastLine(file))
        try:
            super().begin()
        finally:
            self.fp = file
        if not lines.line or self.msg.defects:
            raise http.client.IncompleteRead(b"")


class _Bounded(HTTPConnection):
    """What both kinds share: dialling, the deadline, and whether a byte of the request may have left."""

    response_class = WholeHeadResponse
    resolver: Resolver
    deadline: Deadline = PASSED
    request_may_have_left = False
    request_broke_off = False
    _parts: list[bytes] | None = None

    def open(self, deadline: Deadline) -> None:
        """Connect, through tunnel and TLS handshake, by `deadline`. Nothing of a request is sent."""
        self.deadline = deadline
        self.connect()
        self.request_may_have_left = False  # a tunnel's CONNECT is not the request

    def begin(self, deadline: Deadline) -> None:
        """Start the clock of one exchange on this open connection."""
        self.deadline = deadline
        self.request_may_have_left = False
        if isinstance(self.sock, DeadlineSocket | DeadlineTlsSocket):  # it always is one
            self.sock.deadline = deadline

    def transmit(self, method: str, target: str, body: bytes | None, headers: Mapping[str, str]) -> None:
        """Send one request whole: it is complete before its first byte leaves, and leaves in one piece."""
        self._parts = []
        try:
            self.request(method, target, body, headers, preload_content=False)
        finally:
            parts, self._parts = self._parts, None
        self.send(b"".join(parts))

    def send(self, data: Any) -> None:
        """Send bytes, unless the time was up before the first of them."""
        if self._parts is not None:
            self._parts.append(data)
            return
        if self.deadline.passed:
            raise TimeoutError("the deadline has passed")
        self.request_may_have_left = True
        super().send(data)

    def _new_conn(self) -> socket.socket:
        # urllib3 would give each address of a host, and the name lookup, a time-out of its own.
        return dial(self._dns_host, self.port, self.deadline, self.resolver)


class PlainConnection(_Bounded):
    """HTTP without TLS."""


class TlsConnection(_Bounded, HTTPSConnection):
    """HTTP over TLS."""

    def _tunnel(self) -> None:
        super()._tunnel()
        self.sock.settimeout(max(self.deadline.remaining(), 0.001))  # the handshake takes over this value


def dial(host: str, port: int, deadline: Deadline, resolver: Resolver) -> DeadlineSocket:
    """A connected socket to the first address of `host` that answers. Raises OSError by `deadline`."""
    failure: OSError = OSError(f"the name {host} has no address")
    addresses = resolver.addresses(host, port, deadline.remaining())
    for index, (family, kind, protocol, _, address) in enumerate(addresses):
        share = deadline.remaining() / (len(addresses) - index)
        try:
            return _connected(DeadlineSocket(family, kind, protocol), address, share, deadline)
        except OSError as error:
            failure = error
    raise failure


def _connected(sock: DeadlineSocket, address: Any, seconds: float, deadline: Deadline) -> DeadlineSocket:
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(max(seconds, 0.001))
        sock.connect(address)
        _refuse_self(sock)
    except BaseException:
        sock.close()
        raise
    sock.deadline = deadline
    sock.settimeout(max(deadline.remaining(), 0.001))  # a TLS handshake takes over this value
    return sock


def _refuse_self(sock: socket.socket) -> None:
    # On loopback a closed port of the ephemeral range can be given to the caller itself.
    if sock.getsockname() == sock.getpeername():
        raise ConnectionRefusedError("nobody listens there")
