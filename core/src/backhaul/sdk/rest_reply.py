"""The answer of a REST system that said yes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from backhaul.sdk.errors import ErrorContext, MappingError, Scope, TransientError, UnknownOutcomeError
from backhaul.sdk.json import Document
from backhaul.sdk.transports.base import Request, Response
from backhaul.sdk.transports.rest_reply import document as read_document


@dataclass(frozen=True, slots=True)
class RestReply:
    """One answer, read. `body` is its JSON with fractions as Decimal; None where the answer has no body."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: Any = field(repr=False)
    request: Request = field(repr=False)

    @classmethod
    def of(cls, response: Response, request: Request) -> RestReply:
        """Read a response. An unreadable body is unknown after a write, transient after a read."""
        body = read_document(response, request) if response.body.strip() else None
        return cls(response.status, response.headers, body, request)

    @property
    def etag(self) -> str | None:
        """The entity tag to send as If-Match; a weak one proves nothing, so it does not count."""
        tag = self.headers.get("etag")
        return None if tag is None or tag.startswith("W/") else tag

    @property
    def located(self) -> str | None:
        """The last segment of the Location header: the id of what was made."""
        last = urlsplit(self.headers.get("location", "")).path.rstrip("/").rpartition("/")[2]
        return unquote(last) or None

    def one(self) -> Document:
        """The object that the answer is. Raises as for an unreadable body when it is none."""
        if not isinstance(self.body, dict):
            self._unusable("one object")
        return self.body

    def many(self) -> list[Document]:
        """The objects that the answer lists. Raises as for an unreadable body when it is no such list."""
        if not isinstance(self.body, list) or not all(isinstance(item, dict) for item in self.body):
            self._unusable("a list of objects")
        return self.body

    def number(self, header: str) -> int | None:
        """The whole number in a header, None where there is none."""
        text = self.headers.get(header.lower(), "").strip()
        return int(text) if text.isascii() and text.isdigit() else None

    def _unusable(self, expected: str) -> NoReturn:
        text = f"The answer ({self.status}) is not {expected}."
        context = ErrorContext(operation=self.request.operation)
        if self.request.safe:
            raise TransientError(text, scope=Scope.DELIVERY, context=context)
        raise UnknownOutcomeError(text, context=context)


def json_bytes(document: Any) -> bytes:
    """A JSON document as bytes; a Decimal is written as the number it is, digit by digit.

    Raises MappingError for what JSON or UTF-8 cannot carry.
    """
    mark = uuid4().hex
    numbers = 0

    def number(value: object) -> str:
        nonlocal numbers
        if not isinstance(value, Decimal) or not value.is_finite():
            raise TypeError
        numbers += 1
        return f"{mark}{value:f}"

    try:
        text = json.dumps(
            document, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=number
        )
        # The number of Decimals is nearly always zero, and then nothing is searched.
        return (re.sub(f'"{mark}([^"]*)"', r"\1", text) if numbers else text).encode()
    except (TypeError, ValueError):
        msg = "The document holds something that JSON cannot carry. Nothing was sent."
        raise MappingError(msg) from None
