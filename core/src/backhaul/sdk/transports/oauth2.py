"""OAuth 2 client credentials: one token, shared by all threads, renewed in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import AuthenticationError, BackhaulError, ErrorContext, TransientError
from backhaul.sdk.transports.auth import basic_header
from backhaul.sdk.transports.base import Request, Response
from backhaul.sdk.transports.http_channel import HttpChannel
from backhaul.sdk.transports.json_body import UnreadableBodyError, parse_json
from backhaul.sdk.transports.rest_settings import OAuth2Auth
from backhaul.sdk.transports.retry_after import retry_after

_OPERATION = "fetch OAuth2 token"
_EARLY = 30.0
_OK, _CLIENT_ERROR, _TIMEOUT, _TOO_MANY, _SERVER_ERROR = 200, 400, 408, 429, 500


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    renew_at: float


class ClientCredentials:
    """Fetches the token before it is needed and again when it is refused.

    A failure to get one means that the request itself was never sent: AuthenticationError if the token
    endpoint refuses the client, TransientError otherwise.
    """

    def __init__(
        self, settings: OAuth2Auth, channel: HttpChannel, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._channel = channel
        self._clock = clock
        self._path = urlsplit(settings.token_url).path or "/"
        self._lock = threading.Lock()
        self._token: _Token | None = None

    def headers(self, deadline: Deadline) -> Mapping[str, str]:
        """The Authorization header with a token that is still good."""
        token = self._token
        if token is None or self._clock() >= token.renew_at:
            token = self._renewed(token, deadline)
        return _bearer(token)

    def renew(self, refused: Mapping[str, str], deadline: Deadline) -> bool:
        """Fetch a token in place of a refused one, unless another thread has just done so."""
        token = self._token
        if token is not None and _bearer(token) == refused:
            self._renewed(token, deadline)
        return True

    def close(self) -> None:
        """Close the sockets to the token endpoint and forget the token."""
        self._token = None
        self._channel.close()

    def _renewed(self, old: _Token | None, deadline: Deadline) -> _Token:
        if not self._lock.acquire(timeout=deadline.remaining()):
            raise _unsent("was not fetched in time")
        try:
            if self._token is None or self._token is old:
                self._token = self._fetch(deadline)
            return self._token
        finally:
            self._lock.release()

    def _fetch(self, deadline: Deadline) -> _Token:
        request = Request("POST", self._path, _OPERATION, body=self._form(), safe=True)
        try:
            response = self._channel.exchange(request, self._path, self._headers(), deadline)
        except TransientError as error:
            raise _unsent(f"could not be fetched: {error.message}") from None
        return self._read(response)

    def _form(self) -> bytes:
        form = {"grant_type": "client_credentials"}
        if self._settings.scope:
            form["scope"] = self._settings.scope
        if self._settings.credentials_in == "body":
            form["client_id"] = self._settings.client_id
            form["client_secret"] = self._settings.client_secret.reveal()
        return urlencode(form).encode("ascii")

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if self._settings.credentials_in == "header":
            # RFC 6749, 2.3.1: both parts are form-encoded before they are joined.
            secret = self._settings.client_secret
            headers |= basic_header(self._settings.client_id, secret, quote_plus)
        return headers

    def _read(self, response: Response) -> _Token:
        if response.status != _OK:
            raise self._refusal(response)
        try:
            document = parse_json(response.body)
        except UnreadableBodyError as error:
            raise _unsent(f"could not be read: {error}") from None
        value = document.get("access_token") if isinstance(document, dict) else None
        if not isinstance(value, str) or not value.isascii() or not value.isprintable() or not value:
            raise _unsent("is missing in the answer of the token endpoint")
        return _Token(value, self._clock() + _usable_seconds(document.get("expires_in")))

    def _refusal(self, response: Response) -> BackhaulError:
        status = response.status
        if _CLIENT_ERROR <= status < _SERVER_ERROR and status not in {_TIMEOUT, _TOO_MANY}:
            return AuthenticationError(
                f"The token endpoint {self._channel.origin} refused our client credentials"
                f" ({status}{_error_code(response)}). Nothing was sent.",
                hint="Check client_id, client_secret and scope.",
                context=ErrorContext(operation=_OPERATION),
            )
        return _unsent(f"could not be fetched: the token endpoint answered {status}", retry_after(response))


def _bearer(token: _Token) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.value}"}


def _unsent(reason: str, seconds: float | None = None) -> TransientError:
    text = f"The access token {reason}. The request was not sent."
    return TransientError(text, retry_after=seconds, context=ErrorContext(operation=_OPERATION))


def _error_code(response: Response) -> str:
    try:
        document = parse_json(response.body)
    except UnreadableBodyError:
        return ""
    code = document.get("error") if isinstance(document, dict) else None
    return f" {code}" if isinstance(code, str) and code.isidentifier() else ""


def _usable_seconds(expires_in: Any) -> float:
    """Renew a little early; without a stated life time only when it is refused."""
    try:
        life = float(expires_in)
    except (TypeError, ValueError):
        return float("inf")
    return max(life - min(_EARLY, life / 10), 0.0)
