from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backhaul.entities import Key, KeyKind
from backhaul.entities.key import ADDRESS, EMAIL, INTEGRATION_ID, NAME, PHONE, digits, distinct, folded


@given(st.text())
@example("\u0345\u03b1")
@example("ΐ")
@example("\ufb01")
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.text())
def test_folded_text_has_no_stray_space(text: str) -> None:
    assert folded(text) == " ".join(folded(text).split())
    assert folded(f"  {text}\n") == folded(text)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_composed_and_decomposed_text_is_one_key(text: str) -> None:
    assert folded(unicodedata.normalize("NFD", text)) == folded(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("STRASSE", "straße"),
        ("\uff2a\uff4f\uff48\uff4e", "john"),
        ("a\u00a0 b", "A B"),
        ("ﬁn", "FIN"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
    ],
)
def test_spellings_that_people_read_alike_are_one_key(one: str, other: str) -> None:
    assert NAME.key(one) == NAME.key(other)


@given(st.text())
def test_a_phone_key_is_digits(text: str) -> None:
    assert set(digits(text)) <= set("0123456789")


def test_phones_and_emails_are_normalised() -> None:
    assert PHONE.key("+49 (30) 123-45.67") == Key("phone", "49301234567", strong=False)
    assert PHONE.key("\uff11\uff12\uff13") == Key("phone", "123", strong=False)
    assert PHONE.key("extension") is None
    assert EMAIL.key(" Jane.Doe@Example.COM ") == Key("email", "jane.doe@example.com", strong=False)


def test_issued_ids_keep_their_case() -> None:
    # Some systems issue ids that differ in nothing but the case of a letter.
    assert INTEGRATION_ID.key("001A0000aB") != INTEGRATION_ID.key("001A0000AB")
    assert INTEGRATION_ID.key(" 1-X ") == Key("integration_id", "1-X", strong=True)


@pytest.mark.parametrize("nothing", [None, "", "  ", "\n"])
def test_nothing_gives_no_key(nothing: str | None) -> None:
    assert NAME.key(nothing) is None
    assert ADDRESS.key(nothing, nothing) is None


@given(
    st.lists(st.text("ab|\\", min_size=1), min_size=2, max_size=3),
    st.lists(st.text("ab|\\"), min_size=2, max_size=3),
)
def test_different_composites_are_different_keys(one: list[str], other: list[str]) -> None:
    kind = KeyKind("thing")
    assert (kind.key(*one) == kind.key(*other)) == (one == other)


def test_distinct_keeps_the_order_and_drops_what_is_missing() -> None:
    first, second = Key("a", "1", strong=True), Key("b", "2", strong=False)
    assert distinct(None, first, second, first, None) == (first, second)
