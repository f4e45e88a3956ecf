"""Routes: which slot a canonical path leads to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from backhaul.sdk.errors import ConfigurationError, MappingError
from backhaul.sdk.json import Fields, Json
from backhaul.sdk.mapping import field_path
from backhaul.sdk.mapping.slot import ElementFields, ListSlot, Slot, ValueSlot

#: Values by slot; list fields by slot, element key and path within the element.
Routed: TypeAlias = tuple[list[tuple[ValueSlot, Json]], dict[ListSlot, ElementFields]]


class Routes:
    """The slots of one direction by canonical path, those of the other where this one has none.

    Raises ConfigurationError for two of one direction with one path.
    """

    __slots__ = ("lists", "name", "values")

    def __init__(self, name: str, slots: Iterable[Slot], others: Iterable[Slot]) -> None:
        self.name = name
        by_path: dict[str, Slot] = {}
        for slot in slots:
            if slot.flat in by_path:
                raise ConfigurationError(
                    f"{name} maps {slot.flat} twice.",
                    hint="One field maps a canonical path; further wire paths of it go into also=(...).",
                )
            by_path[slot.flat] = slot
        for slot in others:
            by_path.setdefault(slot.flat, slot)
        self.values = {path: slot for path, slot in by_path.items() if isinstance(slot, ValueSlot)}
        self.lists = {path: slot for path, slot in by_path.items() if isinstance(slot, ListSlot)}

    def of(self, fields: Fields) -> Routed:
        """Return the slots of the fields. Raises MappingError for a path that leads nowhere."""
        values: list[tuple[ValueSlot, Json]] = []
        lists: dict[ListSlot, ElementFields] = {}
        for path, value in fields.items():
            slot = self.values.get(path)
            if slot is not None:
                values.append((slot, value))
                continue
            step = field_path.split(path)
            listed = self.lists.get(step[0]) if step is not None else None
            if step is None or listed is None:
                raise MappingError(
                    f"{self.name} maps no field {path!r}.",
                    path=path,
                    hint="Its mapping changed since this was written; let the record be mapped again.",
                )
            _, key, rest = step
            lists.setdefault(listed, {}).setdefault(key, {})[rest] = value
        return values, lists
