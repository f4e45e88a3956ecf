"""How the text of a cell is read; each reader raises ValueError with a reason a person can act on."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum

from backhaul.entities import exact_amount, known_currency
from backhaul.processes.importing.countries import COUNTRIES
from backhaul.processes.importing.masking import shown

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_WHOLE = re.compile(r"-?[0-9]{1,9}")
_EMAIL = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\".]+(\.[^\s@,;<>\".]+)+")
_PHONE = re.compile(r"\+?[\d\s()./-]+")
_FEWEST_PHONE_DIGITS = 3
_MOST_PHONE_DIGITS = 15  # ITU-T E.164


def text(cell: str) -> str:
    """Any text."""
    return cell


def identifier(cell: str) -> str:
    """An issued id: up to 64 letters, digits, dots, hyphens and underscores."""
    if not _ID.fullmatch(cell):
        msg = f"{shown(cell)} is not an id: up to 64 letters, digits, dots, hyphens and underscores"
        raise ValueError(msg)
    return cell


def identifiers(cell: str) -> list[str]:
    """Ids with semicolons between them, each once."""
    found = [identifier(one.strip()) for one in cell.split(";")]
    if len(set(found)) < len(found):
        msg = "names an id twice"
        raise ValueError(msg)
    return found


def code(kind: type[StrEnum]) -> Callable[[str], StrEnum]:
    """Return the reader of a code of this kind, spelled exactly."""

    def read(cell: str) -> StrEnum:
        codes = [str(one) for one in kind]
        if cell in codes:
            return kind(cell)
        near = get_close_matches(cell.casefold(), codes, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        msg = f"{shown(cell)} is none of {', '.join(codes)}{hint}"
        raise ValueError(msg)

    return read


def day(cell: str) -> date:
    """A day, ISO 8601."""
    if not _DAY.fullmatch(cell):
        # 09/03/2024 is read as two different days on two sides of an ocean: never guessed.
        msg = f"{shown(cell)} is not a day written as 2030-01-31"
        raise ValueError(msg)
    try:
        return date.fromisoformat(cell)
    except ValueError:
        msg = f"{shown(cell)} is no day of the calendar"
        raise ValueError(msg) from None


def amount(cell: str) -> Decimal:
    """A decimal number with a point, without grouping and exponent."""
    if not _AMOUNT.fullmatch(cell):
        msg = f"{shown(cell)} is not an amount written as 1250.00 (a point, no grouping, no currency)"
        raise ValueError(msg)
    return exact_amount(cell)


def whole_number(cell: str) -> int:
    """A whole number of up to nine digits."""
    if not _WHOLE.fullmatch(cell):
        msg = f"{shown(cell)} is not a whole number of up to nine digits"
        raise ValueError(msg)
    return int(cell)


def currency(cell: str) -> str:
    """An ISO 4217 code."""
    try:
        return known_currency(cell)
    except ValueError as error:
        msg = f"{shown(cell)} is {error}"
        raise ValueError(msg) from None


def country(cell: str) -> str:
    """An ISO 3166-1 alpha-2 code."""
    if cell not in COUNTRIES:
        hint = f"; did you mean {cell.upper()}?" if cell.upper() in COUNTRIES else ", such as DE"
        msg = f"{shown(cell)} is not an ISO 3166-1 country code of two letters{hint}"
        raise ValueError(msg)
    return cell


def email(cell: str) -> str:
    """One e-mail address, in any script."""
    if not _EMAIL.fullmatch(cell):
        msg = "is not one e-mail address, such as name@example.com"
        raise ValueError(msg)
    return cell


def phone(cell: str) -> str:
    """One telephone number, as people write it."""
    digits = sum(map(str.isdigit, cell))
    if not _PHONE.fullmatch(cell) or not _FEWEST_PHONE_DIGITS <= digits <= _MOST_PHONE_DIGITS:
        msg = f"is not one telephone number of {_FEWEST_PHONE_DIGITS} to {_MOST_PHONE_DIGITS} digits"
        raise ValueError(msg)
    return cell
