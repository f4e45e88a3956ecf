# ruff: noqa: INP001  (a script beside its data, not a package)
"""What is planted: cells spoiled on purpose, and what each spoiled row is an example of.

Written by hand and apart from the importer: it is the expectation that the importer is held against.
"""

from __future__ import annotations

from typing import NamedTuple


class Defect(NamedTuple):
    """Cells of one row that are overwritten; the first is the one the importer must name."""

    kind: str
    cells: dict[str, str]
    field: str | None = None  # where it is not the first cell


def _each(kind: str, column: str, *values: str) -> list[Defect]:
    return [Defect(kind, {column: value}) for value in values]


def _limit(currency: str, amount: str) -> Defect:
    return Defect("wrong amount", {"credit_limit": amount, "currency": currency})


CARD = "4111 1111 1111 1111"  # a test number of the card schemes, in nobody's name

ACCOUNTS: tuple[Defect, ...] = (
    *_each("missing mandatory value", "name", "", "   "),
    *_each("missing mandatory value", "account_id", ""),
    *_each("missing mandatory value", "status", ""),
    *_each("malformed id", "account_id", "A 10/7"),
    *_each("bad date", "credit_status_date", "31.02.2024", "2024-13-01", "09/03/2024", "2023-02-29"),
    *_each("bad date", "address_valid_from", "2024-02-31", "20240309", "3. März 2024"),
    _limit("JPY", "10.50"),
    _limit("JPY", "1000.00"),
    _limit("EUR", "12.345"),
    _limit("KWD", "1.2345"),
    _limit("EUR", "1.250,00"),
    _limit("EUR", "EUR 100"),
    _limit("EUR", "1e5"),
    Defect("amount without currency", {"currency": "", "credit_limit": "100"}),
    *_each("unknown currency", "currency", "EURO", "eur", "€"),
    *_each("unknown country", "country", "XX", "UK", "GER", "de", "Deutschland"),
    *_each("bad code", "status", "Active", "actve"),
    *_each("bad code", "account_type", "residental"),
    *_each("bad code", "account_class", "custmer"),
    *_each("bad code", "risk_class", "HIGH"),
    *_each("bad number", "credit_score", "good"),
    *_each("control character", "name", "Bell\x07 Telephone"),
    *_each("control character", "description", "escape \x1b[31mred", "tabulated\x0bvertically"),
    *_each("card number", "description", f"pays with {CARD}, exp 12/29"),
    *_each("card number", "alias", "5500-0000-0000-0004"),
    *_each("unknown contact", "primary_contact_id", "C-99999", "C-none"),
    *_each("unknown contact", "contact_ids", "C-99998"),
    *_each("unknown parent account", "parent_account_id", "A-99999"),
    Defect(
        "account above itself", {"account_id": "A-own", "parent_account_id": "A-own"}, "parent_account_id"
    ),
    Defect(
        "parents in a circle", {"account_id": "A-ring1", "parent_account_id": "A-ring2"}, "parent_account_id"
    ),
    Defect(
        "parents in a circle", {"account_id": "A-ring2", "parent_account_id": "A-ring1"}, "parent_account_id"
    ),
    Defect("several at once", {"status": "open", "currency": "EURO", "country": "UK"}),
)
CONTACTS: tuple[Defect, ...] = (
    *_each("missing mandatory value", "last_name", "", "\u3000"),
    *_each("bad e-mail", "email", "jürgen(at)example.com", "a@b@example.com", "no domain@", "x@localhost"),
    *_each("bad e-mail", "email", "two@example.com; one@example.com", "with blank@example.com"),
    *_each("bad date", "birth_date", "31.02.1980", "1980-13-01", "29/02/1980", "1979-2-3"),
    *_each("bad code", "gender", "F", "männlich"),
    *_each("bad code", "preferred_channel", "WhatsApp"),
    *_each("bad telephone number", "work_phone", "on request", "+49 89 1234567 or +49 89 7654321"),
    *_each("control character", "first_name", "An\x08na"),
    *_each("card number", "job_title", f"Boss {CARD}"),
    *_each("unknown account", "account_ids", "A-99999", "A-10001;A-nowhere"),
)
