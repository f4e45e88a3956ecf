"""The three-way merge, field by field, on the wire (RULES 6). Pure: no I/O, no entity, no schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from backhaul.sdk.json import Json
from backhaul.sdk.mapping.difference import advance
from backhaul.sdk.mapping.field_path import elements_of, is_element
from backhaul.sdk.outcome import View
from backhaul.sdk.reply import Stamp


class ConflictKind(StrEnum):
    """Why a value lost, visibly."""

    BOTH_CHANGED = "both_changed"
    NOT_OWNER = "not_owner"
    STALE = "stale"
    UNDECLARED_DIFFERENCE = "undeclared_difference"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A value that lost and is kept for a person; `kept` says whose value stands: ours or theirs."""

    path: str
    kind: ConflictKind
    ours: Json
    theirs: Json
    kept: str


class Rights(Protocol):
    """Ownership as one sender meets it."""

    def may_change(self, path: str) -> bool:
        """Whether the sender may change the field."""
        ...


@dataclass(frozen=True, slots=True)
class Side:
    """What is known before the merge: base, stamps and disputes of one back office, our record on its wire.

    `pinned` are the values of unsettled attempts to that system: what equals one of them is an echo.
    """

    ours: Mapping[str, Json]
    base: Mapping[str, Json]
    stamps: Mapping[str, Stamp] = field(default_factory=dict)
    disputes: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    pinned: Sequence[Mapping[str, Json]] = ()


@dataclass(slots=True)
class Merge:
    """What a message changes: `take` in our record, the new base and stamps, and what lost."""

    base: dict[str, Json]
    stamps: dict[str, Stamp]
    disputes: dict[str, Sequence[Json]]
    take: dict[str, Json] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)


def older(stamp: Stamp | None, known: Stamp | None) -> bool:
    """Whether a stamp is older than a known one of the same sender; a missing stamp never is."""
    if stamp is None or known is None:
        return False
    if isinstance(stamp, int) and isinstance(known, int):
        return stamp < known
    return str(stamp) < str(known)


def three_way(side: Side, theirs: View, rights: Rights) -> Merge:
    """Merge what stood on the wire.

    Absent = unchanged, null = cleared. Equal to the base or to a pinned value: an echo. Changed there only:
    taken. Changed on both: the owner wins, for shared fields the sender; the loss is a visible conflict.
    """
    merge = Merge(dict(side.base), dict(side.stamps), dict(side.disputes))
    said = dict(theirs.fields) | _removed(side, theirs)
    for path, value in said.items():
        _field(merge, side, path, value, theirs.stamp, rights)
    _revive(merge, side, said, rights)
    return merge


def _field(merge: Merge, side: Side, path: str, value: Json, stamp: Stamp | None, rights: Rights) -> None:
    ours, base = _at(side.ours, path), _at(side.base, path)
    echo = any(path in pin and pin[path] == value for pin in side.pinned)
    if older(stamp, _stamp_at(side.stamps, path)):
        # Recorded, not applied; that an older list lacks an element is no news, anything else is not dropped.
        if value not in (base, ours) and not echo and not (value is None and is_element(path)):
            merge.conflicts.append(Conflict(path, ConflictKind.STALE, ours, value, "ours"))
        return
    if stamp is not None:
        merge.stamps[path] = stamp
    if value == base or list(side.disputes.get(path, ())) == [ours, value]:
        return
    if value == ours or echo:
        _agree(merge, path, value)
        return
    if not rights.may_change(path):
        # The base moves to what they show, so that convergence puts our value back.
        _agree(merge, path, value)
        merge.conflicts.append(Conflict(path, ConflictKind.NOT_OWNER, ours, value, "ours"))
        return
    lost = _changed_within(side, path) if is_element(path) else ours
    if lost != ({} if is_element(path) else base):
        merge.conflicts.append(Conflict(path, ConflictKind.BOTH_CHANGED, lost, value, "theirs"))
    merge.take[path] = value
    _agree(merge, path, value)


def _changed_within(side: Side, element: str) -> dict[str, Json]:
    """What was changed here in an element."""
    within = (path for path in {**side.base, **side.ours} if element in elements_of(path))
    return {path: side.ours.get(path) for path in within if side.ours.get(path) != side.base.get(path)}


def _revive(merge: Merge, side: Side, said: Mapping[str, Json], rights: Rights) -> None:
    """An element that was removed here and changed there comes back whole, not as the field that changed."""
    touched = {part for path, value in merge.take.items() if value is not None for part in elements_of(path)}
    for element in touched:
        if _at(side.ours, element) is not None:
            continue
        for path, value in {**side.base, **said}.items():
            if value is not None and element in elements_of(path) and rights.may_change(path):
                merge.take.setdefault(path, value)


def _stamp_at(stamps: Mapping[str, Stamp], path: str) -> Stamp | None:
    """The newest stamp of a field, of an element around it, and for an element of everything in it."""
    found = [stamps[one] for one in {path, *elements_of(path)} if one in stamps]
    if is_element(path):
        found += [stamp for inner, stamp in stamps.items() if path in elements_of(inner)]
    newest: Stamp | None = None
    for stamp in found:
        newest = stamp if newest is None or older(newest, stamp) else newest
    return newest


def _agree(merge: Merge, path: str, value: Json) -> None:
    merge.base = advance(merge.base, {path: value})


def _at(fields: Mapping[str, Json], path: str) -> Json:
    """The value at a path; for a whole element, True when it is there."""
    if path in fields:
        return fields[path]
    if is_element(path):
        return True if any(path in elements_of(other) for other in fields) else None
    return None


def _removed(side: Side, theirs: View) -> dict[str, Json]:
    """Elements that a complete list does not show any more: only those that were agreed before."""
    gone: dict[str, Json] = {}
    for name in theirs.complete:
        known = _elements(side.base, name)
        for element in known - _elements(theirs.fields, name):
            gone[element] = None
    return gone


def _elements(fields: Mapping[str, Json], name: str) -> set[str]:
    start = f"{name}["
    return {part for path in fields for part in elements_of(path) if part.startswith(start)}


def settle_disputes(merge: Merge, sent: Mapping[str, Json], theirs: View, ours: Mapping[str, Json]) -> None:
    """A reply that differs from what was just sent: noted once, and the second time made a conflict.

    Without it a system that spells our value its own way, undeclared, would be sent to for ever (RULES 2).
    """
    for path, value in sent.items():
        answer = theirs.fields.get(path, value)
        if path in merge.take:
            merge.disputes.pop(path, None)
            continue
        if answer == value or value != _at(ours, path):
            merge.disputes.pop(path, None)
        elif list(merge.disputes.get(path, ())) == [value, answer]:
            merge.conflicts.append(Conflict(path, ConflictKind.UNDECLARED_DIFFERENCE, value, answer, "ours"))
            merge.base = advance(merge.base, {path: value})
        else:
            merge.disputes[path] = [value, answer]
