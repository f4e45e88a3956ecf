"""Problem documents (RFC 9457): what every refusal looks like on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal. `kind` names its page below /problems/; `members` are further facts, never a payload."""

    status: int
    kind: str
    detail: str
    hint: str | None = None
    members: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    headers: Mapping[str, str] = field(default_factory=lambda: _NOTHING)

    def document(self) -> dict[str, Any]:
        """The problem as JSON."""
        facts = {
            "type": f"/problems/{self.kind}",
            "title": self.kind.replace("-", " ").capitalize(),
            "status": self.status,
            "detail": self.detail,
            "hint": self.hint,
            **self.members,
        }
        return {name: value for name, value in facts.items() if value is not None}

    def response(self) -> Response:
        """The problem as an answer."""
        return JSONResponse(self.document(), self.status, dict(self.headers), MEDIA_TYPE)


class ProblemError(Exception):
    """Ends a request with a problem document."""

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        hint: str | None = None,
        headers: Mapping[str, str] = _NOTHING,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.problem = Problem(status, kind, detail, hint, members, headers)
