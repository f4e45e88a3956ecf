"""Agreement: the objects of two back offices side by side, as they are, without any mapping of ours."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Documents = Mapping[str, Sequence[Mapping[str, Any]]]

#: Where and under which name the TM Forum plugin leaves our id.
_PLACES = ("characteristic", "partyCharacteristic")
_OUR_ID = "backhaulId"
#: What each system issues for itself.
_ITS_OWN = frozenset({"id", "href", "lastUpdate", "version"})


def disagreements(one: Documents, other: Documents, resources: Iterable[str]) -> Iterator[str]:
    """Name every object of these resources that is not the same in both; ids of theirs count as ours."""
    ours_in_one, ours_in_other = _our_ids(one), _our_ids(other)
    for resource in resources:
        here, there = _by_our_id(one, resource, ours_in_one), _by_our_id(other, resource, ours_in_other)
        for our_id in sorted(here.keys() | there.keys()):
            if here.get(our_id) != there.get(our_id):
                yield f"{resource} of {our_id}"


def our_id(document: Mapping[str, Any]) -> str:
    """Our id in an object; its own where it has none of ours."""
    for place in _PLACES:
        for item in document.get(place, ()):
            if item["name"] == _OUR_ID:
                return str(item["value"])
    return f"(unknown) {document['id']}"


def _our_ids(documents: Documents) -> dict[str, str]:
    return {str(found["id"]): our_id(found) for objects in documents.values() for found in objects}


def _by_our_id(documents: Documents, resource: str, ours: Mapping[str, str]) -> dict[str, Any]:
    return {
        our_id(found): _normal({name: value for name, value in found.items() if name not in _ITS_OWN}, ours)
        for found in documents.get(resource, ())
    }


def _normal(value: Any, ours: Mapping[str, str]) -> Any:
    """The value with our ids for theirs, and with lists in an order that both have."""
    if isinstance(value, dict):
        return {
            name: ours.get(str(member), member) if name == "id" else _normal(member, ours)
            for name, member in value.items()
        }
    if isinstance(value, list):
        return sorted(
            (_normal(member, ours) for member in value), key=lambda one: json.dumps(one, sort_keys=True)
        )
    return value
