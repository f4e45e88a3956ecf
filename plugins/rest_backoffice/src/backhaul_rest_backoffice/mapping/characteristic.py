"""Characteristics: the name and value pairs in which TM Forum keeps what has no property of its own."""

from __future__ import annotations

from typing import Any

from backhaul.sdk.mapping import Code, Text

#: The characteristic that holds our id, so that an object can be found by it.
OUR_ID = "backhaulId"


def value_of(place: str, name: str) -> str:
    """The wire path of a characteristic's value."""
    return f"{place}[name={name}].value"


def text(place: str, name: str, **options: Any) -> Text:
    """Text in a characteristic. A characteristic must have a value, so a cleared one is empty text."""
    return Text(path=value_of(place, name), cleared="", **options)


def code(place: str, name: str, **options: Any) -> Code:
    """A code in a characteristic; cleared as text is."""
    return Code(path=value_of(place, name), cleared="", **options)


def find(document: Any, place: str, name: str) -> Any:
    """The value of a characteristic in a document as it stands on the wire, None where it has none."""
    items = document.get(place) if isinstance(document, dict) else None
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and item.get("name") == name:
            return item.get("value")
    return None
