"""The socket that the gateway listens at."""

from __future__ import annotations

import socket
from contextlib import closing

from backhaul.sdk.errors import ConfigurationError

_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (compared with, not listened at)


def bound(host: str, port: int) -> socket.socket:
    """A socket bound to this address; port 0 takes a free one. Raises ConfigurationError."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        made = socket.socket(family, kind, protocol)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(place)
        except OSError:
            with closing(made):
                raise
    except OSError as error:
        msg = f"The gateway cannot listen at {host}, port {port}: {error.strerror or error}."
        hint = "Correct host and port in [serve], or stop who listens there."
        raise ConfigurationError(msg, hint=hint) from None
    return made


def url_of(listening: socket.socket) -> str:
    """The address to call from this machine."""
    host, port = listening.getsockname()[:2]
    host = _LOOPBACK.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
