"""The front office's own writes: save and delete records, and plan their sends in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from backhaul.entities import Record
from backhaul.processes.announcement import Announcements
from backhaul.processes.landscape import Landscape
from backhaul.processes.ownership import CREATE, DELETE
from backhaul.processes.planning import Cause, Planner
from backhaul.processes.route import Trigger
from backhaul.sdk.capability import Role
from backhaul.sdk.envelope import FRONT, Verb
from backhaul.sdk.errors import ConflictError, NotFoundError, RejectedError, UnsupportedError
from backhaul.store.records import Ref, StoredRecord
from backhaul.store.unit_of_work import Store, UnitOfWork

_BOOKKEEPING = frozenset({"version", "created_at", "updated_at", "origin"})


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save did: the stored record, the fields that changed, the deliveries that were planned."""

    record: Record
    changed: tuple[str, ...]
    deliveries: tuple[int, ...]


class FrontOffice:
    """Saves on behalf of users. `planned` is called after a commit that planned something."""

    def __init__(
        self,
        store: Store,
        landscape: Landscape,
        announcements: Announcements,
        *,
        planned: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._landscape = landscape
        self._planner = Planner(landscape)
        self._announcements = announcements
        self._planned = planned

    def load(self, entity: str, id: str) -> Record:  # noqa: A002
        """A live record. Raises NotFoundError, also for a deleted one."""
        self._landscape.model(entity)
        with self._store.read() as uow:
            stored = uow.records.get(entity, id)
        if stored is None or stored.deleted:
            msg = f"There is no {entity} {id}" + (": it was deleted." if stored else ".")
            raise NotFoundError(msg)
        return stored.typed(self._landscape.entities)

    def save(self, record: Record, *, interactive: bool = False, correlation_id: str | None = None) -> Saved:
        """Create (version 0) or change (the version that was read) one record.

        Raises ConflictError when somebody saved in between, RejectedError for a field that a back office
        owns, and what `before_save` raises. A save that changes nothing stores and plans nothing.
        """
        return self.save_all([record], interactive=interactive, correlation_id=correlation_id)[0]

    def save_all(
        self, records: Iterable[Record], *, interactive: bool = False, correlation_id: str | None = None
    ) -> list[Saved]:
        """Several records in one transaction: all or none."""
        chosen = list(records)
        with self._store.read() as uow:
            known = uow.records.many((record.entity, record.id) for record in chosen)
        ready = [self._checked(record, known.get((record.entity, record.id))) for record in chosen]
        cause = Cause(FRONT, correlation_id or uuid4().hex, interactive=interactive)
        with self._store.write() as uow:
            # Lock order: records by id (RULES 9).
            saved = {
                (record.entity, record.id): self._store_one(uow, record, changed, cause)
                for record, changed in sorted(ready, key=lambda item: (item[0].entity, item[0].id))
            }
        self._announcements.tell()
        if any(item.deliveries for item in saved.values()):
            self._planned()
        return [saved[record.entity, record.id] for record in chosen]

    def _checked(self, record: Record, stored: StoredRecord | None) -> tuple[Record, tuple[str, ...]]:
        """The record as it will be stored, and what changes; everything a plugin does happens here."""
        self._landscape.model(record.entity)
        if stored is None:
            return self._checked_new(record)
        if stored.deleted:
            msg = f"The {record.entity} {record.id} was deleted; nothing is recreated under its id."
            raise ConflictError(msg)
        if record.version != stored.version:
            msg = f"The {record.entity} {record.id} is at version {stored.version}, not {record.version}."
            raise ConflictError(msg, hint="Read it again and repeat the change.")
        old = stored.typed(self._landscape.entities)
        changed = _differences(old, record)
        if not changed:
            return record, ()
        self._refuse_foreign(record, changed)
        hooked = self._landscape.hooks.before_save(record, FRONT)
        next_one = hooked.changed(version=stored.version + 1, origin=FRONT)
        return next_one, _differences(old, next_one) or changed

    def _checked_new(self, record: Record) -> tuple[Record, tuple[str, ...]]:
        if record.version != 0:
            msg = f"There is no {record.entity} {record.id} at version {record.version}."
            raise ConflictError(msg, hint="A new record has version 0.")
        if not self._landscape.ownership.may(record.entity, CREATE, FRONT):
            owner = self._landscape.ownership.rules[record.entity][CREATE]
            msg = f"New {record.entity} records are made by {owner}, not here."
            raise RejectedError(msg, code="not_owner", hint="See [ownership] in the deployment file.")
        hooked = self._landscape.hooks.before_save(record, FRONT)
        named = tuple(
            sorted(hooked.model_dump(exclude_none=True, exclude_defaults=True).keys() - _BOOKKEEPING)
        )
        return hooked.changed(version=1, origin=FRONT), named

    def _refuse_foreign(self, record: Record, changed: tuple[str, ...]) -> None:
        foreign = self._landscape.ownership.foreign(record.entity, set(changed))
        if foreign:
            owned = ", ".join(f"{path} (owned by {owner})" for path, owner in sorted(foreign.items()))
            msg = f"The {record.entity} {record.id} cannot be changed here in: {owned}."
            raise RejectedError(msg, code="not_owner", hint="Change it in the system that owns it.")

    def _store_one(self, uow: UnitOfWork, record: Record, changed: tuple[str, ...], cause: Cause) -> Saved:
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
        self._announcements.changed(ref, record.version, FRONT, changed)
        planned = self._planner.saved(uow, record, cause)
        return Saved(record, changed, tuple(planned))

    def _check_cycle(self, uow: UnitOfWork, record: Record) -> None:
        """A record may not need itself, over any number of others: its sends would wait for ever (RULES 2)."""
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
            named = [found.typed(self._landscape.entities) for found in stored.values() if not found.deleted]
            layer = {
                (item.entity, item.id)
                for found in named
                for item in found.references()
                if item.entity == record.entity
            } - seen

    def _needed_types(self, entity: str) -> set[str]:
        found: set[str] = set()
        for invocation in self._landscape.invocations.values():
            capability = invocation.capabilities.get(Role.SENDS, entity)
            found |= {part.entity for part in capability.needs} if capability is not None else set()
        return found

    def delete(self, entity: str, id: str, *, correlation_id: str | None = None) -> tuple[int, ...]:  # noqa: A002
        """Make a record a tombstone and plan its deletion where that is declared; the planned deliveries.

        Raises NotFoundError, and RejectedError where a back office owns the deletion.
        """
        record = self.load(entity, id)
        if not self._landscape.ownership.may(entity, DELETE, FRONT):
            owner = self._landscape.ownership.rules[entity][DELETE]
            msg = f"The {entity} {id} is deleted by {owner}, not here."
            raise RejectedError(msg, code="not_owner")
        cause = Cause(FRONT, correlation_id or uuid4().hex)
        with self._store.write() as uow:
            current = uow.records.version_of((entity, id))
            if current != record.version:
                msg = f"The {entity} {id} was changed while it was being deleted."
                raise ConflictError(msg, hint="Read it again and decide again.")
            gone = record.changed(version=record.version + 1, origin=FRONT)
            uow.records.entomb(entity, id, gone.version, FRONT)
            ref = (entity, id)
            uow.changes.add(
                ref,
                gone.version,
                origin=FRONT,
                fields=("@delete",),
                message_id=cause.correlation_id,
                causation_id=None,
                hop=0,
            )
            self._announcements.changed(ref, gone.version, FRONT, ("@delete",))
            planned = self._planner.deleted(uow, gone, cause)
        self._announcements.tell()
        self._planned()
        return tuple(planned)

    def send(
        self,
        process: str,
        id: str,
        targets: Iterable[str] | None = None,
        *,
        interactive: bool = True,  # noqa: A002
    ) -> tuple[int, ...]:
        """Send one record by process name, to the named or else all routed back offices; the deliveries."""
        found = self._landscape.catalogue.find(process)
        if found.verb is not Verb.SEND:
            msg = f"{found.name} is a {found.verb.value}, not a send."
            raise UnsupportedError(msg, hint="Use the process whose name begins with 'CUT Send'.")
        record = self.load(found.entity, id)
        chosen = list(targets) if targets is not None else self._routed(record)
        for name in chosen:
            self._landscape.invocation(name)
        cause = Cause(FRONT, uuid4().hex, interactive=interactive, name="command")
        with self._store.write() as uow:
            planned = self._planner.commanded(uow, record, chosen, cause)
        self._planned()
        return tuple(planned)

    def _routed(self, record: Record) -> list[str]:
        document = record.model_dump(mode="json")
        names: list[str] = []
        for trigger in (Trigger.SAVE, Trigger.COMMAND):
            for route in self._landscape.send_routes(record.entity, trigger):
                names += [name for name in route.to if route.applies(document) and name not in names]
        return names


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
