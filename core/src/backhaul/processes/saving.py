"""Saving: the checks of a save before its transaction, and what is written in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from backhaul.entities import Record
from backhaul.processes.announcement import Announcements
from backhaul.processes.landscape import Landscape
from backhaul.processes.ownership import CREATE
from backhaul.processes.planning import Cause, Planner
from backhaul.sdk.capability import Role
from backhaul.sdk.envelope import FRONT
from backhaul.sdk.errors import ConflictError, RejectedError
from backhaul.store.records import Ref, StoredRecord
from backhaul.store.unit_of_work import UnitOfWork

_BOOKKEEPING = frozenset({"version", "created_at", "updated_at", "origin"})


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save did: the stored record, the fields that changed, the deliveries that were planned."""

    record: Record
    changed: tuple[str, ...]
    deliveries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Saving:
    """What everybody does who saves on behalf of a user."""

    landscape: Landscape
    planner: Planner
    announcements: Announcements

    def checked(self, record: Record, stored: StoredRecord | None) -> tuple[Record, tuple[str, ...]]:
        """The record as it will be stored, and what changes; everything a plugin does happens here.

        Raises ConflictError, RejectedError for what a back office owns, and what `before_save` raises.
        """
        self.landscape.model(record.entity)
        if stored is None:
            return self._checked_new(record)
        if stored.deleted:
            msg = f"The {record.entity} {record.id} was deleted; nothing is recreated under its id."
            raise ConflictError(msg)
        if record.version != stored.version:
            msg = f"The {record.entity} {record.id} is at version {stored.version}, not {record.version}."
            raise ConflictError(msg, hint="Read it again and repeat the change.")
        old = stored.typed(self.landscape.entities)
        changed = _differences(old, record)
        if not changed:
            return record, ()
        hooked = self.landscape.hooks.before_save(record, FRONT)
        next_one = hooked.changed(version=stored.version + 1, origin=FRONT)
        # After the hooks: what they change is a local edit as well.
        self._refuse_foreign(next_one, touched(old, next_one))
        return next_one, _differences(old, next_one) or changed

    def _checked_new(self, record: Record) -> tuple[Record, tuple[str, ...]]:
        if record.version != 0:
            msg = f"There is no {record.entity} {record.id} at version {record.version}."
            raise ConflictError(msg, hint="A new record has version 0.")
        if not self.landscape.ownership.may(record.entity, CREATE, FRONT):
            owner = self.landscape.ownership.rules[record.entity][CREATE]
            msg = f"New {record.entity} records are made by {owner}, not here."
            raise RejectedError(msg, code="not_owner", hint="See [ownership] in the deployment file.")
        hooked = self.landscape.hooks.before_save(record, FRONT)
        named = tuple(
            sorted(hooked.model_dump(exclude_none=True, exclude_defaults=True).keys() - _BOOKKEEPING)
        )
        return hooked.changed(version=1, origin=FRONT), named

    def _refuse_foreign(self, record: Record, paths: set[str]) -> None:
        foreign = self.landscape.ownership.foreign(record.entity, paths)
        if foreign:
            owned = ", ".join(f"{path} (owned by {owner})" for path, owner in sorted(foreign.items()))
            msg = f"The {record.entity} {record.id} cannot be changed here in: {owned}."
            raise RejectedError(msg, code="not_owner", hint="Change it in the system that owns it.")

    def store(
        self,
        uow: UnitOfWork,
        record: Record,
        changed: tuple[str, ...],
        cause: Cause,
        *,
        skip: frozenset[str] = frozenset(),
    ) -> Saved:
        """Write a checked record with its change and plan its sends, to all but the back offices in `skip`.

        Raises ConflictError when somebody saved in between, RejectedError for a circle of parents.
        """
        if not changed and record.version:
            return Saved(record, (), ())
        self._check_cycle(uow, record)
        moment = datetime.fromtimestamp(uow.now, UTC)
        if record.version == 1:
            record = record.changed(created_at=moment, updated_at=moment)
            uow.records.insert(record)
        else:
            record = record.changed(updated_at=moment)
            uow.records.update(record, record.version - 1)
        ref = (record.entity, record.id)
        uow.changes.add(
            ref,
            record.version,
            origin=FRONT,
            fields=changed,
            message_id=cause.correlation_id,
            causation_id=None,
            hop=0,
        )
        self.announcements.changed(ref, record.version, FRONT, changed)
        planned = self.planner.saved(uow, record, cause, skip=skip)
        return Saved(record, changed, tuple(planned))

    def _check_cycle(self, uow: UnitOfWork, record: Record) -> None:
        """A record may not need itself, over any number of others: its sends would wait for ever."""
        needed = self._needed_types(record.entity)
        if record.entity not in needed:
            return
        seen: set[Ref] = set()
        layer = {(item.entity, item.id) for item in record.references() if item.entity == record.entity}
        while layer:
            if (record.entity, record.id) in layer:
                msg = f"The {record.entity} {record.id} would be above itself in its own hierarchy."
                raise RejectedError(msg, code="cycle", hint="Correct the parent that closes the circle.")
            seen |= layer
            stored = uow.records.many(layer)
            named = [found.typed(self.landscape.entities) for found in stored.values() if not found.deleted]
            layer = {
                (item.entity, item.id)
                for found in named
                for item in found.references()
                if item.entity == record.entity
            } - seen

    def _needed_types(self, entity: str) -> set[str]:
        found: set[str] = set()
        for invocation in self.landscape.invocations.values():
            capability = invocation.capabilities.get(Role.SENDS, entity)
            found |= {part.entity for part in capability.needs} if capability is not None else set()
        return found


def _differences(old: Record, new: Record) -> tuple[str, ...]:
    """The fields that differ, one level into parts and lists, e.g. ``credit_profile.credit_limit``."""
    before, after = old.model_dump(mode="json"), new.model_dump(mode="json")
    found: set[str] = set()
    for name in (before.keys() | after.keys()) - _BOOKKEEPING:
        if before.get(name) == after.get(name):
            continue
        one, other = before.get(name), after.get(name)
        if isinstance(one, dict) and isinstance(other, dict):
            found |= {f"{name}.{key}" for key in one.keys() | other.keys() if one.get(key) != other.get(key)}
        else:
            found.add(name)
    return tuple(sorted(found))


def touched(old: Record, new: Record) -> set[str]:
    """The path of every value that differs, at any depth, parts by their id: what ownership is about."""
    before, after = old.model_dump(mode="json"), new.model_dump(mode="json")
    names = (before.keys() | after.keys()) - _BOOKKEEPING
    return {path for name in names for path in _within(name, before.get(name), after.get(name))}


def _within(path: str, one: Any, other: Any) -> Iterator[str]:
    if one == other:
        return
    before, after = _inner(one), _inner(other)
    if before is None or after is None:
        yield path
        return
    for key in before.keys() | after.keys():
        yield from _within(path + key, before.get(key), after.get(key))


def _inner(value: Any) -> dict[str, Any] | None:
    """The values in a value, by the rest of their paths; None for one that is owned as a whole."""
    if value is None:
        return {}
    if isinstance(value, dict) and value.keys() != {"amount", "currency"}:
        return {f".{key}": item for key, item in value.items() if key != "part_id"}
    if isinstance(value, list) and all(isinstance(item, dict) and "part_id" in item for item in value):
        return {f"[{item['part_id']}]": item for item in value}
    return None
