from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from backhaul.config.model_keys import UnknownPathError, codes_of, hints_at, keys_at, suggestion
from backhaul.entities import Account


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Leaf(BaseModel):
    size: int = 0
    colour: Colour | None = None
    on: bool = False


class Tree(BaseModel):
    kind: Literal["oak"] = "oak"
    leaves: Annotated[list[Annotated[Leaf, "each"]], "all"] = []
    by_name: dict[str, Leaf] = {}
    origin: str = Field(default="", alias="from")
    free: Mapping[str, Any] = {}


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ((), ("kind", "leaves", "by_name", "from", "free")),
        (("leaves", 3), ("size", "colour", "on")),
        (("leaves", "tag", 3), ("size", "colour", "on")),
        (("by_name", "anna"), ("size", "colour", "on")),
    ],
)
def test_the_keys_of_a_table(path: tuple[str | int, ...], keys: tuple[str, ...]) -> None:
    assert keys_at(Tree, path) == keys


def test_suggestions() -> None:
    assert suggestion("urll", ["port", "url"]) == "did you mean 'url'?"
    assert suggestion("zebra", ["port", "url", "port"]) == "known: port, url"
    assert suggestion("zebra", []) == "there is none"


@pytest.mark.parametrize("path", ["leaves", "leaves.size", "le*.s?ze", "*", "free.any.thing", "by_name.x"])
def test_paths_that_lead_somewhere(path: str) -> None:
    assert hints_at(Tree, path)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("leavs", "there is no field 'leavs'; did you mean 'leaves'?"),
        ("leaves.sise", "there is no field 'sise' in 'leaves'; did you mean 'size'?"),
        ("leaves.size.more", "'leaves.size' holds no fields, so there is no 'more' in it"),
        ("leaves.size.*", "'leaves.size' holds no fields, so there is no '*' in it"),
        ("zz*", "there is no field 'zz*'; known: by_name, free, from, kind, leaves"),
        ("", "there is no field ''"),
    ],
)
def test_paths_that_lead_nowhere(path: str, reason: str) -> None:
    with pytest.raises(UnknownPathError) as caught:
        hints_at(Tree, path)
    assert str(caught.value).startswith(reason)


def test_the_fields_of_a_record() -> None:
    for path in (
        "credit_profile.*",
        "addresses.city",
        "extensions.acme.vip",
        "credit_auto_approval_limit.currency",
    ):
        assert hints_at(Account, path)


def test_the_values_that_a_field_can_have() -> None:
    assert codes_of(hints_at(Tree, "leaves.colour")) == ("red", "blue")
    assert codes_of(hints_at(Tree, "leaves.on")) == (True, False)
    assert codes_of(hints_at(Tree, "leaves.size")) is None
    assert codes_of(hints_at(Tree, "free.any")) is None
    assert codes_of(hints_at(Tree, "kind")) is None
