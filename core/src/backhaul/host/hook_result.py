"""What a hook may return: each function gives the result as it goes on, or raises MisfitError."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, TypeAlias

from pydantic import ValidationError

from backhaul.entities import Record
from backhaul.sdk.json import Document, Json
from backhaul.sdk.reply import Reply

#: From the value that went in and the one that came out, the one that goes on.
ResultCheck: TypeAlias = Callable[[Any, object], Any]


class MisfitError(Exception):
    """A hook returned what cannot be used; the text continues "Hook … of plugin …"."""


def same_record(given: Record, result: object) -> Record:
    """A valid record of the same type and id: a hook enriches a record, it does not exchange it."""
    if not isinstance(result, type(given)) or type(result) is not type(given):
        raise MisfitError(f"returned {kind(result)} instead of {type(given).__name__} or None")
    if result.id != given.id:
        raise MisfitError("returned a record with another id")
    try:
        # model_copy(update=…) checks nothing, and is what authors reach for.
        return type(given).model_validate(dict(result.__dict__))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"])) or "the record"
        raise MisfitError(f"returned a record that is not valid: {place}: {first['msg']}") from None


def a_document(given: object, result: object) -> Document:
    """A dict of JSON values."""
    del given
    if not isinstance(result, dict):
        raise MisfitError(f"returned {kind(result)} instead of a dict or None")
    _check_json(result, "")
    return result


def wire_fields(given: object, result: object) -> Mapping[str, Json]:
    """A mapping of wire paths to JSON values."""
    del given
    if not isinstance(result, Mapping):
        raise MisfitError(f"returned {kind(result)} instead of a mapping or None")
    _check_json(dict(result), "")
    return result


def a_reply(given: object, result: object) -> Reply:
    """A Reply."""
    del given
    if not isinstance(result, Reply):
        raise MisfitError(f"returned {kind(result)} instead of a Reply or None")
    return result


def kind(value: object) -> str:
    """A value by its type alone: it may be personal data."""
    return "None" if value is None else f"a value of type {type(value).__name__}"


def _check_json(value: object, path: str) -> None:
    if isinstance(value, dict):
        for key, member in value.items():
            if not isinstance(key, str):
                raise MisfitError(f"returned a key of type {type(key).__name__}{path}")
            _check_json(member, f"{path}.{key}" if path else f" at {key}")
    elif isinstance(value, list):
        for index, member in enumerate(value):
            _check_json(member, f"{path}[{index}]")
    elif isinstance(value, float) and not isfinite(value):
        raise MisfitError(f"returned a number that is not finite{path}")
    elif not (value is None or isinstance(value, str | bool | int | float)):
        raise MisfitError(f"returned {kind(value)}{path}, which is not JSON")
