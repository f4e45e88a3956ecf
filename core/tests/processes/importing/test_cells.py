from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from backhaul.entities import AccountStatus
from backhaul.processes.importing import cells


@pytest.mark.parametrize("cell", ["A-1", "0", "a.b_c-D", "x" * 64])
def test_ids(cell: str) -> None:
    assert cells.identifier(cell) == cell


@pytest.mark.parametrize("cell", ["A 1", "A/1", "-1", "é", "x" * 65, "1;2", "１"])
def test_what_is_no_id(cell: str) -> None:
    with pytest.raises(ValueError, match="is not an id"):
        cells.identifier(cell)


def test_several_ids() -> None:
    assert cells.identifiers("a;b ; c") == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("cell", "reason"), [("a;;b", "is not an id"), ("a;b;a", "twice"), ("a,b", "not an id")]
)
def test_what_is_no_list_of_ids(cell: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        cells.identifiers(cell)


def test_codes_are_spelled_exactly() -> None:
    read = cells.code(AccountStatus)
    assert read("active") is AccountStatus.ACTIVE
    with pytest.raises(ValueError, match=r"'ACTIVE' is none of prospect, .*; did you mean active\?"):
        read("ACTIVE")
    with pytest.raises(ValueError, match=r"'x' is none of prospect, active, suspended, inactive, closed$"):
        read("x")


def test_days() -> None:
    assert cells.day("2024-02-29") == date(2024, 2, 29)


@pytest.mark.parametrize("cell", ["2023-02-29", "2024-13-01", "2024-00-10", "0000-01-01"])
def test_days_that_are_not_in_the_calendar(cell: str) -> None:
    with pytest.raises(ValueError, match="is no day of the calendar"):
        cells.day(cell)


@pytest.mark.parametrize(
    "cell", ["31.02.2024", "09/03/2024", "20240309", "2024-3-9", "2024-W10-6", "٢٠٢٤-٠٣-٠٩"]
)
def test_days_are_written_in_one_way(cell: str) -> None:
    with pytest.raises(ValueError, match="is not a day written as 2030-01-31"):
        cells.day(cell)


def test_amounts_keep_their_decimals() -> None:
    assert str(cells.amount("-10.250")) == "-10.250"
    assert cells.amount("0") == Decimal(0)


@pytest.mark.parametrize(
    "cell", ["1.250,00", "1,5", "1e5", ".5", "5.", "+5", "EUR 5", "١٢", "NaN", "1_000", "--1"]
)
def test_what_is_no_amount(cell: str) -> None:
    with pytest.raises(ValueError, match="is not an amount"):
        cells.amount(cell)


def test_an_amount_beyond_all_money() -> None:
    with pytest.raises(ValueError, match="at most 20 whole digits"):
        cells.amount("1" * 21)


def test_whole_numbers() -> None:
    assert cells.whole_number("-042") == -42
    for cell in ("1.0", "good", "1" * 10, "１"):
        with pytest.raises(ValueError, match="is not a whole number"):
            cells.whole_number(cell)


def test_currencies() -> None:
    assert cells.currency("KWD") == "KWD"
    with pytest.raises(ValueError, match=r"'eur' is not an ISO 4217 currency code; did you mean EUR\?"):
        cells.currency("eur")


@pytest.mark.parametrize("cell", ["DE", "KW", "JP", "XK"])
def test_countries(cell: str) -> None:
    assert cells.country(cell) == cell


@pytest.mark.parametrize(
    ("cell", "hint"), [("XX", "such as DE"), ("UK", "such as"), ("de", "did you mean DE?")]
)
def test_what_is_no_country(cell: str, hint: str) -> None:
    with pytest.raises(ValueError, match=f"not an ISO 3166-1 country code.*{hint}"):
        cells.country(cell)


@pytest.mark.parametrize("cell", ["a@example.com", "o'brien+x@mail.example.org", "用户@例え.example"])
def test_emails(cell: str) -> None:
    assert cells.email(cell) == cell


@pytest.mark.parametrize(
    "cell",
    ["nobody", "@example.com", "a@", "a@b", "a@b.", "a@.b", "a@b..c", "a b@example.com", "a@b@c.example",
     "a@b.example,c@d.example", "a@b.example; c@d.example", "Ana <a@b.example>"],
)  # fmt: skip
def test_what_is_no_email_is_not_repeated(cell: str) -> None:
    with pytest.raises(ValueError, match=r"^is not one e-mail address, such as name@example\.com$"):
        cells.email(cell)


@pytest.mark.parametrize("cell", ["110", "+49 (89) 12-34/5.6", "٠١٢٣٤٥"])
def test_phones(cell: str) -> None:
    assert cells.phone(cell) == cell


@pytest.mark.parametrize("cell", ["on request", "12", "1" * 16, "089 1 ext. 5", "++49 123"])
def test_what_is_no_phone(cell: str) -> None:
    with pytest.raises(ValueError, match="is not one telephone number"):
        cells.phone(cell)


def test_a_card_number_in_the_wrong_cell_is_not_repeated() -> None:
    with pytest.raises(ValueError, match=r"'\*\*\*\* \*\*\*\* \*\*\*\* 1111' is not a day"):
        cells.day("4111 1111 1111 1111")


def test_a_long_cell_is_cut() -> None:
    with pytest.raises(ValueError, match=r"^'x{40}…' is not a day"):
        cells.day("x" * 5000)
