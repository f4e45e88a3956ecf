"""Extensions: a site's or a plugin's own fields, kept by namespace."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, JsonValue

from backhaul.entities.text import Identifier, clean_text


def _members(value: JsonValue) -> Iterable[JsonValue]:
    if isinstance(value, dict):
        yield from value
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def storable(value: JsonValue) -> JsonValue:
    """Return the value unchanged.

    Raises ValueError on what would not survive storing: unclean text, NaN, infinity.
    """
    if isinstance(value, str):
        clean_text(value)
    elif isinstance(value, float) and not math.isfinite(value):
        msg = "a number must be finite"
        raise ValueError(msg)
    for member in _members(value):
        storable(member)
    return value


Extensions = dict[Identifier, dict[Identifier, Annotated[JsonValue, AfterValidator(storable)]]]
"""{namespace: {field: value}}; namespaces of plugins that are no longer installed survive."""
