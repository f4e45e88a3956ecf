"""An answer given before the body was read, in a way that its sender can still read it."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: What is read and thrown away behind an early answer, in bytes and seconds.
MOST_BYTES = 8_000_000
MOST_SECONDS = 2.0


class Lingering:
    """Ends the connection after an answer that came before the body.

    A connection closed over unread bytes is reset, and many senders then never see the answer; so for a
    bounded time and size the rest is thrown away first.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or not _has_body(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        waits = Headers(scope=scope).get("expect", "").lower() == "100-continue"
        exchange = _Exchange(receive, send, waits=waits)
        await self._app(scope, exchange.receive, exchange.send)


class _Exchange:
    def __init__(self, receive: Receive, send: Send, *, waits: bool) -> None:
        self._receive = receive
        self._send = send
        self._waits = waits
        self._read = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._read = self._read or not message.get("more_body", False)
        self._waits = False
        return message

    async def send(self, message: Message) -> None:
        if self._read:
            await self._send(message)
        elif message["type"] == "http.response.start":
            await self._send({**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]})
        elif message.get("more_body", False):
            await self._send(message)
        else:
            await self._send({**message, "more_body": True})
            await self._throw_away()
            await self._send({"type": "http.response.body", "body": b""})

    async def _throw_away(self) -> None:
        # A sender that waits to be told to go on was told no by the answer, and sends nothing.
        if self._waits:
            return
        size = 0
        try:
            async with asyncio.timeout(MOST_SECONDS):
                while not self._read and size < MOST_BYTES:
                    size += len((await self.receive()).get("body", b""))
        except TimeoutError:
            return


def _has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
