"""The code and text with which a back office says no."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backhaul.sdk.transports.base import Response
from backhaul.sdk.transports.json_body import UnreadableBodyError, read_json

LONGEST = 300
_CODES = ("code", "errorCode", "error_code", "error", "type")
_TEXTS = ("reason", "message", "title", "detail", "error_description", "description", "errorMessage")
_DEEPEST = 3


def refusal(response: Response) -> tuple[str, str]:
    """Code and text of a refusal; the code is the HTTP status where the body has none.

    The fields tried are those in which TM Forum, RFC 9457 (problem details), OAuth and most others keep
    them, in the document or in its first error. Texts are cut at 300 characters.
    """
    status = str(response.status)
    try:
        document = read_json(response)
    except UnreadableBodyError:
        return status, _plain_text(response)
    code = ""
    texts: list[str] = []
    for level in _levels(document, _DEEPEST):
        code = code or _first(level, _CODES)
        texts = texts or _all(level, _TEXTS)
    return code[:LONGEST] or status, cut(": ".join(texts))


def cut(text: str) -> str:
    """The text on one line, without control characters, at most 300 characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: LONGEST * 4]).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _levels(document: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth == 0:
        return
    if isinstance(document, list):
        yield from _levels(document[0] if document else None, depth)
    elif isinstance(document, dict):
        yield document
        for name in ("error", "errors", "fault", "errorDetails"):
            yield from _levels(document.get(name), depth - 1)


def _first(level: dict[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        value = level.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value):
            return str(value)
    return ""


def _all(level: dict[str, Any], names: tuple[str, ...]) -> list[str]:
    texts = [level[name] for name in names if isinstance(level.get(name), str) and level[name].strip()]
    return list(dict.fromkeys(texts))


def _plain_text(response: Response) -> str:
    kind = (response.header("content-type") or "").partition(";")[0].strip().lower()
    if kind == "text/plain":
        return cut(response.body[: LONGEST * 4].decode(errors="replace"))
    return f"(a body of type {kind[:60]})" if kind and response.body else ""
