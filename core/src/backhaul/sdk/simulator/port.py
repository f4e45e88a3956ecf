"""A port that can really be closed and opened again, under the same number."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from typing import TypeAlias

Serve: TypeAlias = Callable[[socket.socket], None]

_BACKLOG = 256
_POLL = 0.5
_PATIENCE = 5.0


class Port:
    """Accepts connections and serves each in a thread of its own.

    While closed, the number stays bound without listening: connections are refused as by a dead server, and
    no other program can take the number meanwhile.
    """

    def __init__(self, serve: Serve, host: str, number: int, tls: ssl.SSLContext | None = None) -> None:
        self._serve = serve
        self._host = host
        self._tls = tls
        self._lock = threading.RLock()
        self._listening = False
        self._socket = _bound(host, number)
        self._acceptor: threading.Thread | None = None
        self._served: dict[socket.socket, threading.Thread] = {}
        self.number: int = self._socket.getsockname()[1]

    @property
    def is_open(self) -> bool:
        """True while connections are accepted."""
        return self._listening

    def open(self) -> None:
        """Accept connections from now on."""
        with self._lock:
            if self._listening:
                return
            self._socket.listen(_BACKLOG)
            self._socket.settimeout(_POLL)  # only for systems where closing does not wake the acceptor
            self._listening = True
            self._acceptor = threading.Thread(
                target=self._accept, args=(self._socket,), name=f"port {self.number}", daemon=True
            )
            self._acceptor.start()

    def close(self) -> None:
        """Refuse connections and cut those that exist; the number stays ours."""
        with self._lock:
            if self._listening:
                self._stop_listening()
                self._socket = _bound(self._host, self.number)

    def release(self) -> None:
        """Close for good and wait for the threads."""
        with self._lock:
            if self._listening:
                self._stop_listening()
            self._socket.close()
            threads = [self._acceptor, *self._served.values()]
        for thread in threads:
            if thread is not None and thread is not threading.current_thread():
                thread.join(_PATIENCE)

    def _stop_listening(self) -> None:
        self._listening = False
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the acceptor
        self._socket.close()
        for connection in self._served:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while self._listening and self._socket is listener:
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self._start(connection)

    def _start(self, connection: socket.socket) -> None:
        thread = threading.Thread(target=self._run, args=(connection,), daemon=True)
        with self._lock:
            if not self._listening:
                connection.close()
                return
            self._served[connection] = thread
            thread.start()

    def _run(self, connection: socket.socket) -> None:
        spoken = connection
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                spoken = self._tls.wrap_socket(connection, server_side=True)
                self._exchange(connection, spoken)
            self._serve(spoken)
        except OSError:
            pass  # the other side went away, or we were closed
        finally:
            spoken.close()
            connection.close()
            with self._lock:
                self._served.pop(spoken, None)
                self._served.pop(connection, None)

    def _exchange(self, plain: socket.socket, secured: socket.socket) -> None:
        with self._lock:
            thread = self._served.pop(plain, None)
            if thread is None or not self._listening:
                raise ConnectionAbortedError("closed meanwhile")
            self._served[secured] = thread


def _bound(host: str, number: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, number))
    except BaseException:
        sock.close()
        raise
    return sock
