"""Removes secrets from what is kept of an exchange."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

REMOVED = "***"
#: Field names whose values are never kept, in any case and spelling (``accessToken``, ``access_token``).
SECRET_FIELDS = frozenset(
    {
        "access_token",
        "api_key",
        "assertion",
        "card_number",
        "client_secret",
        "cvc",
        "cvv",
        "iban",
        "id_token",
        "pan",
        "passphrase",
        "password",
        "pin",
        "private_key",
        "refresh_token",
        "secret",
        "token",
    }
)
_SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "www-authenticate"}
)
_SECRET_PARTS = ("token", "secret", "password", "api-key", "apikey", "auth", "signature")


class Scrubber:
    """Replaces the values of secret headers, query parameters and body fields by ``***``.

    Bodies are scrubbed as text, so a truncated or garbled one is too: JSON members of any value, XML
    elements and attributes, form fields. Names are compared without case, ``_`` and ``-``.
    """

    def __init__(self, fields: Iterable[str] = SECRET_FIELDS, headers: Iterable[str] = ()) -> None:
        self._fields = frozenset(_plain(name) for name in fields)
        self._headers = _SECRET_HEADERS | {name.lower() for name in headers}
        names = "|".join(sorted(("[_-]?".join(map(re.escape, name)) for name in self._fields), key=len)[::-1])
        self._member = re.compile(rf'(\\?")(?:{names})\1\s*:\s*', re.IGNORECASE)
        self._element = re.compile(
            rf"(<((?:[\w.-]+:)?(?:{names}))(?:\s[^<>]*)?(?<!/)>)(.*?)(</\2\s*>|\Z)", re.IGNORECASE | re.DOTALL
        )
        self._attribute = re.compile(rf"""(\s(?:{names})\s*=\s*)("[^"]*"?|'[^']*'?)""", re.IGNORECASE)
        self._pair = re.compile(rf"((?:^|[&?])(?:{names})=)[^&\s]*", re.IGNORECASE)

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Headers without credentials, names in lower case."""
        return {name.lower(): REMOVED if self._is_secret(name) else value for name, value in headers.items()}

    def query(self, query: Mapping[str, str]) -> dict[str, str]:
        """Query parameters without secrets."""
        return {name: REMOVED if _plain(name) in self._fields else value for name, value in query.items()}

    def text(self, text: str) -> str:
        """A body or address without secrets."""
        if not self._fields:
            return text
        text = self._members(text)
        text = self._element.sub(rf"\1{REMOVED}\4", text)
        text = self._attribute.sub(rf'\1"{REMOVED}"', text)
        return self._pair.sub(rf"\1{REMOVED}", text)

    def _is_secret(self, name: str) -> bool:
        name = name.lower()
        return name in self._headers or any(part in name for part in _SECRET_PARTS)

    def _members(self, text: str) -> str:
        parts, position = [], 0
        for match in self._member.finditer(text):
            if match.start() >= position:  # not inside a value that is already gone
                parts += [text[position : match.end()], f"{match[1]}{REMOVED}{match[1]}"]
                position = _value_end(text, match.end(), match[1])
        return "".join((*parts, text[position:]))


def _value_end(text: str, start: int, quote: str) -> int:
    """Where the JSON value that begins at `start` ends; a damaged one ends with the text."""
    if quote != '"':  # JSON inside a JSON string
        closing = text.find(quote, start + len(quote))
        return closing + len(quote) if text.startswith(quote, start) and closing >= 0 else len(text)
    try:
        return json.JSONDecoder().raw_decode(text, start)[1]
    except (ValueError, RecursionError):
        return len(text)


def _plain(name: str) -> str:
    return re.sub(r"[_-]", "", name).lower()
