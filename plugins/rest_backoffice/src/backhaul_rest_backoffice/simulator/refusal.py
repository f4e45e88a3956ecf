"""A no of the simulated system, with the error document of TM Forum."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):  # noqa: N818  (a refusal is an answer of the system, not a fault in it)
    """The request is refused with this HTTP status; `code` and `reason` go into the error document."""

    def __init__(self, status: int, code: str, reason: str, message: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.code = code
        self.reason = reason
        self.message = message

    def document(self) -> dict[str, Any]:
        """The Error document: `code` and `reason` are mandatory, `status` is the HTTP status as text."""
        body = {"code": self.code, "reason": self.reason, "status": str(self.status)}
        return {**body, "message": self.message} if self.message else body


def bad_request(code: str, reason: str) -> Refusal:
    """A document or a query that is not understood."""
    return Refusal(400, code, reason)


def not_found(resource: str, identifier: str) -> Refusal:
    """No such resource."""
    return Refusal(404, "60", f"There is no {resource} {identifier}.")
