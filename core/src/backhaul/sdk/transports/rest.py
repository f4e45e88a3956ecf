"""The REST transport: requests over HTTP with credentials, bounded in time and size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias
from urllib.parse import quote, urlencode, urlsplit

from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import ConfigurationError, ErrorContext, MappingError
from backhaul.sdk.transports.auth import (
    ApiKeyAuthorization,
    Authorization,
    BasicAuthorization,
    BearerAuthorization,
    SecretAuthorization,
)
from backhaul.sdk.transports.base import Request, Response
from backhaul.sdk.transports.http_channel import HttpChannel
from backhaul.sdk.transports.oauth2 import ClientCredentials
from backhaul.sdk.transports.resolver import Resolver
from backhaul.sdk.transports.rest_settings import (
    HEADER_NAME,
    ApiKeyAuth,
    BasicAuth,
    BearerAuth,
    OAuth2Auth,
    RestTransportSettings,
)

_UNAUTHORIZED = 401
_Named: TypeAlias = "dict[str, tuple[str, str]]"


class RestTransport:
    """Carries requests to one back office over HTTP; the guarantees are those of `Transport`.

    A request that is refused with 401 was not executed: if the credentials can be renewed (an OAuth2 token,
    a rotated secret) it is sent once more, under the same deadline. A second 401 is the answer.
    """

    def __init__(self, settings: RestTransportSettings) -> None:
        resolver = Resolver()
        self._channel = HttpChannel(settings.url, settings, resolver)
        self._base = urlsplit(settings.url).path.rstrip("/")
        self._url = settings.url
        self._headers = _named({"User-Agent": "backhaul", **settings.headers})
        self._authorization = authorization(settings, resolver)

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        """The response to `request`, or an error of the family."""
        path = self._path(request)
        credentials = self._authorization.headers(deadline)
        response = self._send(request, path, credentials, deadline)
        if response.status == _UNAUTHORIZED and self._authorization.renew(credentials, deadline):
            response = self._send(request, path, self._authorization.headers(deadline), deadline)
        return response

    def close(self) -> None:
        """Close every socket; one in use is closed when its call ends, at the latest by its deadline."""
        self._channel.close()
        self._authorization.close()

    def _send(
        self, request: Request, path: str, credentials: Mapping[str, str], deadline: Deadline
    ) -> Response:
        if not all(map(HEADER_NAME.fullmatch, request.headers)):
            raise MappingError(
                "The request has a header whose name HTTP does not allow. Nothing was sent.",
                context=ErrorContext(operation=request.operation),
            )
        headers = dict((self._headers | _named(request.headers) | _named(credentials)).values())
        return self._channel.exchange(request, path, headers, deadline)

    def _path(self, request: Request) -> str:
        target = request.target
        if "://" in target:
            target = self._below(target, request)
        path = f"{self._base}/{target.lstrip('/')}" if target else self._base or "/"
        if any(character <= " " or character > "~" or character == "#" for character in path):
            raise MappingError(
                "The address of the request has a character that is not allowed there. Nothing was sent.",
                hint="Build it with path(), which escapes what needs it.",
                context=ErrorContext(operation=request.operation),
            )
        if request.query:
            path += ("&" if "?" in path else "?") + urlencode(request.query, quote_via=quote)
        return path

    def _below(self, target: str, request: Request) -> str:
        """The target in a whole address (a link to the next page); only below ours: we send credentials."""
        if not target.startswith(f"{self._url}/"):
            raise ConfigurationError(
                f"An address outside {self._url} was to be called with its credentials. Nothing was sent.",
                hint="If the back office gives links like that, correct the address it publishes of itself.",
                context=ErrorContext(operation=request.operation),
            )
        return target.removeprefix(self._url)


def path(*segments: object) -> str:
    """A target of these segments, each escaped; a slash in an id stays part of the id.

    Raises MappingError for an empty segment or one that would climb (``.`` and ``..``).
    """
    texts = [str(segment) for segment in segments]
    if any(text in {"", ".", ".."} for text in texts):
        raise MappingError("An address was to be built of an id that is empty or a dot. Nothing was sent.")
    return "/".join(quote(text, safe="") for text in texts)


def authorization(settings: RestTransportSettings, resolver: Resolver) -> Authorization:
    """The kind of authorization that the settings ask for."""
    match settings.auth:
        case BasicAuth() as auth:
            return BasicAuthorization(auth)
        case BearerAuth() as auth:
            return BearerAuthorization(auth)
        case ApiKeyAuth() as auth:
            return ApiKeyAuthorization(auth)
        case OAuth2Auth() as auth:
            return ClientCredentials(auth, HttpChannel(auth.token_url, settings, resolver))
        case _:
            return SecretAuthorization()


def _named(headers: Mapping[str, str]) -> _Named:
    return {name.lower(): (name, value) for name, value in headers.items()}
