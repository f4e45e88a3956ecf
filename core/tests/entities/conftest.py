"""Generated records, made from the types of their fields."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import strategies as st

from backhaul.entities import MINOR_UNITS, CountryCode, CurrencyCode, Identifier, Model, Name, Record, Text
from backhaul.entities.money import Amount
from backhaul.entities.party.address import Latitude, Longitude

CLEAN = st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t")
IDENTIFIERS = st.text(CLEAN, min_size=1, max_size=12).filter(lambda text: text == text.strip())
AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, places=6)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(CLEAN),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(CLEAN), inner, max_size=2),
    max_leaves=4,
)


def _degrees(limit: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(min_value=-limit, max_value=limit, places=7)


BY_HINT: tuple[tuple[Any, st.SearchStrategy[Any]], ...] = (
    (Text, st.text(CLEAN, max_size=12)),
    (Name, st.text(CLEAN, min_size=1, max_size=12)),
    (Identifier, IDENTIFIERS),
    (CountryCode, st.sampled_from(["DE", "US", "JP"])),
    (CurrencyCode, st.sampled_from(sorted(MINOR_UNITS))),
    (Latitude, _degrees(90)),
    (Longitude, _degrees(180)),
    (Amount, AMOUNTS),
)
BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    str: IDENTIFIERS,
    bool: st.booleans(),
    int: st.integers(-(2**60), 2**60),
    type(None): st.none(),
    date: st.dates(),
    datetime: st.datetimes(
        min_value=datetime(2, 1, 1),  # noqa: DTZ001  (hypothesis adds the zone)
        max_value=datetime(9998, 1, 1),  # noqa: DTZ001
        timezones=st.timezones(),
    ),
}
LIMITED = {"version": st.integers(0, 2**60), "bill_cycle_day": st.none() | st.integers(1, 31)}


def _of(hint: Any) -> st.SearchStrategy[Any]:
    known = next((strategy for one, strategy in BY_HINT if hint == one), None)
    if known is not None:
        return known
    if isinstance(hint, type) and get_origin(hint) is None:
        return _of_type(hint)
    return _of_generic(get_origin(hint), get_args(hint))


def _of_type(hint: type) -> st.SearchStrategy[Any]:
    if issubclass(hint, StrEnum):
        return st.sampled_from(list(hint))
    return models(hint) if issubclass(hint, Model) else BY_TYPE[hint]


def _of_generic(origin: Any, arguments: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if origin is Annotated:
        return _of(arguments[0])
    if origin is list:
        # Part ids are random, and collide once in the life of the universe.
        return st.lists(_of(arguments[0]), max_size=2, unique_by=lambda one: getattr(one, "part_id", one))
    assert origin in (Union, UnionType), origin
    return st.one_of(*(_of(argument) for argument in arguments))


def _whole(model: type[Model], values: dict[str, Any]) -> Model:
    if values.get("valid_from") and values.get("valid_to"):
        values["valid_from"], values["valid_to"] = sorted((values["valid_from"], values["valid_to"]))
    if "primary_address_id" in values:
        addresses = values["addresses"]
        values["primary_address_id"] = addresses[-1].part_id if addresses else None
    if values.get("parent_account_id") == values.get("id"):
        values.pop("parent_account_id", None)
    return model.model_validate(values)


@cache
def models(model: type[Model]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(model, include_extras=True)
    fields = {name: _field(name, hints[name]) for name in model.model_fields}
    return st.fixed_dictionaries(fields).map(lambda values: _whole(model, values))


def _field(name: str, hint: Any) -> st.SearchStrategy[Any]:
    if name in LIMITED:
        return LIMITED[name]
    if name == "extensions":
        return st.dictionaries(IDENTIFIERS, st.dictionaries(IDENTIFIERS, JSON, max_size=2), max_size=2)
    return _of(hint)


@pytest.fixture(scope="session")
def generated() -> Callable[[type[Record]], st.SearchStrategy[Any]]:
    return models
