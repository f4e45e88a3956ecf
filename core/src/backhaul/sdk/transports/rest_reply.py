"""What an HTTP status means for a delivery."""

from __future__ import annotations

from typing import Any, Protocol

from backhaul.sdk.errors import (
    AuthenticationError,
    BackhaulError,
    ConfigurationError,
    ErrorContext,
    RejectedError,
    Scope,
    TransientError,
    UnknownOutcomeError,
)
from backhaul.sdk.transports.base import Request, Response
from backhaul.sdk.transports.json_body import UnreadableBodyError, read_json
from backhaul.sdk.transports.reply_text import cut, refusal
from backhaul.sdk.transports.retry_after import retry_after

_OK, _REDIRECT, _CLIENT_ERROR, _SERVER_ERROR = 200, 300, 400, 500
_UNAUTHORIZED, _PROXY, _TIMEOUT, _CHANGED, _LOCKED, _EARLY, _TOO_MANY = 401, 407, 408, 412, 423, 425, 429
_UNAVAILABLE = 503


class ReplyPolicy(Protocol):
    """What the settings must say; RestTransportSettings does."""

    @property
    def unavailable_is_unsent(self) -> bool:
        """True where the system documents that a 503 is said before anything is processed."""
        ...


def classify(response: Response, request: Request, settings: ReplyPolicy) -> Response:
    """The response, if it says yes (2xx); otherwise raises what its status means.

    =============== ============================================================================
    401, 407        AuthenticationError
    412, 423        TransientError for this delivery: changed or locked there, nothing was executed
    425, 429        TransientError for the back office, with its Retry-After
    503             the same if reading or `unavailable_is_unsent`; otherwise as other 5xx
    408, 5xx        UnknownOutcomeError; TransientError if the request only reads
    other 4xx       RejectedError with the code and text of the body
    3xx             ConfigurationError
    =============== ============================================================================

    A 408 comes from gateways that wait for a slow back office too, so it proves nothing.
    """
    if _OK <= response.status < _REDIRECT:
        return response
    raise _meaning(response, request, settings).located(ErrorContext(operation=request.operation))


def document(response: Response, request: Request) -> Any:
    """The JSON of a response that said yes; fractions are Decimal.

    A body that is none (HTML, cut off, damaged) raises UnknownOutcomeError after a write, because a yes that
    cannot be read is no yes, and TransientError after a read.
    """
    try:
        return read_json(response)
    except UnreadableBodyError as error:
        text = f"The answer ({response.status}) cannot be used: {error}."
    context = ErrorContext(operation=request.operation)
    if request.safe:
        raise TransientError(text, scope=Scope.DELIVERY, context=context)
    raise UnknownOutcomeError(text, context=context)


def _meaning(response: Response, request: Request, settings: ReplyPolicy) -> BackhaulError:
    status = response.status
    if _REDIRECT <= status < _CLIENT_ERROR:
        return _redirected(response)
    if status in {_UNAUTHORIZED, _PROXY}:
        return _refused_credentials(response)
    if status in {_CHANGED, _LOCKED}:
        return TransientError(
            f"The object was changed or locked there meanwhile ({status}); it is read again.",
            scope=Scope.DELIVERY,
            retry_after=retry_after(response),
        )
    if status in {_TOO_MANY, _EARLY} or (
        status == _UNAVAILABLE and (request.safe or settings.unavailable_is_unsent)
    ):
        return TransientError(_said(response, "Not now"), retry_after=retry_after(response))
    if _CLIENT_ERROR <= status < _SERVER_ERROR and status != _TIMEOUT:
        code, _ = refusal(response)
        return RejectedError(_said(response, "Rejected"), code=code)
    return _failed(response, request)


def _failed(response: Response, request: Request) -> BackhaulError:
    if request.safe:
        scope = Scope.BACK_OFFICE if response.status == _UNAVAILABLE else Scope.DELIVERY
        return TransientError(
            _said(response, "The back office failed"), scope=scope, retry_after=retry_after(response)
        )
    return UnknownOutcomeError(
        f"{_said(response, 'The back office failed')} It may have executed the request."
    )


def _redirected(response: Response) -> ConfigurationError:
    location = cut((response.header("location") or "an address that it does not name").partition("?")[0])
    return ConfigurationError(
        f"The back office answers with a redirect to {location}.",
        hint="Correct the url; redirects are not followed, because credentials would go along.",
    )


def _refused_credentials(response: Response) -> AuthenticationError:
    who = "The proxy" if response.status == _PROXY else "The back office"
    return AuthenticationError(f"{who} refused our credentials ({response.status}).")


def _said(response: Response, meaning: str) -> str:
    code, text = refusal(response)
    named = f"{response.status}" if code == str(response.status) else f"{response.status}, code {cut(code)}"
    return f"{meaning} ({named}): {text}" if text else f"{meaning} ({named})."
