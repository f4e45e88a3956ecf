"""Kept bytes carry no card numbers (RULES 10)."""

from __future__ import annotations

from backhaul.entities import card_numbers


def scrubbed(body: bytes) -> bytes:
    """The bytes with card-number-like runs masked; text that is not UTF-8 is kept as it is readable."""
    text = body.decode("utf-8", errors="surrogateescape")
    out: list[str] = []
    at = 0
    for start, end in card_numbers(text):
        out += [text[at:start], "*" * (end - start)]
        at = end
    return "".join([*out, text[at:]]).encode("utf-8", errors="surrogateescape")
