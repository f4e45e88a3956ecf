"""Name resolution that ends in time."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

AddressInfo: TypeAlias = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]
Lookup: TypeAlias = Callable[[str, int], list[AddressInfo]]


def system_lookup(host: str, port: int) -> list[AddressInfo]:
    """Ask the operating system."""
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@dataclass(slots=True)
class _Question:
    answered: threading.Event = field(default_factory=threading.Event)
    addresses: list[AddressInfo] = field(default_factory=list)
    error: OSError | UnicodeError | None = None


class Resolver:
    """Looks up names in a thread aside, because a lookup cannot be interrupted.

    One thread per name at a time, shared by all who ask, and only when a connection is opened.
    """

    def __init__(self, lookup: Lookup = system_lookup) -> None:
        self._lookup = lookup
        self._open: dict[tuple[str, int], _Question] = {}
        self._lock = threading.Lock()

    def addresses(self, host: str, port: int, timeout: float) -> list[AddressInfo]:
        """Where `host` is. Raises TimeoutError after `timeout` seconds, OSError as the system does."""
        if _is_number(host):
            return self._lookup(host, port)
        question = self._ask(host, port)
        if not question.answered.wait(timeout):
            raise TimeoutError(f"the name {host} was not resolved in time")
        if question.error is not None:
            raise socket.gaierror(*question.error.args[:2])
        return question.addresses

    def _ask(self, host: str, port: int) -> _Question:
        with self._lock:
            question = self._open.get((host, port))
            if question is None:
                question = self._open[host, port] = _Question()
                threading.Thread(
                    target=self._answer, args=(host, port, question), name=f"resolve {host}", daemon=True
                ).start()
            return question

    def _answer(self, host: str, port: int, question: _Question) -> None:
        try:
            question.addresses = self._lookup(host, port)
        except (OSError, UnicodeError) as error:
            question.error = error
        finally:
            with self._lock:
                del self._open[host, port]
            question.answered.set()
