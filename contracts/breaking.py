"""Names every change between two sets of JSON Schemas that breaks somebody who relies on the older one.

    python contracts/breaking.py              compare the current entity schemas with the last release

Exit 1 when something breaks and the major version is the same. The rule: whatever the older schema accepted,
the newer one accepts; new optional properties, new values of an enum and new entities are no break.
"""
# ruff: noqa: INP001, T201  (a script, and what it prints is its result)

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CURRENT = HERE / "src" / "backhaul_contracts" / "documents" / "entities"
RELEASED = HERE / "released"

Keywords = Mapping[str, Any]
Schema = Keywords | bool

ANNOTATIONS = frozenset(
    [
        *("$schema", "$id", "$defs", "$comment", "title", "description"),
        *("default", "examples", "deprecated", "readOnly", "writeOnly"),
    ]
)
JSON_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
LOWER_LIMITS = ("minLength", "minItems", "minProperties", "minContains")
UPPER_LIMITS = ("maxLength", "maxItems", "maxProperties", "maxContains")
EXACT = ("format", "pattern", "multipleOf", "uniqueItems")
_REMOVED = "property removed"
COMPARED = frozenset(
    [
        *("type", "anyOf", "oneOf", "$ref", "enum", "const", "required", "properties", "items"),
        *(
            "additionalProperties",
            "propertyNames",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
        ),
        *LOWER_LIMITS,
        *UPPER_LIMITS,
        *EXACT,
    ]
)


@dataclass(frozen=True)
class Side:
    """A schema document, and the means to look into its definitions."""

    root: Keywords

    def resolved(self, schema: Schema) -> Keywords:
        """Return the schema with its reference followed and a boolean spelt out."""
        if isinstance(schema, bool):
            return {} if schema else {"not": {}}
        while "$ref" in schema:
            target: Any = self.root
            for step in schema["$ref"].removeprefix("#").strip("/").split("/"):
                target = target[step.replace("~1", "/").replace("~0", "~")] if step else target
            schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
        return schema

    def alternatives(self, schema: Schema) -> list[Keywords]:
        """Return what the schema accepts as alternatives that have one type each, or none."""
        whole = self.resolved(schema)
        for keyword in ("anyOf", "oneOf"):
            if keyword in whole:
                rest = {key: value for key, value in whole.items() if key != keyword}
                return [
                    alternative
                    for member in whole[keyword]
                    for alternative in self.alternatives({**rest, **self.resolved(member)})
                ]
        if len(whole.get("allOf", ())) == 1:
            rest = {key: value for key, value in whole.items() if key != "allOf"}
            return self.alternatives({**rest, **self.resolved(whole["allOf"][0])})
        return [{**whole, "type": name} if name else whole for name in _types(whole)]


def _types(schema: Keywords) -> list[str | None]:
    if "type" in schema:
        return [schema["type"]] if isinstance(schema["type"], str) else list(schema["type"])
    values = _values(schema)
    if values is None:
        return [None]
    return [*sorted({JSON_TYPES.get(type(value), "null") for value in values})]


def _values(schema: Keywords) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


@dataclass(frozen=True)
class Comparison:
    """Compares a newer document with an older one."""

    old: Side
    new: Side

    def breaks(self, old: Schema, new: Schema, path: str, seen: frozenset[Any]) -> list[str]:
        """Return the breaks between two schemas, each with its path."""
        pair = (json.dumps(old, sort_keys=True), json.dumps(new, sort_keys=True))
        if pair in seen:
            return []
        accepted = self.new.alternatives(new)
        found: list[str] = []
        for wanted in self.old.alternatives(old):
            found += self._unmet(wanted, accepted, path, seen | {pair})
        return list(dict.fromkeys(found))

    def _unmet(
        self, wanted: Keywords, accepted: list[Keywords], path: str, seen: frozenset[Any]
    ) -> list[str]:
        """Return the breaks of the alternative that comes closest."""
        name = wanted.get("type")
        tried = [
            list(self._within(wanted, offered, path, seen))
            for offered in accepted
            if offered.get("type") in (None, name) or (name == "integer" and offered["type"] == "number")
        ]
        if tried:
            # A lost property says that another alternative was meant, more than a tightened limit does.
            return min(tried, key=lambda found: (len(found), sum(_REMOVED in change for change in found)))
        types = sorted({str(offered["type"]) for offered in accepted})
        return [f"{path}: type narrowed: {name or 'anything'} is no longer accepted, only {', '.join(types)}"]

    def _within(self, old: Keywords, new: Keywords, path: str, seen: frozenset[Any]) -> Iterator[str]:
        yield from _value_breaks(old, new, path)
        yield from _limit_breaks(old, new, path)
        yield from _other_breaks(old, new, path)
        yield from self._object_breaks(old, new, path, seen)
        for keyword, suffix in (("items", "[]"), ("propertyNames", " (names)")):
            if keyword in new:
                yield from self.breaks(old.get(keyword, True), new[keyword], path + suffix, seen)

    def _object_breaks(self, old: Keywords, new: Keywords, path: str, seen: frozenset[Any]) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in before:
            if name in after:
                yield from self.breaks(before[name], after[name], f"{path}.{name}", seen)
            else:
                yield f"{path}.{name}: {_REMOVED}"
        for name in new.get("required", []):
            if name not in old.get("required", []):
                yield f"{path}.{name}: property newly required"
        others_before, others = old.get("additionalProperties", True), new.get("additionalProperties", True)
        if others is False and others_before is not False:
            yield f"{path}: additionalProperties closed"
        elif others is not True and others_before is not False:
            yield from self.breaks(others_before, others, f"{path}.*", seen)


