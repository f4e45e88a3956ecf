from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.mapping import MISSING, WirePath

DOCUMENT: dict[str, Any] = {
    "a": {"b": 1, "n": None},
    "lines": [{"t": "x"}, "y"],
    "media": [
        {"type": "fax", "at": {"no": "1"}, "main": True},
        {"type": "mail", "at": {"no": "2"}, "rank": 1},
        {"type": "mail", "at": {"no": "3"}, "rank": "1"},
    ],
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a.b", 1),
        ("a.x", MISSING),
        ("a.n", None),
        ("a.n.deeper", None),
        ("x.y", MISSING),
        ("lines[0].t", "x"),
        ("lines[1]", "y"),
        ("lines[5]", MISSING),
        ("media[type=fax].at.no", "1"),
        ("media[type=fax,main=true].at.no", "1"),
        ("media[main=1].at.no", MISSING),
        ("media[rank=1].at.no", "2"),
        ('media[rank="1"].at.no', "3"),
        ('media[at.no="3"].rank', "1"),
        ("media[type=none].at.no", MISSING),
    ],
)
def test_a_path_reads_what_stands_there(path: str, value: Any) -> None:
    assert WirePath(path).read(DOCUMENT) == value


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("media[type=mail].rank", "2 elements meet the predicate"),
        ("a[type=x].b", "an object stands where a list belongs"),
        ("lines.t", "a list stands where an object belongs"),
        ("a.b.c", "a number stands where an object belongs"),
        ("a[0]", "an object stands where a list belongs"),
    ],
)
def test_a_wrong_shape_is_an_error(path: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        WirePath(path).read(DOCUMENT)


def test_a_policy_takes_the_first_or_a_lone_object() -> None:
    assert WirePath("media[type=mail].rank", first=True).read(DOCUMENT) == 1
    assert WirePath("a[b=1].b", lone=True).read(DOCUMENT) == 1


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("a.b", {"a": {"b": 5}}),
        ("a[1].b", {"a": [None, {"b": 5}]}),
        ("a[k=v,n.m=2].b", {"a": [{"k": "v", "n": {"m": 2}, "b": 5}]}),
        ("a[1]", {"a": [None, 5]}),
        ('a[k="2"].b[x=true].c', {"a": [{"k": "2", "b": [{"x": True, "c": 5}]}]}),
    ],
)
def test_writing_makes_what_is_not_there(path: str, written: Any) -> None:
    document: dict[str, Any] = {}
    WirePath(path).write(document, 5)
    assert document == written
    assert WirePath(path).read(document) == 5


def test_writing_finds_the_element_and_keeps_the_rest() -> None:
    document: dict[str, Any] = {"a": [{"k": "w"}, {"k": "v", "theirs": 1}]}
    WirePath("a[k=v].b").write(document, 5)
    assert document == {"a": [{"k": "w"}, {"k": "v", "theirs": 1, "b": 5}]}
    WirePath("a[k=v].b").erase(document)
    WirePath("a[k=x].b").erase(document)
    assert document == {"a": [{"k": "w"}, {"k": "v", "theirs": 1}]}


def test_writing_into_a_lone_object_makes_it_a_list() -> None:
    document: dict[str, Any] = {"a": {"k": "v"}}
    WirePath("a[k=v].b", lone=True).write(document, 5)
    assert document == {"a": [{"k": "v", "b": 5}]}


@pytest.mark.parametrize(
    "path", ["", ".", "a.", ".a", "a..b", "[0]", "a[", "a]", "a[x]", "a[b[c]=1]", "a[0]b", "a.[0]"]
)
def test_a_path_that_cannot_be_read_is_refused(path: str) -> None:
    with pytest.raises(ConfigurationError, match="wire path"):
        WirePath(path)


def test_a_predicate_may_hold_commas_dots_and_equal_signs_in_quotes() -> None:
    document = {"a": [{"k": "x.y=1, z", "b": 5}]}
    assert WirePath('a[k="x.y=1, z"].b').read(document) == 5
