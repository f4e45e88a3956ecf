"""Lists: filters in the query string, pages by offset and limit, order, and a choice of fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from backhaul_rest_backoffice.simulator.collection import Collection, Entry
from backhaul_rest_backoffice.simulator.refusal import bad_request

QUERY = "24"
_CONTROL = frozenset({"offset", "limit", "fields", "sort"})
_DEFAULT_LIMIT = 100
_LARGEST_LIMIT = 1_000
_CHANGED_AFTER = "lastUpdate.gt"
Test = Callable[[dict[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Page:
    """One page, and how many objects there are in all."""

    entries: list[Entry]
    total: int


def page_of(collection: Collection, query: Mapping[str, str]) -> Page:
    """The page that a query asks for. Raises Refusal (400) for what is not understood."""
    offset, limit = _number(query, "offset", 0), _number(query, "limit", _DEFAULT_LIMIT)
    wanted = {name: value for name, value in query.items() if name not in _CONTROL}
    if not wanted and "sort" not in query:
        return _unfiltered(collection, offset, min(limit, _LARGEST_LIMIT))
    tests = _tests(collection.resource.characteristics, wanted)
    found = [
        entry for entry in _candidates(collection, wanted) if all(test(entry.document) for test in tests)
    ]
    _sort(found, query.get("sort", ""))
    return Page(found[offset : offset + min(limit, _LARGEST_LIMIT)], len(found))


def selected(document: dict[str, Any], fields: str | None) -> dict[str, Any]:
    """The document with the chosen first-level properties; id and href always stand."""
    if not fields:
        return document
    chosen = {"id", "href", *fields.split(",")}
    return {name: value for name, value in document.items() if name in chosen}


def _unfiltered(collection: Collection, offset: int, limit: int) -> Page:
    entries = [
        entry for position, entry in enumerate(collection.all()) if offset <= position < offset + limit
    ]
    return Page(entries, len(collection))


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not text.isdecimal():
        raise bad_request(QUERY, f"{name} is a whole number, 0 or more.")
    return int(text)


def _candidates(collection: Collection, wanted: Mapping[str, str]) -> Iterable[Entry]:
    """What the best index gives; every test is applied to it again."""
    place = collection.resource.characteristics
    name, value = wanted.get(f"{place}.name"), wanted.get(f"{place}.value")
    if name is not None and value is not None:
        return collection.by_key((f"{place}:{name}", value))
    for name_field in collection.resource.names:
        if name_field in wanted:
            return collection.by_key((name_field, wanted[name_field]))
    if _CHANGED_AFTER in wanted:
        return collection.changed_after(moment(wanted[_CHANGED_AFTER]))
    return collection.all()


def _tests(place: str, wanted: Mapping[str, str]) -> list[Test]:
    """One test a filter, but name and value of a characteristic belong to one element of the list."""
    rest = dict(wanted)
    tests: list[Test] = []
    name, value = rest.pop(f"{place}.name", None), rest.pop(f"{place}.value", None)
    if name is not None or value is not None:
        tests.append(_characteristic_test(place, name, value))
    for path, text in rest.items():
        tests.append(_change_test(text) if path == _CHANGED_AFTER else _equality_test(path, text))
    return tests


def _characteristic_test(place: str, name: str | None, value: str | None) -> Test:
    def holds(item: dict[str, Any]) -> bool:
        return (name is None or item["name"] == name) and (value is None or spelled(item["value"]) == value)

    return lambda document: any(holds(item) for item in document.get(place, ()))


def _change_test(text: str) -> Test:
    limit = moment(text)
    return lambda document: document["lastUpdate"] > limit


def _equality_test(path: str, text: str) -> Test:
    steps = path.split(".")
    return lambda document: any(spelled(found) == text for found in _values(document, steps))


def _values(value: Any, steps: list[str]) -> Iterable[Any]:
    if isinstance(value, list):
        for element in value:
            yield from _values(element, steps)
    elif not steps:
        yield value
    elif isinstance(value, dict) and steps[0] in value:
        yield from _values(value[steps[0]], steps[1:])


def _sort(found: list[Entry], order: str) -> None:
    if not order:
        return
    name = order.removeprefix("-")
    if name != "lastUpdate":
        raise bad_request(QUERY, "Lists can be sorted by lastUpdate or -lastUpdate.")
    found.sort(key=lambda entry: entry.last_update, reverse=order.startswith("-"))


def spelled(value: Any) -> str:
    """A JSON value as it is written in a query string."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def moment(text: str) -> str:
    """A moment in the spelling of `lastUpdate`, so that it compares as text. Raises Refusal (400)."""
    try:
        # A plus sign that the client did not escape arrives as a space.
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        found = datetime.min  # noqa: DTZ901  (stands for "no offset", refused below)
    if found.utcoffset() is None:
        raise bad_request(QUERY, "A moment is a date-time with an offset.")
    return found.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
