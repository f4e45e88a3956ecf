"""Who we are, in the headers of each request."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Protocol

from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.secret import Secret
from backhaul.sdk.transports.rest_settings import ApiKeyAuth, BasicAuth, BearerAuth

_SENDABLE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")


class Authorization(Protocol):
    """Gives the headers that prove who we are; shared by all threads of a transport."""

    def headers(self, deadline: Deadline) -> Mapping[str, str]:
        """The headers for one request."""
        ...

    def renew(self, refused: Mapping[str, str], deadline: Deadline) -> bool:
        """True if there are other headers now than those that were `refused`."""
        ...

    def close(self) -> None:
        """Release what it holds."""
        ...


class SecretAuthorization:
    """Headers made of secrets that are read at each request, so a rotation is noticed at once."""

    def headers(self, deadline: Deadline) -> Mapping[str, str]:  # noqa: ARG002  the protocol gives it
        """The headers for one request."""
        return self._headers()

    def renew(self, refused: Mapping[str, str], deadline: Deadline) -> bool:  # noqa: ARG002
        """True if the secret was changed since."""
        return self._headers() != refused

    def close(self) -> None:
        """Nothing is held."""

    def _headers(self) -> Mapping[str, str]:
        return {}


class BasicAuthorization(SecretAuthorization):
    """User name and password, as RFC 7617 wants them (UTF-8)."""

    def __init__(self, settings: BasicAuth) -> None:
        self._settings = settings

    def _headers(self) -> Mapping[str, str]:
        return basic_header(self._settings.username, self._settings.password)


class BearerAuthorization(SecretAuthorization):
    """A token that somebody else renews."""

    def __init__(self, settings: BearerAuth) -> None:
        self._settings = settings

    def _headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {sendable(self._settings.token)}"}


class ApiKeyAuthorization(SecretAuthorization):
    """A key in a header of the back office's own."""

    def __init__(self, settings: ApiKeyAuth) -> None:
        self._settings = settings

    def _headers(self) -> Mapping[str, str]:
        return {self._settings.header: sendable(self._settings.value)}


def basic_header(
    username: str, password: Secret, spell: Callable[[str], str] = lambda text: text
) -> dict[str, str]:
    """The Authorization header for a user name and password, each spelled by `spell`."""
    pair = f"{spell(username)}:{spell(password.reveal())}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}


def sendable(secret: Secret) -> str:
    """The value of a secret that stands in a header as it is. Raises ConfigurationError if it cannot."""
    value = secret.reveal()
    if not _SENDABLE.fullmatch(value):
        raise ConfigurationError(
            f"The secret in {secret} cannot stand in a header.",
            hint="It must be visible ASCII characters on one line, without spaces around them.",
        )
    return value
