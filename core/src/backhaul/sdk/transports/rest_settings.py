"""The settings of a REST transport, as they stand in the deployment file."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from backhaul.sdk.secret import Secret

_MEGABYTE = 1_000_000


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an address that begins with http:// or https://")
    if parts.username or parts.password:
        raise ValueError("must not contain a user name or password; use the settings for them")
    if parts.query or parts.fragment:
        raise ValueError("must not contain a query or fragment")
    if any(character <= " " or character > "~" for character in value):
        raise ValueError("must be ASCII without spaces")
    _ = parts.port  # raises ValueError for a port that is none
    return value.rstrip("/")


def _proxy_address(value: str) -> str:
    if urlsplit(value).scheme != "http":
        raise ValueError("a proxy must be an http:// address; https back offices are tunnelled through it")
    return _address(value)


_CREDENTIALS = re.compile(r"(?i).*(authorization|cookie|token|secret|password|api-?key).*")
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def _fixed_headers(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not HEADER_NAME.fullmatch(name):
            raise ValueError("must have names that HTTP allows for headers")
        if _CREDENTIALS.fullmatch(name):
            raise ValueError(f"must not contain {name}: credentials belong to auth, as secrets")
        if not (value.isascii() and value.isprintable()):
            raise ValueError(f"must have printable ASCII values, {name} has not")
    return headers


FixedHeaders: TypeAlias = Annotated[dict[str, str], AfterValidator(_fixed_headers)]
Address: TypeAlias = Annotated[str, AfterValidator(_address)]
ProxyAddress: TypeAlias = Annotated[str, AfterValidator(_proxy_address)]


class Settings(BaseModel):
    """What all settings share: a misspelt key is refused, and no error quotes a value."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class NoAuth(Settings):
    """Nobody asks who we are."""

    kind: Literal["none"] = "none"


class BasicAuth(Settings):
    """User name and password in every request."""

    kind: Literal["basic"] = "basic"
    username: str = Field(pattern=r"^[^:\x00-\x1f\x7f]+$")
    password: Secret


class BearerAuth(Settings):
    """A token that somebody else renews."""

    kind: Literal["bearer"] = "bearer"
    token: Secret


class ApiKeyAuth(Settings):
    """A key in a header of the back office's own."""

    kind: Literal["api_key"] = "api_key"
    header: str = Field(default="X-API-Key", pattern=rf"^{HEADER_NAME.pattern}$")
    value: Secret


class OAuth2Auth(Settings):
    """OAuth 2 client credentials: we fetch and renew the token."""

    kind: Literal["oauth2"] = "oauth2"
    token_url: Address
    client_id: str = Field(min_length=1)
    client_secret: Secret
    scope: str | None = None
    credentials_in: Literal["header", "body"] = "header"


Auth: TypeAlias = Annotated[
    NoAuth | BasicAuth | BearerAuth | ApiKeyAuth | OAuth2Auth, Field(discriminator="kind")
]


class Proxy(Settings):
    """An HTTP proxy between us and the back office."""

    url: ProxyAddress
    username: str | None = None
    password: Secret | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> Proxy:
        if (self.username is None) != (self.password is None):
            raise ValueError("a proxy takes username and password together, or neither")
        return self


class RestTransportSettings(Settings):
    """Where a back office is and how to reach it. Certificates are always verified.

    Times are seconds. `max_idle` is how long a connection may rest and be used again: keep it below the
    back office's own limit, because a request on a connection that it is just closing has an unknown outcome.
    """

    url: Address
    auth: Auth = NoAuth()
    ca_file: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    client_key_password: Secret | None = None
    proxy: Proxy | None = None
    max_in_flight: int = Field(default=8, ge=1, le=1024)
    connect_timeout: float = Field(default=5.0, gt=0)
    max_idle: float = Field(default=4.0, ge=0)
    max_response_bytes: int = Field(default=10 * _MEGABYTE, ge=1)
    unavailable_is_unsent: bool = False
    headers: FixedHeaders = Field(default_factory=dict)

    @model_validator(mode="after")
    def _certificate_is_whole(self) -> RestTransportSettings:
        if self.client_key is not None and self.client_cert is None:
            raise ValueError("client_key needs client_cert")
        if self.url.startswith("http://") and (self.ca_file or self.client_cert):
            raise ValueError("certificates need an https:// url")
        return self
