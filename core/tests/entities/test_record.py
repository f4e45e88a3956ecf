from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import pytest
from pydantic import Field, ValidationError

from backhaul.entities import (
    ContactId,
    Key,
    Name,
    Part,
    PartList,
    Record,
    Reference,
    SchemaVersionError,
    Upcaster,
)
from backhaul.entities.key import NAME, KeyKind


class Line(Part):
    contact_id: ContactId | None = None


class Thing(Record):
    entity: ClassVar[str] = "thing"
    schema_version: ClassVar[int] = 3
    upcasters: ClassVar[Mapping[int, Upcaster]] = MappingProxyType(
        {
            1: lambda old: {"name": old.pop("label"), **old},
            2: lambda old: {key: value for key, value in old.items() if key != "obsolete"},
        }
    )
    key_kinds: ClassVar[tuple[KeyKind, ...]] = (NAME,)

    name: Name
    lines: PartList[Line] = Field(default_factory=list)

    def own_keys(self) -> tuple[Key | None, ...]:
        return (NAME.key(self.name), NAME.key(self.name.upper()))


def test_a_new_record_is_unsaved_and_of_the_front_office() -> None:
    thing = Thing(id="t", name="T")
    assert (thing.version, thing.origin, thing.created_at, thing.updated_at) == (0, "front", None, None)
    assert thing.integration_id is None
    assert thing.extensions == {}
    assert thing.ordering_key() == "t"


@pytest.mark.parametrize("bad", ["", " t", "t\n", 1, None])
def test_an_id_is_text_without_space_around_it(bad: object) -> None:
    with pytest.raises(ValidationError, match="id"):
        Thing.model_validate({"id": bad, "name": "T"})


@pytest.mark.parametrize("bad", [-1, "1", 1.0, True])
def test_a_version_is_a_whole_number_from_zero(bad: object) -> None:
    with pytest.raises(ValidationError, match="version"):
        Thing.model_validate({"id": "t", "name": "T", "version": bad})


def test_keys_come_with_the_integration_id_first_and_each_once() -> None:
    thing = Thing(id="t", name="The Thing", integration_id="X-1")
    assert thing.keys() == (
        Key("integration_id", "X-1", strong=True),
        Key("name", "the thing", strong=False),
    )


def test_a_key_is_looked_up_by_the_kind_that_made_it() -> None:
    keys = Thing(id="t", name="The Thing").keys()
    assert Thing.key_kind("name").key("THE  THING") in keys
    with pytest.raises(ValueError, match="thing has no key 'nam'; it has: integration_id, name"):
        Thing.key_kind("nam")


def test_references_are_found_inside_parts_and_named_once() -> None:
    lines = [Line(contact_id="c1"), Line(), Line(contact_id="c2"), Line(contact_id="c1")]
    assert Thing(id="t", name="T", lines=lines).references() == (
        Reference("contact", "c1", "lines.contact_id"),
        Reference("contact", "c2", "lines.contact_id"),
    )


def test_a_part_gets_a_fresh_id_and_an_id_stands_once() -> None:
    assert Line().part_id != Line().part_id
    with pytest.raises(ValidationError, match="'p' stands twice"):
        Thing(id="t", name="T", lines=[Line(part_id="p"), Line(part_id="p")])


def test_a_record_does_not_change_but_has_changed_copies() -> None:
    thing = Thing(id="t", name="T", version=4)
    with pytest.raises(ValidationError, match="frozen"):
        thing.version = 5  # type: ignore[misc]
    assert thing.changed(version=5).version == 5
    assert thing.version == 4
    with pytest.raises(ValidationError, match="Extra inputs"):
        thing.changed(nmae="U")
    with pytest.raises(ValidationError, match="name"):
        thing.changed(name="")


def test_an_old_document_is_brought_to_this_release_and_left_as_it_is() -> None:
    old = {"id": "t", "label": "T", "obsolete": True, "extensions": {"gone_plugin": {"a": [1]}}}
    before = {**old}
    new = Thing.upcast(old, 1)
    assert new == {"id": "t", "name": "T", "extensions": {"gone_plugin": {"a": [1]}}}
    assert old == before
    assert Thing.model_validate(new).name == "T"
    assert Thing.upcast({"id": "t", "name": "T", "obsolete": 1}, 2) == {"id": "t", "name": "T"}
    assert Thing.upcast(new, 3) == new


def test_a_document_of_a_newer_release_is_refused() -> None:
    with pytest.raises(
        SchemaVersionError, match=r"thing: schema version 4 .*newest known: 3.*newer release"
    ) as refused:
        Thing.upcast({}, 4)
    assert (refused.value.entity, refused.value.found, refused.value.known) == ("thing", 4, 3)


def test_a_document_of_no_known_version_is_refused() -> None:
    with pytest.raises(SchemaVersionError, match="no upcaster from version 0"):
        Thing.upcast({}, 0)


def test_a_record_without_history_takes_its_only_version() -> None:
    class Plain(Record):
        entity: ClassVar[str] = "plain"

    assert Plain.upcast({"id": "p"}, 1) == {"id": "p"}
    assert Plain(id="p", integration_id="i").keys() == (Key("integration_id", "i", strong=True),)


@pytest.mark.parametrize(
    "extensions",
    [
        {"site": {"a": math.nan}},
        {"site": {"a": [{"b": math.inf}]}},
        {"site": {"a": "\x00"}},
        {"site": {"a": {"\x07": 1}}},
        {"site": {"\x07": 1}},
        {"": {"a": 1}},
        {"site": 1},
        {"site": {"a": object()}},
    ],
)
def test_extensions_hold_only_what_survives_storing(extensions: Any) -> None:
    with pytest.raises(ValidationError, match="extensions"):
        Thing(id="t", name="T", extensions=extensions)


def test_an_error_does_not_show_what_was_given() -> None:
    with pytest.raises(ValidationError) as refused:
        Thing.model_validate({"id": "t", "name": "T", "social_number": "078-05-1120"})
    assert "078-05-1120" not in str(refused.value)