def _value_breaks(old: Keywords, new: Keywords, path: str) -> Iterator[str]:
    before, after = _values(old), _values(new)
    if after is None:
        return
    if before is None:
        yield f"{path}: narrowed to the values {', '.join(map(str, after))}"
        return
    for value in before:
        if not any(type(value) is type(other) and value == other for other in after):
            yield f"{path}: enum value removed: {value}"


def _bound(schema: Keywords, limit: str, exclusive: str, sign: int) -> tuple[float, int]:
    """Return the tighter of both bounds, larger for tighter."""
    bounds = [(sign * schema[key], strict) for key, strict in ((limit, 0), (exclusive, 1)) if key in schema]
    return max(bounds, default=(float("-inf"), 0))


def _limit_breaks(old: Keywords, new: Keywords, path: str) -> Iterator[str]:
    for keyword in LOWER_LIMITS:
        if new.get(keyword, 0) > old.get(keyword, 0):
            yield f"{path}: {keyword} tightened: {old.get(keyword, 'none')} to {new[keyword]}"
    for keyword in UPPER_LIMITS:
        if new.get(keyword, float("inf")) < old.get(keyword, float("inf")):
            yield f"{path}: {keyword} tightened: {old.get(keyword, 'none')} to {new[keyword]}"
    for limit, exclusive, sign in (("minimum", "exclusiveMinimum", 1), ("maximum", "exclusiveMaximum", -1)):
        if _bound(new, limit, exclusive, sign) > _bound(old, limit, exclusive, sign):
            yield f"{path}: {limit} tightened to {new.get(limit, new.get(exclusive))}"


def _other_breaks(old: Keywords, new: Keywords, path: str) -> Iterator[str]:
    for keyword in EXACT:
        if new.get(keyword, False) is not False and new[keyword] != old.get(keyword):
            yield f"{path}: {keyword} tightened: {old.get(keyword, 'none')} to {new[keyword]}"
    # What nothing here understands is a break when it changes: better a false alarm than a silent one.
    for keyword in sorted(new.keys() - COMPARED - ANNOTATIONS):
        if not keyword.startswith("x-") and new[keyword] != old.get(keyword):
            yield f"{path}: {keyword} changed"


def breaking_changes(old: Mapping[str, Keywords], new: Mapping[str, Keywords]) -> list[str]:
    """Return every break between two sets of schemas by entity name; empty when nothing breaks."""
    found: list[str] = []
    for name in sorted(old):
        if name not in new:
            found.append(f"{name}: entity removed")
            continue
        comparison = Comparison(Side(old[name]), Side(new[name]))
        found += comparison.breaks(old[name], new[name], name, frozenset())
    return found


def schemas_in(folder: Path) -> dict[str, Keywords]:
    """Return the schemas in a folder, by file name without ending. Raises FileNotFoundError if none."""
    found = {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))
    }
    if not found:
        msg = f"no schemas in {folder}"
        raise FileNotFoundError(msg)
    return found


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def last_release(folder: Path = RELEASED) -> str:
    """Return the highest version that was released. Raises ValueError when there is none."""
    return max((path.name for path in folder.iterdir() if path.is_dir()), key=_numbers)


def current_version() -> str:
    """Return the version of the contracts distribution in this checkout."""
    project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def unannounced_breaks() -> list[str]:
    """Return what the current schemas break since the last release; none once the major version is higher."""
    released = last_release()
    if _numbers(current_version())[0] > _numbers(released)[0]:
        return []
    return breaking_changes(schemas_in(RELEASED / released), schemas_in(CURRENT))


def main() -> int:
    """Run the command line."""
    found = unannounced_breaks()
    for change in found:
        print(change)
    print(f"{len(found)} breaking changes since {last_release()}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
