"""Types of settings, in the words of the deployment file."""

from __future__ import annotations

from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from backhaul.sdk.secret import Secret

_WORDS: dict[object, str] = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    NoneType: "",
}


def in_words(annotation: object) -> str:
    """Say what may be written there: ``text``, ``list of text``, ``one of park, go_on``, ``secret``."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and origin is None:
        return _plain(annotation)
    if origin is Literal:
        return _one_of(arguments)
    if origin in (Annotated, Union, UnionType):
        choices = arguments[:1] if origin is Annotated else arguments
        return " or ".join(dict.fromkeys(filter(None, map(in_words, choices))))
    if isinstance(origin, type):
        return (
            f"table of {in_words(arguments[1])}"
            if issubclass(origin, dict)
            else f"list of {in_words(arguments[0])}"
        )
    return "anything"


def _plain(kind: type) -> str:
    if issubclass(kind, Enum):
        return _one_of([member.value for member in kind])
    families = {Secret: "secret", BaseModel: "table"}
    family = next((word for base, word in families.items() if issubclass(kind, base)), "text")
    return _WORDS.get(kind, family)


def _one_of(values: Any) -> str:
    return "one of " + ", ".join(map(str, values))
