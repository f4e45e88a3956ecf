"""JSON documents that callers send, read strictly."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request

from backhaul.gateway.body import Body
from backhaul.gateway.problem import ProblemError
from backhaul.sdk.json import Document
from backhaul.sdk.transports.json_body import UnreadableBodyError, parse_json

_TYPES = {"POST": ("application/json",), "PUT": ("application/json",)}
_PATCH_TYPES = ("application/merge-patch+json", "application/json")
_DEEPEST = 64


async def check_type(request: Request) -> None:
    """Raise ProblemError 415 for a body that does not say that it is JSON.

    This also keeps out web pages of other origins: none may send this type without asking first.
    """
    taken = _TYPES.get(request.method, _PATCH_TYPES)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in taken:
        detail = f"A body is sent here as {' or '.join(taken)}."
        raise ProblemError(415, "unsupported-media-type", detail, headers={"Accept": ", ".join(taken)})


async def read_document(_: Annotated[None, Depends(check_type)], body: Body) -> Document:
    """The object in the body; fractions are exact. Raises ProblemError 400, 415."""
    try:
        document = parse_json(body)
    except UnreadableBodyError as error:
        raise ProblemError(400, "bad-request", f"The body cannot be read: {error}.") from None
    if not isinstance(document, dict):
        raise ProblemError(400, "bad-request", "The body is no JSON object.")
    _check_depth(document)
    return document


def _check_depth(document: Document) -> None:
    layer: list[Any] = [document]
    for _ in range(_DEEPEST):
        layer = [member for value in layer for member in _members(value)]
        if not layer:
            return
    raise ProblemError(400, "bad-request", f"The body is nested more than {_DEEPEST} deep.")


def _members(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


# Spelled out, because the framework evaluates it and the alias is recursive.
JsonDocument = Annotated[dict[str, Any], Depends(read_document)]
