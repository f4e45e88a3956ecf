"""Cells as people may see them: card numbers masked, undecodable bytes spelled out."""

from __future__ import annotations

import re

from backhaul.entities import card_numbers

_BYTES = re.compile("[\udc80-\udcff]")
_LONGEST_SHOWN = 40
_KEPT_DIGITS = 4


def undecoded(text: str) -> str | None:
    """Return the first byte that is not UTF-8 as 0xE9, or None; the text was decoded with surrogateescape."""
    found = _BYTES.search(text)
    return found and f"0x{ord(found.group()) - 0xDC00:02X}"


def spelled(text: str) -> str:
    """Return the text with undecodable bytes spelled out in hexadecimal: only so can it be kept."""
    return _BYTES.sub(lambda found: f"\\x{ord(found.group()) - 0xDC00:02x}", text)


def _starred(number: str) -> str:
    digits_left = sum(map(str.isdigit, number))
    starred = []
    for char in number:
        starred.append("*" if char.isdigit() and digits_left > _KEPT_DIGITS else char)
        digits_left -= char.isdigit()
    return "".join(starred)


def masked(text: str) -> str:
    """Return the text with all but the last four digits of every payment card number starred out."""
    for start, end in card_numbers(text):
        text = text[:start] + _starred(text[start:end]) + text[end:]
    return text


def shown(text: str) -> str:
    """Return the text quoted for a message: masked, on one line, cut when it is long."""
    safe = masked(spelled(text))
    return repr(safe if len(safe) <= _LONGEST_SHOWN else safe[:_LONGEST_SHOWN] + "…")
