"""One request to a simulated system, and its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl


class BadRequestError(Exception):
    """What arrived cannot be read; the text becomes the answer, with status 400."""


@dataclass(slots=True)
class SimRequest:
    """A request as it arrived. Header names are lower case; `params` are the named parts of the path."""

    method: str
    path: str
    query_string: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    params: Mapping[str, str] = field(default_factory=dict)
    operation: str = ""

    @property
    def query(self) -> dict[str, str]:
        """The query parameters; of a repeated one the last."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    def header(self, name: str) -> str | None:
        """The value of a header, by name in any case."""
        return self.headers.get(name.lower())

    def json(self) -> Any:
        """The body as JSON; raises BadRequestError (400) if it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise BadRequestError(f"the body is not JSON: {error}") from None


@dataclass(slots=True)
class SimResponse:
    """An answer; `json` is written as the body, with its content type, unless `body` is given."""

    status: int = 200
    json: Any = None
    body: bytes | None = None
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    def payload(self) -> bytes:
        """The bytes of the body."""
        if self.body is not None:
            return self.body
        if self.json is None:
            return b""
        return json.dumps(self.json, ensure_ascii=False, separators=(",", ":"), default=str).encode()
