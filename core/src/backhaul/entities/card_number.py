"""Recognises payment card numbers, so that none is kept where only a token may stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import accumulate
from typing import Annotated

from pydantic import AfterValidator

from backhaul.entities.text import Identifier

_RUN = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,}(?!\d)")
_GROUP = re.compile(r"\d+")
_WORD = re.compile(r"[^\W_]+")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# A digit run inside a word this long is a stretch of a random token, not a number somebody issued.
_RANDOM_WORD = 24
_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-59]|[689]\d)\d{11,16}"  # Diners Club
    r"|35(?:2[89]|[3-8]\d)\d{12,15}"  # JCB
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12,15}"  # Discover
    r"|62\d{14,17}"  # UnionPay
    r"|(?:50\d\d|5[6-8]\d\d|6304|6390|67\d\d)\d{9,15}"  # Maestro
    r"|220[0-4]\d{12,15}"  # Mir
)


def _passes_luhn(number: str) -> bool:
    doubled = (sum(divmod(int(digit) * 2, 10)) for digit in number[-2::-2])
    return (sum(map(int, number[-1::-2])) + sum(doubled)) % 10 == 0


def _is_card(number: str) -> bool:
    return _ISSUERS.fullmatch(number) is not None and _passes_luhn(number)


def _windows(run: str) -> Iterator[tuple[int, int, str]]:
    """Yield every stretch of whole digit groups: an expiry date may stand beside the number."""
    groups = [(group.start(), group.end(), group.group()) for group in _GROUP.finditer(run)]
    for first, (start, _, _) in enumerate(groups):
        joined = accumulate(group for _, _, group in groups[first:])
        for (_, end, _), number in zip(groups[first:], joined, strict=True):
            if 13 <= len(number) <= 19:  # noqa: PLR2004  (lengths of card numbers, ISO/IEC 7812)
                yield start, end, number


def _inside(pattern: re.Pattern[str], text: str, start: int, end: int, shortest: int) -> bool:
    return any(
        match.start() <= start and end <= match.end() and match.end() - match.start() >= shortest
        for match in pattern.finditer(text)
    )


def card_numbers(text: str) -> tuple[tuple[int, int], ...]:
    """Return where card numbers stand in the text: (start, end), by issuer range, length and Luhn check.

    Groups may be parted by one space or hyphen. UUIDs and long random words are not card numbers.
    """
    found: list[tuple[int, int]] = []
    plain = "".join(str(unicodedata.digit(char, char)) for char in text)
    for run in _RUN.finditer(plain):
        for start, end, number in _windows(run.group()):
            span = run.start() + start, run.start() + end
            if found and span[0] < found[-1][1]:
                continue
            random = _inside(_WORD, plain, *span, _RANDOM_WORD) or _inside(_UUID, plain, *span, 0)
            if _is_card(number) and not random:
                found.append(span)
    return tuple(found)


def not_a_card_number(token: str) -> str:
    """Return the token unchanged. Raises ValueError, without showing it, when it holds a card number."""
    if card_numbers(token):
        msg = "this looks like a payment card number; only the token of a payment provider may stand here"
        raise ValueError(msg)
    return token


Token = Annotated[Identifier, AfterValidator(not_a_card_number)]
"""A token that stands for card or bank data held elsewhere; a card number is refused."""
