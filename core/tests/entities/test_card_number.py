from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backhaul.entities import card_numbers

# Numbers that payment providers publish for tests.
CARDS = [
    "4111111111111111",
    "4222222222222",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "30569309025904",
    "38520000023237",
    "3530111333300000",
    "6011111111111117",
    "6200000000000005",
    "6759649826438453",
    "2200000000000004",
]


@pytest.mark.parametrize("number", CARDS)
@pytest.mark.parametrize("form", ["{}", "card {} exp 12/27", "visa{}", "tok_{}", "({})", "{}\n", "a@{}@b"])
def test_a_card_number_is_found_where_it_stands(number: str, form: str) -> None:
    text = form.format(number)
    assert [text[start:end] for start, end in card_numbers(text)] == [number]


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111 1111 1111 1111 12 27",
        "99 4111 1111 1111 1111",
        "\uff14\uff11\uff11\uff11111111111111",
    ],
)
def test_groups_and_neighbours_do_not_hide_it(text: str) -> None:
    (found,) = card_numbers(text)
    assert "".join(filter(str.isdigit, text[slice(*found)])).endswith("111111111111")


def test_two_numbers_are_two_findings() -> None:
    assert len(card_numbers("4111111111111111, 5555 5555 5555 4444")) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4111111111111112",  # Luhn
        "9111111111111111",  # no issuer
        "411111111111111",  # too short for its issuer
        "41111111111111110000000",  # a longer number
        "tok_1MqLiJLkdIwHu7ixUEgbFdYF",
        "0f4111111111111111abcdefabcdef12",  # a stretch of a random word
        "+49 30 1234567",
        "490154203237518",  # an IMEI
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert card_numbers(text) == ()


@given(st.uuids())
def test_a_uuid_is_not_a_card_number(token: UUID) -> None:
    assert card_numbers(str(token)) == ()
    assert card_numbers(token.hex) == ()


def test_even_a_uuid_that_looks_like_one() -> None:
    assert card_numbers("41111111-1111-1111-8111-111111111111") == ()


@given(st.text())
def test_any_text_can_be_searched(text: str) -> None:
    assert all(0 <= start < end <= len(text) for start, end in card_numbers(text))
