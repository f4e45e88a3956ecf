from __future__ import annotations

import socket
import threading

import pytest

from backhaul.sdk.deadline import Deadline
from backhaul.sdk.transports.connection import dial
from backhaul.sdk.transports.resolver import AddressInfo, Resolver

ADDRESS: AddressInfo = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 80))


def test_a_lookup_that_hangs_is_left_behind_and_shared() -> None:
    asked: list[str] = []
    go = threading.Event()

    def slow(host: str, port: int) -> list[AddressInfo]:
        asked.append(host)
        go.wait(5)
        return [ADDRESS]

    resolver = Resolver(slow)
    for _ in range(3):
        with pytest.raises(TimeoutError, match=r"slow\.example was not resolved in time"):
            resolver.addresses("slow.example", 80, 0.01)
    go.set()
    assert resolver.addresses("slow.example", 80, 5) == [ADDRESS]
    assert 1 <= len(asked) <= 2


def test_a_number_needs_no_lookup_aside() -> None:
    threads: list[str] = []

    def lookup(host: str, port: int) -> list[AddressInfo]:
        threads.append(threading.current_thread().name)
        return [ADDRESS]

    assert Resolver(lookup).addresses("192.0.2.1", 80, 1) == [ADDRESS]
    assert threads == [threading.current_thread().name]


def test_a_name_without_address_is_an_error() -> None:
    def failing(host: str, port: int) -> list[AddressInfo]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(socket.gaierror, match="not known"):
        Resolver(failing).addresses("absent.example", 80, 5)
    with pytest.raises(OSError, match=r"empty\.example has no address"):
        dial("empty.example", 80, Deadline.after(5), Resolver(lambda _host, _port: []))


def test_the_next_address_is_tried(closed_port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        dead: AddressInfo = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", closed_port))
        alive: AddressInfo = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
        with dial("two.example", 80, Deadline.after(5), Resolver(lambda _host, _port: [dead, alive])) as sock:
            assert sock.getpeername() == ("127.0.0.1", port)
