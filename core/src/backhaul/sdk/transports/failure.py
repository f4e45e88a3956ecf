"""The one place where errors of sockets, TLS and HTTP become errors of Backhaul.

No text of the other side is quoted: a status line or header may hold what belongs in no log.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from typing import TypeAlias

from urllib3.exceptions import DecodeError, HTTPError, ReadTimeoutError

from backhaul.sdk.errors import (
    AuthenticationError,
    BackhaulError,
    ErrorContext,
    MappingError,
    Scope,
    TransientError,
    UnknownOutcomeError,
)
from backhaul.sdk.transports.base import Request


class OversizedError(Exception):
    """The answer is larger than the settings allow."""


_Kinds: TypeAlias = type[Exception] | tuple[type[Exception], ...]
_Reasons: TypeAlias = tuple[tuple[_Kinds, str], ...]
_TUNNEL = "Tunnel connection failed"
# The first kind that fits gives the text.
_CONNECTING: _Reasons = (
    (ssl.SSLCertVerificationError, "its certificate is not accepted ({detail})"),
    (ssl.SSLError, "the TLS handshake failed ({detail})"),
    (socket.gaierror, "its name cannot be resolved ({detail})"),
    (TimeoutError, "no connection in time"),
    (ConnectionRefusedError, "refused"),
    (OSError, "{detail}"),
)
_EXCHANGING: _Reasons = (
    ((TimeoutError, ReadTimeoutError), "no complete answer by the deadline"),
    (OversizedError, "{error}"),
    (http.client.RemoteDisconnected, "the connection was closed without an answer"),
    (ConnectionError, "the connection was cut"),
    (DecodeError, "its content encoding is damaged"),
    (ssl.SSLError, "TLS failed ({detail})"),
    (OSError, "{detail}"),
    ((HTTPError, http.client.IncompleteRead), "the answer broke off"),
)

#: Everything that the network and the HTTP library raise.
FOREIGN = (OSError, http.client.HTTPException, HTTPError, ValueError, OversizedError)


def not_connected(error: Exception, request: Request, origin: str) -> BackhaulError:
    """The error for a connection that was never made: nothing was sent."""
    context = ErrorContext(operation=request.operation)
    if isinstance(error, OSError) and str(error).startswith(f"{_TUNNEL}: 407"):
        return AuthenticationError(
            f"The proxy on the way to {origin} refused our credentials. Nothing was sent.", context=context
        )
    if _refuses_certificate(error):
        return _certificate_refused(origin, context)
    text = f"No connection to {origin}: {connect_reason(error)}. Nothing was sent."
    return TransientError(text, scope=Scope.BACK_OFFICE, context=context)


def broken_exchange(error: Exception, request: Request, origin: str, *, may_have_left: bool) -> BackhaulError:
    """The error for an exchange that failed on an open connection."""
    context = ErrorContext(operation=request.operation)
    if not may_have_left:
        return _unsendable(error, origin, context)
    if _refuses_certificate(error):
        return _certificate_refused(origin, context)
    reason = exchange_reason(error)
    if request.safe:
        text = f"{origin} gave no usable answer: {reason}. It was a reading request, so nothing changed."
        return TransientError(text, scope=Scope.DELIVERY, context=context)
    text = f"{origin} gave no usable answer: {reason}. It may have executed the request."
    return UnknownOutcomeError(text, context=context)


def _refuses_certificate(error: Exception) -> bool:
    """True for the alert of a server that does not accept our certificate, or the lack of one.

    With TLS 1.3 it arrives only when the answer is read, but the server has then read nothing of the request.
    """
    reason = (error.reason or "") if isinstance(error, ssl.SSLError) else ""
    return "ALERT" in reason and any(
        word in reason for word in ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED")
    )


def _certificate_refused(origin: str, context: ErrorContext) -> AuthenticationError:
    return AuthenticationError(
        f"{origin} does not accept our client certificate, or asks for one. The request was not executed.",
        hint="Check client_cert and client_key.",
        context=context,
    )


def _unsendable(error: Exception, origin: str, context: ErrorContext) -> BackhaulError:
    if isinstance(error, ValueError | http.client.InvalidURL):
        return MappingError(
            "The request cannot be written as HTTP: "
            "its address or a header has a character that is not allowed.",
            context=context,
        )
    reason = exchange_reason(error)
    text = f"The connection to {origin} failed before the request: {reason}. Nothing was sent."
    return TransientError(text, scope=Scope.BACK_OFFICE, context=context)


def connect_reason(error: Exception) -> str:
    """Why there is no connection, in plain words."""
    if isinstance(error, OSError) and str(error).startswith(_TUNNEL):
        return f"the proxy answered {str(error).partition(': ')[2][:3]}"
    return _reason(error, _CONNECTING, "what answers there does not speak HTTP")


def exchange_reason(error: Exception) -> str:
    """Why there is no usable answer, in plain words."""
    return _reason(error, _EXCHANGING, "the answer is not HTTP")


def _reason(error: Exception, table: _Reasons, otherwise: str) -> str:
    for kind, text in table:
        if isinstance(error, kind):
            return text.format(error=error, detail=_detail(error))
    return otherwise


def _detail(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError):
        return error.reason or "no reason given"
    return (error.strerror if isinstance(error, OSError) else None) or "the network failed"
