"""Sockets that wait no longer than what is left of the whole call.

A socket's own time-out bounds one read: a server that dribbles a byte at a time holds the call for ever.
Here every receive and send waits for at most the time that remains until the deadline, so status line,
headers, chunks and body together end by it. No thread watches, so none can leak.
"""

from __future__ import annotations

import socket
import ssl
from typing import Any

from backhaul.sdk.deadline import Deadline

#: Before a call gives it one, a socket waits for nobody.
PASSED = Deadline(0.0)


def _seconds(deadline: Deadline) -> float:
    remaining = deadline.remaining()
    if remaining <= 0.0:
        raise TimeoutError("the deadline has passed")
    return remaining


class DeadlineSocket(socket.socket):
    """A TCP socket bound by `deadline`, which its connection renews for each call."""

    deadline: Deadline = PASSED

    def recv_into(self, *args: Any) -> int:
        """Receive; TimeoutError at the deadline."""
        self.settimeout(_seconds(self.deadline))
        return super().recv_into(*args)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send everything; TimeoutError at the deadline."""
        self.settimeout(_seconds(self.deadline))
        super().sendall(data, flags)  # CPython bounds the whole sendall by the time-out


class DeadlineTlsSocket(ssl.SSLSocket):
    """A TLS socket bound by `deadline`, which its connection renews for each call."""

    deadline: Deadline = PASSED

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        """Receive; TimeoutError at the deadline."""
        self.settimeout(_seconds(self.deadline))
        return super().recv_into(buffer, nbytes, flags)

    def send(self, data: Any, flags: int = 0) -> int:
        """Send a part (`sendall` is made of these); TimeoutError at the deadline."""
        self.settimeout(_seconds(self.deadline))
        return super().send(data, flags)
