"""The gateway on a port: API, addresses of back offices and, if asked for, a worker, in one process."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from backhaul.bootstrap import Backhaul
from backhaul.gateway.app import create_app
from backhaul.gateway.body import MAX_SECONDS
from backhaul.gateway.embedded_worker import EmbeddedWorker
from backhaul.gateway.listening import bound, url_of
from backhaul.gateway.subscriptions import Subscription, can_subscribe
from backhaul.sdk.errors import BackhaulError

_log = logging.getLogger(__name__)
_KEEP_ALIVE_S = 75
_GRACE_S = int(MAX_SECONDS) + 5
_LOOK_EVERY = 0.5


class Server:
    """Serves one deployment from threads. Use it as a context, or call `start` and `stop`.

    Host and port are those of `[serve]` unless given; port 0 takes a free one. Closing `backhaul` is up to
    its owner, after `stop`.
    """

    def __init__(
        self,
        backhaul: Backhaul,
        host: str | None = None,
        port: int | None = None,
        *,
        with_worker: bool = False,
    ) -> None:
        table = backhaul.deployment.serve
        self._host = table.host if host is None else host
        self._port = table.port if port is None else port
        self._backhaul = backhaul
        self._with_worker = with_worker
        self._worker: EmbeddedWorker | None = None
        self._subscriptions: list[Subscription] = []
        self._url = ""
        self._http: _Http | None = None

    @property
    def url(self) -> str:
        """The address on this machine, once started."""
        return self._url

    @property
    def base_url(self) -> str:
        """The address under which back offices reach us: `base_url` of `[serve]`, or else `url`."""
        return self._backhaul.deployment.serve.base_url or self._url

    @property
    def is_running(self) -> bool:
        """Whether requests are answered."""
        return self._http is not None and self._http.is_running

    def start(self) -> Self:
        """Listen, deliver, and ask back offices to push; returned when requests are answered.

        A server that is started already stays as it is.
        Raises ConfigurationError when the address cannot be listened at.
        """
        if self._http is not None:
            return self
        listening = bound(self._host, self._port)
        self._url = url_of(listening)
        self._http = _Http(self._backhaul, listening)
        self._http.start()
        if self._with_worker:
            self._worker = EmbeddedWorker(self._backhaul.worker)
            self._worker.start()
        self._subscribe()
        _log.info("listening at %s; back offices push to %s", self._url, self.base_url)
        return self

    def stop(self) -> None:
        """Take nothing new, answer what was accepted, then finish what the worker has in flight."""
        for subscription in self._subscriptions:
            subscription.stop()
        if self._http is not None:
            self._http.stop()
        if self._worker is not None:
            self._worker.stop()
        self._subscriptions, self._http, self._worker = [], None, None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _subscribe(self) -> None:
        chosen = [found for found in self._backhaul.landscape.invocations.values() if can_subscribe(found)]
        self._subscriptions = [Subscription(found, self.base_url) for found in chosen]
        for subscription in self._subscriptions:
            subscription.start()


class _Http(uvicorn.Server):
    """The HTTP server in a thread of its own."""

    def __init__(self, backhaul: Backhaul, listening: socket.socket) -> None:
        super().__init__(_configured(backhaul))
        self._answering = threading.Event()
        self._listening = listening
        self._thread = threading.Thread(target=self._work, name="backhaul-http", daemon=True)

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()
        self._answering.wait()
        if not self.started:
            self._thread.join()
            msg = "The HTTP server did not start; the log says why."
            raise BackhaulError(msg)

    def stop(self) -> None:
        self.should_exit = True
        self._thread.join()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._answering.set()

    def _work(self) -> None:
        try:
            self.run([self._listening])
        except Exception:  # noqa: BLE001  (a thread has nobody to raise to)
            _log.exception("the HTTP server failed")
        finally:
            self._listening.close()
            self._answering.set()


class _Protocol(H11Protocol):
    """HTTP without an access log, whatever handlers the process sets up: addresses hold search keys."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.access_log = False


def _configured(backhaul: Backhaul) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(backhaul),
        loop="asyncio",
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # Not the environment's choice: whoever may forward an address may claim to be on this machine.
        forwarded_allow_ips=["127.0.0.1", "::1"],
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
    )


def serve(
    backhaul: Backhaul, host: str | None = None, port: int | None = None, *, with_worker: bool = False
) -> Server:
    """A started server; `stop` it. Raises ConfigurationError when the address cannot be listened at."""
    return Server(backhaul, host, port, with_worker=with_worker).start()


def run(
    backhaul: Backhaul,
    host: str | None = None,
    port: int | None = None,
    *,
    with_worker: bool = True,
    started: Callable[[Server], None] = lambda _: None,
) -> None:
    """Serve until the process is asked to end (SIGINT, SIGTERM), then stop gracefully. In the main thread.

    `started` is called when requests are answered. Raises BackhaulError if the server ends by itself.
    """
    with _asked_to_end() as ending, serve(backhaul, host, port, with_worker=with_worker) as server:
        started(server)
        while not ending.wait(_LOOK_EVERY):
            if not server.is_running:
                msg = "The HTTP server ended by itself; the log says why."
                raise BackhaulError(msg)


@contextmanager
def _asked_to_end() -> Iterator[threading.Event]:
    ending = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: ending.set()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
