from __future__ import annotations

import importlib.util
import sys
from copy import deepcopy
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "breaking.py"


@pytest.fixture(scope="module")
def breaking() -> ModuleType:
    spec = importlib.util.spec_from_file_location("backhaul_contracts_breaking", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # A dataclass looks its own module up while it is made.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


OLD: dict[str, Any] = {
    "$defs": {
        "Kind": {"type": "string", "enum": ["a", "b"]},
        "Node": {
            "type": "object",
            "properties": {"next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]}},
            "additionalProperties": False,
        },
    },
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "code": {"type": "string", "minLength": 1, "maxLength": 9, "pattern": "^x", "format": "f"},
        "size": {"type": "integer", "minimum": 1, "exclusiveMaximum": 9},
        "kind": {"$ref": "#/$defs/Kind"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "node": {"$ref": "#/$defs/Node"},
        "open": {"type": "object", "additionalProperties": {"type": "integer"}},
        "free": {"type": "object"},
        "any": {},
    },
    "required": ["name"],
    "additionalProperties": False,
}

BREAKS: list[tuple[tuple[str, ...], Any, str]] = [
    (("properties", "name", "type"), "integer", "thing.name: type narrowed: string"),
    (("properties", "size", "type"), "string", "thing.size: type narrowed: integer"),
    (("properties", "note"), {"type": "string"}, "thing.note: type narrowed: null"),
    (("properties", "any"), {"type": "string"}, "thing.any: type narrowed: anything"),
    (("properties", "any"), False, "thing.any: not changed"),
    (("properties", "name", "enum"), ["x"], "thing.name: narrowed to the values x"),
    (("properties", "name", "const"), "x", "thing.name: narrowed to the values x"),
    (("properties", "name", "pattern"), "^y", "thing.name: pattern tightened: none to ^y"),
    (("properties", "name", "minLength"), 1, "thing.name: minLength tightened: none to 1"),
    (("properties", "code", "pattern"), "^y", "thing.code: pattern tightened: ^x to ^y"),
    (("properties", "code", "format"), "g", "thing.code: format tightened: f to g"),
    (("properties", "code", "minLength"), 2, "thing.code: minLength tightened: 1 to 2"),
    (("properties", "code", "maxLength"), 8, "thing.code: maxLength tightened: 9 to 8"),
    (("properties", "size", "minimum"), 2, "thing.size: minimum tightened to 2"),
    (("properties", "size", "exclusiveMinimum"), 1, "thing.size: minimum tightened"),
    (("properties", "size", "exclusiveMaximum"), 8, "thing.size: maximum tightened to 8"),
    (("properties", "size", "multipleOf"), 2, "thing.size: multipleOf tightened: none to 2"),
    (("properties", "tags", "uniqueItems"), True, "thing.tags: uniqueItems tightened"),
    (("properties", "tags", "maxItems"), 3, "thing.tags: maxItems tightened: none to 3"),
    (("properties", "tags", "items", "type"), "integer", "thing.tags[]: type narrowed: string"),
    (("properties", "open", "additionalProperties"), False, "thing.open: additionalProperties closed"),
    (("properties", "free", "additionalProperties"), False, "thing.free: additionalProperties closed"),
    (("properties", "free", "additionalProperties"), {"type": "string"}, "thing.free.*: type narrowed"),
    (("properties", "open", "additionalProperties", "type"), "string", "thing.open.*: type narrowed"),
    (("properties", "open", "propertyNames"), {"minLength": 2}, "thing.open (names): minLength tightened"),
    (("properties", "free", "dependentRequired"), {"a": ["b"]}, "thing.free: dependentRequired changed"),
    (("required",), ["name", "kind"], "thing.kind: property newly required"),
    (("$defs", "Kind", "enum"), ["a"], "thing.kind: enum value removed: b"),
    (
        ("$defs", "Node", "properties", "next"),
        {"$ref": "#/$defs/Node"},
        "thing.node.next: type narrowed: null",
    ),
]

HARMLESS: list[tuple[tuple[str, ...], Any]] = [
    (("properties", "new"), {"type": "string"}),
    (("$defs", "Kind", "enum"), ["a", "b", "c"]),
    (("$defs", "Kind"), {"type": "string"}),
    (("properties", "kind"), {"type": "string", "enum": ["b", "a"]}),
    (("properties", "kind"), {"allOf": [{"$ref": "#/$defs/Kind"}], "description": "told anew"}),
    (("properties", "size", "type"), "number"),
    (("properties", "size"), {"type": "integer", "minimum": 0, "maximum": 9}),
    (("properties", "size"), {"type": "integer", "minimum": 1, "maximum": 9}),
    (("properties", "name"), {"type": ["string", "null"]}),
    (("properties", "name", "minLength"), 0),
    (("properties", "note"), {"type": ["null", "string"]}),
    (("properties", "code"), {"type": "string"}),
    (("properties", "name"), {}),
    (("required",), []),
    (("additionalProperties",), True),
    (("properties", "name", "title"), "Name"),
    (("properties", "name", "x-backhaul-entity"), "account"),
]


def changed(path: tuple[str, ...], value: object) -> dict[str, Any]:
    schema = deepcopy(OLD)
    place = schema
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return schema


@pytest.mark.parametrize(("path", "value", "named"), BREAKS, ids=[named for _, _, named in BREAKS])
def test_every_kind_of_break_is_named(
    breaking: ModuleType, path: tuple[str, ...], value: object, named: str
) -> None:
    found = breaking.breaking_changes({"thing": OLD}, {"thing": changed(path, value)})
    assert len(found) == 1
    assert found[0].startswith(named)


@pytest.mark.parametrize(("path", "value"), HARMLESS)
def test_what_only_widens_is_no_break(breaking: ModuleType, path: tuple[str, ...], value: object) -> None:
    assert breaking.breaking_changes({"thing": OLD}, {"thing": changed(path, value)}) == []


def test_nothing_breaks_where_nothing_changes(breaking: ModuleType) -> None:
    assert breaking.breaking_changes({"thing": OLD}, {"thing": deepcopy(OLD)}) == []


def test_a_removed_property_is_named_and_a_new_entity_is_no_break(breaking: ModuleType) -> None:
    new = deepcopy(OLD)
    del new["properties"]["size"]
    found = breaking.breaking_changes({"thing": OLD}, {"thing": new, "other": OLD})
    assert found == ["thing.size: property removed"]


def test_a_new_property_that_is_required_is_a_break(breaking: ModuleType) -> None:
    new = deepcopy(OLD)
    new["properties"]["new"] = {"type": "string"}
    new["required"] = ["name", "new"]
    found = breaking.breaking_changes({"thing": OLD}, {"thing": new})
    assert found == ["thing.new: property newly required"]


def test_a_removed_entity_is_named(breaking: ModuleType) -> None:
    assert breaking.breaking_changes({"thing": OLD}, {}) == ["thing: entity removed"]


def test_every_break_is_named_not_just_the_first(breaking: ModuleType) -> None:
    new = deepcopy(OLD)
    del new["properties"]["size"]
    new["properties"]["name"]["minLength"] = 3
    new["$defs"]["Kind"]["enum"] = []
    found = breaking.breaking_changes({"thing": OLD}, {"thing": new})
    assert set(found) == {
        "thing.size: property removed",
        "thing.name: minLength tightened: none to 3",
        "thing.kind: enum value removed: a",
        "thing.kind: enum value removed: b",
    }


def test_the_closest_alternative_is_the_one_compared(breaking: ModuleType) -> None:
    def choice(*members: dict[str, Any]) -> dict[str, Any]:
        return {"anyOf": list(members)}

    first: dict[str, Any] = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "additionalProperties": False,
    }
    second: dict[str, Any] = {
        "type": "object",
        "properties": {"b": {"type": "string"}},
        "additionalProperties": False,
    }
    narrowed = deepcopy(second)
    narrowed["properties"]["b"]["minLength"] = 1
    assert breaking.breaking_changes({"t": choice(first, second)}, {"t": choice(second, first)}) == []
    found = breaking.breaking_changes({"t": choice(first, second)}, {"t": choice(first, narrowed)})
    assert found == ["t.b: minLength tightened: none to 1"]


def test_the_highest_version_is_the_last_release(breaking: ModuleType, tmp_path: Path) -> None:
    for version in ("0.9.0", "0.10.0", "0.2.0"):
        (tmp_path / version).mkdir()
    assert breaking.last_release(tmp_path) == "0.10.0"


def test_the_current_schemas_break_nobody_who_uses_the_last_release(breaking: ModuleType) -> None:
    assert breaking.unannounced_breaks() == [], "raise the major version, or take these changes back"


def test_a_new_major_version_may_break(breaking: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        breaking, "schemas_in", lambda folder: {} if folder == breaking.CURRENT else {"t": OLD}
    )
    assert breaking.unannounced_breaks() == ["t: entity removed"]
    monkeypatch.setattr(breaking, "current_version", lambda: "99.0.0")
    assert breaking.unannounced_breaks() == []


def test_a_folder_without_schemas_is_an_error_not_a_pass(breaking: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no schemas"):
        breaking.schemas_in(tmp_path)
