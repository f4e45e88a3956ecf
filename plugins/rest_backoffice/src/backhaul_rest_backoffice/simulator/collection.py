"""The objects of one resource, in memory, with the look-ups that a real system would have an index for."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from backhaul_rest_backoffice.simulator.refusal import not_found
from backhaul_rest_backoffice.simulator.vocabulary import Resource

IndexKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One object in one version; a change makes a new entry, so readers never see half of one."""

    id: str
    version: int
    last_update: str
    document: dict[str, Any]

    @property
    def etag(self) -> str:
        """The entity tag of this version."""
        return f'"{self.version}"'


class Collection:
    """Not thread-safe by itself: the system holds its lock around every use."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self._entries: dict[str, Entry] = {}
        self._by_change: OrderedDict[str, None] = OrderedDict()
        self._index: defaultdict[IndexKey, dict[str, None]] = defaultdict(dict)
        self._issued = 100_000

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, identifier: object) -> bool:
        return identifier in self._entries

    def next_id(self) -> str:
        """A fresh id; the system issues it, never the client."""
        self._issued += 1
        return f"{self.resource.id_prefix}-{self._issued}"

    def get(self, identifier: str) -> Entry:
        """The present version. Raises Refusal 404."""
        entry = self._entries.get(identifier)
        if entry is None:
            raise not_found(self.resource.name, identifier)
        return entry

    def issued_at_least(self, identifier: str) -> None:
        """Never issue this id, nor an earlier one, again."""
        number = identifier.rpartition("-")[2]
        if number.isdecimal():
            self._issued = max(self._issued, int(number))

    def put(self, entry: Entry) -> None:
        """Take a new version in, as the latest change."""
        previous = self._entries.get(entry.id)
        if previous is not None:
            self._forget(previous)
        self._entries[entry.id] = entry
        self._by_change[entry.id] = None
        self._by_change.move_to_end(entry.id)
        for key in self._keys(entry.document):
            self._index[key][entry.id] = None

    def remove(self, identifier: str) -> Entry:
        """Take an object out. Raises Refusal 404."""
        entry = self.get(identifier)
        self._forget(entry)
        del self._entries[identifier]
        del self._by_change[identifier]
        return entry

    def all(self) -> Iterator[Entry]:
        """Every object, in the order of creation."""
        return iter(self._entries.values())

    def by_key(self, key: IndexKey) -> Iterable[Entry]:
        """The objects with this indexed value, in the order in which they got it."""
        return [self._entries[identifier] for identifier in self._index.get(key, ())]

    def changed_after(self, moment: str) -> list[Entry]:
        """The objects changed after a moment, earliest change first."""
        found: list[Entry] = []
        for identifier in reversed(self._by_change):
            entry = self._entries[identifier]
            if entry.last_update <= moment:
                break
            found.append(entry)
        found.reverse()
        return found

    def _forget(self, entry: Entry) -> None:
        for key in self._keys(entry.document):
            members = self._index[key]
            members.pop(entry.id, None)
            if not members:
                del self._index[key]

    def _keys(self, document: dict[str, Any]) -> set[IndexKey]:
        """What is indexed: the names, and every characteristic with a text value."""
        keys = {(name, str(document[name])) for name in self.resource.names if name in document}
        for item in document.get(self.resource.characteristics, ()):
            if isinstance(item["value"], str):
                keys.add((f"{self.resource.characteristics}:{item['name']}", item["value"]))
        return keys
