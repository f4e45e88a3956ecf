"""What operators read and write carries no card numbers (RULES 10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backhaul.entities import card_numbers


def masked_text(text: str) -> str:
    """The text with runs that look like card numbers masked."""
    out: list[str] = []
    at = 0
    for start, end in card_numbers(text):
        out += [text[at:start], "*" * (end - start)]
        at = end
    return "".join([*out, text[at:]])


def masked(value: Any) -> Any:
    """The same for every text in a JSON document, names and values; a number that looks like one as well."""
    if isinstance(value, Mapping):
        return {masked_text(str(name)): masked(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item) for item in value]
    if isinstance(value, str):
        return masked_text(value)
    if isinstance(value, int) and not isinstance(value, bool) and card_numbers(str(value)):
        return masked_text(str(value))
    return value
