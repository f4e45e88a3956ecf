"""JSON from another system, read strictly."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, NoReturn

from backhaul.sdk.transports.base import Response

_CHARSETS = {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1", "windows-1252", "utf-16"}
_LARGEST_EXPONENT = 400


class UnreadableBodyError(Exception):
    """A body that is not what its headers promise; the text never quotes it."""


def read_json(response: Response) -> Any:
    """The document in a response.

    Fractions become Decimal, exact. Raises UnreadableBodyError for another content type, an unknown
    character set, damaged text, repeated keys, NaN or infinite numbers, and nesting without end.
    """
    content_type = response.header("content-type") or ""
    kind, _, parameters = content_type.partition(";")
    kind = kind.strip().lower()
    if kind and not (kind.endswith(("/json", "+json"))):
        raise UnreadableBodyError(f"it is {kind[:60]!r} where JSON belongs")
    return parse_json(response.body, _charset(parameters))


def parse_json(body: bytes, charset: str = "utf-8") -> Any:
    """The document in `body`; strict as `read_json`."""
    try:
        text = body.decode("utf-8-sig" if charset in {"utf-8", "utf8"} else charset)
    except UnicodeDecodeError:
        raise UnreadableBodyError(f"its text is not valid {charset}") from None
    try:
        document = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_fraction,
        )
        if "\\ud" in text.lower():
            json.dumps(document, ensure_ascii=False, default=str).encode()  # half a surrogate pair fails here
    except UnicodeEncodeError:
        raise UnreadableBodyError("it has half of a surrogate pair") from None
    except json.JSONDecodeError as error:
        raise UnreadableBodyError(f"it is not JSON, or cut off (at character {error.pos})") from None
    except (ValueError, RecursionError):
        raise UnreadableBodyError("it has a number or nesting beyond all limits") from None
    return document


def _charset(parameters: str) -> str:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
            if charset not in _CHARSETS:
                raise UnreadableBodyError(f"its character set {charset[:30]!r} is not known")
            return charset
    return "utf-8"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise UnreadableBodyError("an object in it has a key twice")
    return document


def _no_constant(name: str) -> NoReturn:
    raise UnreadableBodyError(f"it has the number {name}, which JSON does not have")


def _fraction(text: str) -> Decimal:
    number = Decimal(text)
    if abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise UnreadableBodyError("it has a number beyond all limits")
    return number
