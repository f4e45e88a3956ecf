from __future__ import annotations

import json
from decimal import ROUND_DOWN, Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from backhaul.entities import MINOR_UNITS, Money, known_currency, minor_unit


@given(st.floats())
def test_a_float_is_never_money(amount: float) -> None:
    with pytest.raises(ValidationError, match="found a float"):
        Money.model_validate({"amount": amount, "currency": "EUR"})


def test_a_json_number_with_a_fraction_is_a_float_too() -> None:
    with pytest.raises(ValidationError, match="given as text"):
        Money.model_validate_json('{"amount": 12.5, "currency": "EUR"}')


@given(st.decimals(min_value=-(10**19), max_value=10**19, places=8), st.sampled_from(sorted(MINOR_UNITS)))
def test_json_keeps_amount_scale_and_currency(amount: Decimal, currency: str) -> None:
    money = Money.of(amount, currency)
    again = Money.model_validate_json(money.model_dump_json())
    assert again == money
    assert hash(again) == hash(money)
    assert again.amount.as_tuple().exponent == amount.as_tuple().exponent


@pytest.mark.parametrize(
    ("given_amount", "written"),
    [
        ("12.50", "12.50"),
        ("0.000000000000000001", "0.000000000000000001"),
        ("-0.00", "0.00"),
        (7, "7"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-7"), "0.0000001"),
        ("99999999999999999999.999999999999999999", "99999999999999999999.999999999999999999"),
    ],
)
def test_an_amount_is_written_as_plain_text(given_amount: Any, written: str) -> None:
    money = Money.of(given_amount, "EUR")
    assert json.loads(money.model_dump_json()) == {"amount": written, "currency": "EUR"}


@pytest.mark.parametrize(
    "amount",
    [
        *("", " 1", "1 ", "1,5", "1e3", "NaN", "Infinity", "+1", "1_000", ".5", "5.", "٣", "0x1"),
        *(True, None, Decimal("NaN"), Decimal("-Infinity"), [1], "100000000000000000000"),
        *(Decimal("1E+999999"), Decimal("1E-19"), "0.0000000000000000001"),
    ],
)
def test_what_is_not_an_exact_amount_is_refused(amount: object) -> None:
    with pytest.raises(ValidationError, match="an amount"):
        Money.model_validate({"amount": amount, "currency": "EUR"})


@pytest.mark.parametrize(
    ("amount", "currency", "quantised"),
    [
        ("10.005", "EUR", "10.01"),
        ("-10.005", "EUR", "-10.01"),
        ("10.5", "JPY", "11"),
        ("10", "KWD", "10.000"),
        ("1.23456", "CLF", "1.2346"),
        ("1.23456", "XAU", "1.23456"),
        ("99999999999999999999.994", "USD", "99999999999999999999.99"),
    ],
)
def test_quantised_to_the_minor_unit(amount: str, currency: str, quantised: str) -> None:
    assert str(Money.of(amount, currency).quantised().amount) == quantised


def test_quantising_depends_neither_on_the_thread_nor_changes_the_original() -> None:
    money = Money.of("12345678901234567890.129", "EUR")
    with localcontext() as context:
        context.prec = 3
        assert str(money.quantised(ROUND_DOWN).amount) == "12345678901234567890.12"
    assert str(money.amount) == "12345678901234567890.129"


def test_an_amount_that_rounds_to_nothing_is_plain_zero() -> None:
    assert str(Money.of("-0.001", "EUR").quantised().amount) == "0.00"


@pytest.mark.parametrize(
    ("code", "hint"),
    [("eur", "did you mean EUR"), ("EURO", "such as EUR"), ("", "ISO 4217"), ("ABC", "ISO 4217")],
)
def test_an_unknown_currency_is_refused_with_a_hint(code: str, hint: str) -> None:
    with pytest.raises(ValidationError, match=hint):
        Money.of("1", code)


def test_the_table_of_minor_units() -> None:
    assert {code: minor_unit(code) for code in ("JPY", "EUR", "KWD", "CLF", "XDR")} == {
        "JPY": 0,
        "EUR": 2,
        "KWD": 3,
        "CLF": 4,
        "XDR": None,
    }
    assert all(known_currency(code) == code for code in MINOR_UNITS)
    assert len(MINOR_UNITS) == len(set(MINOR_UNITS))
    with pytest.raises(TypeError):
        MINOR_UNITS["EUR"] = 3  # type: ignore[index]


def test_money_does_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Money.of("1", "EUR").currency = "USD"  # type: ignore[misc]
