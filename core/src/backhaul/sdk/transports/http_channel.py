"""Exchanges with one origin over urllib3: pooled connections, total deadlines, bounded answers."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

from urllib3 import HTTPResponse
from urllib3.util import parse_url

from backhaul.sdk.deadline import Deadline
from backhaul.sdk.transports.base import Request, Response
from backhaul.sdk.transports.connection import PlainConnection, TlsConnection
from backhaul.sdk.transports.connection_pool import ConnectionPool
from backhaul.sdk.transports.failure import FOREIGN, OversizedError, broken_exchange, not_connected
from backhaul.sdk.transports.resolver import Resolver
from backhaul.sdk.transports.rest_settings import Proxy, RestTransportSettings
from backhaul.sdk.transports.tls import TlsContexts

_INFORMATIONAL = 200


class HttpChannel:
    """Carries requests to the origin of one address; knows no credentials but the proxy's.

    The whole exchange ends by its deadline, from waiting for a free connection to the last byte of the body.
    There is no retry and no redirect. A keep-alive connection that the other side closed is noticed before
    use; closed in the very moment of sending, the outcome of an unsafe request is unknown.
    """

    def __init__(
        self, address: str, settings: RestTransportSettings, resolver: Resolver | None = None
    ) -> None:
        parts = urlsplit(address)
        self._tls = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._tls else 80)
        self._settings = settings
        self._resolver = resolver or Resolver()
        self._contexts = TlsContexts(settings) if self._tls else None
        self._pool = ConnectionPool(self._create, settings.max_in_flight, settings.max_idle)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        forwards = settings.proxy is not None and not self._tls
        self._prefix = self.origin if forwards else ""

    def exchange(
        self, request: Request, path: str, headers: Mapping[str, str], deadline: Deadline
    ) -> Response:
        """The answer to `request`, sent to `path` of this origin with exactly these headers."""
        connection = self._pool.take(deadline)
        reusable = False
        failure: Exception | None
        try:
            if connection.sock is None:
                failure = self._open(connection, request, deadline)
                if failure is not None:
                    raise failure
            response = self._converse(connection, request, path, headers, deadline)
            reusable = not connection.request_broke_off
        except FOREIGN as error:
            failure = broken_exchange(
                error, request, self.origin, may_have_left=connection.request_may_have_left
            )
        else:
            return response
        finally:
            self._pool.give_back(connection, reusable=reusable)
        raise failure  # outside the handler: the library's error is not kept as its context

    def close(self) -> None:
        """Close the sockets."""
        self._pool.close()

    def _open(
        self, connection: PlainConnection | TlsConnection, request: Request, deadline: Deadline
    ) -> Exception | None:
        seconds = min(self._settings.connect_timeout, deadline.remaining())
        try:
            connection.open(Deadline.after(seconds, deadline.clock))
        except FOREIGN as error:
            return not_connected(error, request, self.origin)
        return None

    def _converse(
        self,
        connection: PlainConnection | TlsConnection,
        request: Request,
        path: str,
        headers: Mapping[str, str],
        deadline: Deadline,
    ) -> Response:
        connection.begin(deadline)
        if self._prefix:
            headers = {**headers, **proxy_headers(self._settings.proxy)}
        try:
            connection.transmit(request.method, self._prefix + path, request.body, headers)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            # It may have answered before it read everything ("too large", a TLS alert): worth reading.
            connection.request_broke_off = True
        answer = connection.getresponse()
        try:
            if answer.status < _INFORMATIONAL:
                raise ValueError("an interim answer that nobody asked for")
            body = self._body(answer)
            return Response(answer.status, _lowered(answer), body)
        finally:
            answer.close()

    def _body(self, answer: HTTPResponse) -> bytes:
        limit = self._settings.max_response_bytes
        length = answer.length_remaining
        if length is not None and length <= limit and "content-encoding" not in answer.headers:
            return answer.read()
        body = answer.read(limit + 1)
        if len(body) > limit:
            raise OversizedError(f"the answer is larger than {limit} bytes (max_response_bytes)")
        return body

    def _create(self) -> PlainConnection | TlsConnection:
        connection = self._tls_connection() if self._contexts else self._plain_connection()
        connection.resolver = self._resolver
        return connection

    def _plain_connection(self) -> PlainConnection:
        proxy = self._settings.proxy
        if proxy is None:
            return PlainConnection(self._host, self._port)
        address = urlsplit(proxy.url)
        return PlainConnection(address.hostname or "", address.port or 80, proxy=parse_url(proxy.url))

    def _tls_connection(self) -> TlsConnection:
        assert self._contexts is not None  # noqa: S101  narrows the type; _create asked
        context = self._contexts.current()
        proxy = self._settings.proxy
        if proxy is None:
            return TlsConnection(self._host, self._port, ssl_context=context)
        address = urlsplit(proxy.url)
        connection = TlsConnection(
            address.hostname or "", address.port or 80, ssl_context=context, proxy=parse_url(proxy.url)
        )
        connection.set_tunnel(self._host, self._port, headers=proxy_headers(proxy))
        return connection


def proxy_headers(proxy: Proxy | None) -> dict[str, str]:
    """What the proxy wants to see of us."""
    if proxy is None or proxy.username is None or proxy.password is None:
        return {}
    pair = f"{proxy.username}:{proxy.password.reveal()}".encode()
    return {"Proxy-Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}


def _lowered(answer: HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}
