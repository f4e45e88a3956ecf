"""One recorded exchange, as a line of JSON."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backhaul.sdk.errors import (
    AuthenticationError,
    BackhaulError,
    ConfigurationError,
    ErrorContext,
    MappingError,
    Scope,
    TransientError,
    UnknownOutcomeError,
)
from backhaul.sdk.transports.base import Request, Response
from backhaul.sdk.transports.scrubber import Scrubber

_ERRORS: dict[str, type[BackhaulError]] = {
    kind.__name__: kind
    for kind in (AuthenticationError, ConfigurationError, MappingError, TransientError, UnknownOutcomeError)
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """A scrubbed request and what became of it, a response or an error; `ms` is how long it took."""

    request: Mapping[str, Any]
    ms: float
    response: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None

    @classmethod
    def of(
        cls, request: Request, ms: float, outcome: Response | BackhaulError, scrubber: Scrubber
    ) -> Exchange:
        """The exchange that has just taken place."""
        asked = request_document(request, scrubber)
        if isinstance(outcome, Response):
            return cls(asked, ms, response=_response_document(outcome, scrubber))
        return cls(asked, ms, error=_error_document(outcome, scrubber))

    @classmethod
    def from_line(cls, line: str) -> Exchange:
        """The exchange on one line of a recording. Raises ValueError."""
        document = json.loads(line)
        match document:
            case {"request": dict(), "response": dict()} | {"request": dict(), "error": dict()}:
                pass
            case _:
                raise ValueError("it is not a request with a response or an error")
        return cls(
            document["request"], document.get("ms", 0.0), document.get("response"), document.get("error")
        )

    def to_line(self) -> str:
        """The exchange on one line, without a line end."""
        document = {"request": self.request, "ms": self.ms}
        document |= {"response": self.response} if self.response is not None else {"error": self.error}
        return json.dumps(document, ensure_ascii=False, separators=(",", ":"))

    def outcome(self) -> Response:
        """The response again; raises the error again if that was the outcome."""
        if self.response is not None:
            found = self.response
            return Response(found["status"], dict(found["headers"]), _bytes(found["body"]) or b"")
        raise _error(self.error or {})


def request_document(request: Request, scrubber: Scrubber) -> dict[str, Any]:
    """A request as it is recorded, without secrets."""
    return {
        "method": request.method,
        "target": scrubber.text(request.target),
        "operation": request.operation,
        "query": scrubber.query(request.query),
        "headers": scrubber.headers(request.headers),
        "body": _text(request.body, scrubber),
        "safe": request.safe,
    }


def _response_document(response: Response, scrubber: Scrubber) -> dict[str, Any]:
    return {
        "status": response.status,
        "headers": scrubber.headers(response.headers),
        "body": _text(response.body, scrubber),
    }


def _error_document(error: BackhaulError, scrubber: Scrubber) -> dict[str, Any]:
    document: dict[str, Any] = {"kind": type(error).__name__, "message": scrubber.text(error.message)}
    if isinstance(error, TransientError):
        document |= {"scope": error.scope.value, "retry_after": error.retry_after}
    if error.context.operation:
        document["operation"] = error.context.operation
    return document


def _error(document: Mapping[str, Any]) -> BackhaulError:
    kind = _ERRORS.get(document["kind"], UnknownOutcomeError)
    context = ErrorContext(operation=document.get("operation"))
    if kind is TransientError:
        return TransientError(
            document["message"],
            scope=Scope(document["scope"]),
            retry_after=document["retry_after"],
            context=context,
        )
    return kind(document["message"], context=context)


def _text(body: bytes | None, scrubber: Scrubber) -> str | dict[str, str] | None:
    if body is None:
        return None
    try:
        return scrubber.text(body.decode("utf-8"))
    except UnicodeDecodeError:
        # Latin-1 keeps every byte, so what is not UTF-8 is scrubbed like any other text.
        scrubbed = scrubber.text(body.decode("latin-1")).encode("latin-1")
        return {"base64": base64.b64encode(scrubbed).decode("ascii")}


def _bytes(body: str | Mapping[str, str] | None) -> bytes | None:
    if body is None or isinstance(body, str):
        return None if body is None else body.encode()
    return base64.b64decode(body["base64"])
