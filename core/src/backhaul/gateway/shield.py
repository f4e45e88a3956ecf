"""The outermost layer: every request gets an answer, also where the gateway itself is at fault."""

from __future__ import annotations

import logging
import traceback

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backhaul.gateway.problem import Problem

_log = logging.getLogger(__name__)


class Shield:
    """Answers defects with a problem document, and addresses that no store can look up with a refusal."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            return
        answer = _Watched(send)
        try:
            if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
                problem = Problem(400, "bad-request", "The address holds a NUL character.")
                await problem.response()(scope, receive, answer)
            else:
                await self._app(scope, receive, answer)
        except ClientDisconnect:
            _log.info("a sender left before its request was whole")
        except Exception as error:  # noqa: BLE001  (the last place where it can be answered)
            _log.error("a request failed: %s", _described(error))
            if not answer.started:
                problem = Problem(500, "internal", "The request met a defect.")
                await problem.response()(scope, receive, answer)


class _Watched:
    """A `send` that remembers whether the answer has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False

    async def __call__(self, message: Message) -> None:
        self.started = True
        await self._send(message)


def _described(error: BaseException) -> str:
    """Type and place without the text, which may quote what was sent."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{type(error).__module__}.{type(error).__qualname__}\n{frames}"
