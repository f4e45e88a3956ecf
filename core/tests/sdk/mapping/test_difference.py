from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backhaul.sdk.json import Json
from backhaul.sdk.mapping import advance, difference
from backhaul.sdk.mapping.field_path import element, elements_of, split

KEYS = st.text(alphabet="ab]\\.[", min_size=1, max_size=4)
VALUES: st.SearchStrategy[Json] = st.sampled_from(["x", "y", 1, True, False, None])


def test_only_what_changed_is_said() -> None:
    ours: dict[str, Json] = {"a": 1, "b": 2, "c": None, "d": None}
    assert difference(ours, {"a": 1, "b": 3, "c": 5}) == {"b": 2, "c": None}


def test_one_and_true_are_two_values() -> None:
    assert difference({"a": True}, {"a": 1}) == {"a": True}


def test_an_unset_field_that_was_never_agreed_clears_nothing() -> None:
    assert difference({"a": None}, {}) == {}


def test_an_element_that_we_no_longer_have_is_removed_as_a_whole() -> None:
    base: dict[str, Json] = {"p[x].a": 1, "p[x].b": 2, "p[y].a": 3, "q[z]": "z"}
    assert difference({"p[y].a": 3}, base) == {"p[x]": None, "q[z]": None}


def test_of_nested_elements_the_outermost_is_removed() -> None:
    base: dict[str, Json] = {"p[x].q[1].a": 1, "p[x].q[2].a": 2, "p[y].q[1].a": 1}
    assert difference({"p[x].q[1].a": 1}, base) == {"p[x].q[2]": None, "p[y]": None}


def test_a_new_element_is_named_even_if_its_fields_are_unset() -> None:
    assert difference({"p[x].a": None, "p[y].a": 1, "p[y].b": None}, {}) == {"p[x].a": None, "p[y].a": 1}


def test_a_field_that_is_no_longer_mapped_is_not_said() -> None:
    assert difference({}, {"a": 1}) == {}


def test_what_was_sent_is_agreed() -> None:
    base: dict[str, Json] = {"a": 1, "p[x].a": 1, "p[x].q[1].b": 2, "p[xx].a": 1}
    assert advance(base, {"a": None, "p[x]": None, "q[z]": "z"}) == {"a": None, "p[xx].a": 1, "q[z]": "z"}


@given(KEYS, KEYS)
def test_any_key_survives_its_path(key: str, inner: str) -> None:
    outer = element("list", key)
    path = element(f"{outer}.inner", inner) + ".field"
    step = split(path)
    assert step is not None
    assert step[:2] == ("list", key)
    assert split(step[2]) == ("inner", inner, "field")
    assert elements_of(path)[0] == outer
    assert len(elements_of(path)) == 2


FIELDS = st.dictionaries(
    st.one_of(st.sampled_from(["a", "b"]), KEYS.map(lambda key: f"{element('p', key)}.c")), VALUES, max_size=6
)


@given(FIELDS, FIELDS)
def test_sending_the_difference_leaves_none(ours: dict[str, Json], base: dict[str, Json]) -> None:
    agreed = advance(base, difference(ours, base))
    assert difference(ours, agreed) == {}


@pytest.mark.parametrize("fields", [{}, {"a": 1, "p[x].a": None}])
def test_nothing_differs_from_itself(fields: dict[str, Json]) -> None:
    assert difference(fields, fields) == {}
