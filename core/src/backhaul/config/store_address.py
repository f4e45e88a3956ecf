"""The address of the store: read from the file, with its password from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, TypeAlias
from urllib.parse import parse_qs, quote, urlsplit

from pydantic import AfterValidator, Discriminator, Tag

from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.secret import Secret

_SQLITE_FILE = re.compile(r"(?P<scheme>sqlite(?:\+\w+)?):///(?P<path>[^?]+)(?P<query>.*)", re.DOTALL)


def without_password(url: str) -> str:
    """The URL itself. Raises ValueError if it holds a password, or is none."""
    try:
        parts = urlsplit(url)
        literal = parts.password is not None or any("pass" in key.lower() for key in parse_qs(parts.query))
    except ValueError:
        msg = "this is not a URL; write one such as sqlite:///backhaul.db"
        raise ValueError(msg) from None
    if literal:
        msg = (
            "a password is never written here; take it out of the url and add "
            'password = { env = "NAME" } or { file = "/path" }'
        )
        raise ValueError(msg)
    if not parts.scheme:
        msg = "this is not a URL; write one such as sqlite:///backhaul.db"
        raise ValueError(msg)
    return url


def _kind(value: object) -> str:
    return "text" if isinstance(value, str) else "reference"


#: A URL without password, or the secret that holds a whole one.
StoreUrl: TypeAlias = Annotated[
    Annotated[str, AfterValidator(without_password), Tag("text")] | Annotated[Secret, Tag("reference")],
    Discriminator(_kind),
]


def store_address(url: str | Secret, password: Secret | None, folder: Path) -> str:
    """The URL to open, with its password; a relative SQLite file lies in `folder`.

    Raises ConfigurationError if a secret cannot be read, or if a password is given that the URL has no
    place for.
    """
    plain = url.reveal() if isinstance(url, Secret) else url
    located = _in_folder(plain, folder)
    return _with_password(located, password.reveal()) if password else located


def _in_folder(url: str, folder: Path) -> str:
    found = _SQLITE_FILE.fullmatch(url)
    if not found or found["path"] == ":memory:" or found["path"].startswith("file:"):
        return url
    return f"{found['scheme']}:///{(folder / found['path']).as_posix()}{found['query']}"


def _with_password(url: str, password: str) -> str:
    scheme, separator, rest = url.partition("://")
    user, at, host = rest.partition("@")
    if not at or "/" in user:
        raise ConfigurationError(
            "The store has a password but its url names no user.", hint="Write scheme://user@host/database."
        )
    return f"{scheme}{separator}{user.partition(':')[0]}:{quote(password, safe='')}{at}{host}"
