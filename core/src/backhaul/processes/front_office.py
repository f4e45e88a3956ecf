"""The front office's own writes: save and delete records, and plan their sends in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from uuid import uuid4

from backhaul.entities import Record
from backhaul.processes.announcement import Announcements
from backhaul.processes.landscape import Landscape
from backhaul.processes.ownership import DELETE
from backhaul.processes.planning import Cause, Planner
from backhaul.processes.route import Trigger
from backhaul.processes.saving import Saved, Saving
from backhaul.sdk.envelope import FRONT, Verb
from backhaul.sdk.errors import ConflictError, NotFoundError, RejectedError, UnsupportedError
from backhaul.store.unit_of_work import Store

__all__ = ["FrontOffice", "Saved"]


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
        self._saving = Saving(landscape, self._planner, announcements)
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
        ready = [self._saving.checked(record, known.get((record.entity, record.id))) for record in chosen]
        cause = Cause(FRONT, correlation_id or uuid4().hex, interactive=interactive)
        with self._announcements.undone(), self._store.write() as uow:
            # Lock order: records by id (RULES 9).
            saved = {
                (record.entity, record.id): self._saving.store(uow, record, changed, cause)
                for record, changed in sorted(ready, key=lambda item: (item[0].entity, item[0].id))
            }
        self._announcements.tell()
        if any(item.deliveries for item in saved.values()):
            self._planned()
        return [saved[record.entity, record.id] for record in chosen]

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
        with self._announcements.undone(), self._store.write() as uow:
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
        id: str,  # noqa: A002
        targets: Iterable[str] | None = None,
        *,
        interactive: bool = True,
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
