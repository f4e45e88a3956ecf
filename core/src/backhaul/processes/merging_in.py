"""Incorporation: writes what an answer or a message changes here, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from backhaul.delivery.handler import Job, Redo
from backhaul.processes.announcement import Announcements
from backhaul.processes.landscape import Landscape
from backhaul.processes.pinned import change_of, sent_fields
from backhaul.processes.planning import Cause, Planner
from backhaul.processes.resolution import Resolution
from backhaul.processes.snapshot import Snapshot
from backhaul.sdk.capability import Role
from backhaul.sdk.errors import ConflictError
from backhaul.sdk.json import Json
from backhaul.sdk.mapping.difference import advance
from backhaul.sdk.repeat import Change
from backhaul.sdk.reply import Stamp
from backhaul.store.sync_states import Presence, SyncState
from backhaul.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Incorporation:
    """Binds, moves the base, saves the record and plans what follows.

    Every method raises Redo, for the caller's savepoint to undo, when record or sync state changed since the
    resolution was worked out: it is then worked out again, and nobody sees an error for it.
    """

    landscape: Landscape
    planner: Planner
    announcements: Announcements

    def completed(
        self,
        uow: UnitOfWork,
        job: Job,
        resolution: Resolution | None,
        bindings: Mapping[str, str],
        stamp: Stamp | None,
    ) -> None:
        """A send was said yes to: its pinned fields are the base now, the reply is merged over it."""
        snapshot: Snapshot = job.work
        delivery = job.delivery
        sync = snapshot.sync
        sent = sent_fields(delivery)
        stamps = dict(sync.stamps)
        if stamp is not None:
            stamps |= dict.fromkeys(sent, stamp)
        if resolution is not None:
            stamps |= resolution.merge.stamps
        base = resolution.merge.base if resolution is not None else advance(sync.base, sent)
        new = SyncState(
            snapshot.back_office,
            *snapshot.ref,
            presence=self._presence(uow, snapshot, bindings, change_of(delivery)),
            sent_version=max(sync.sent_version, delivery.pinned_version or 0),
            base={path: value for path, value in base.items() if value is not None},
            stamps=stamps,
            disputes=dict(resolution.merge.disputes) if resolution is not None else sync.disputes,
            revision=sync.revision,
        )
        once = change_of(delivery) is Change.COMMAND
        if once and resolution is not None:
            # A command is not brought up to date: what it was frozen as has happened there (RULES 8).
            resolution = replace(resolution, differs=False)
        self._write(uow, snapshot, new, resolution, delivery.message_id, self._cause(job), delivery.id)
        if not once and (resolution is None or resolution.record is None):
            self._catch_up(uow, job, snapshot, resolution)

    def read(
        self,
        uow: UnitOfWork,
        job: Job,
        resolution: Resolution | None,
        bindings: Mapping[str, str],
        *,
        converge: bool,
    ) -> None:
        """An object was read instead of a send's answer: merge it, and send what still differs."""
        snapshot: Snapshot = job.work
        sync = snapshot.sync
        presence = self._presence(uow, snapshot, bindings, Change.UPDATE)
        new = SyncState(
            snapshot.back_office,
            *snapshot.ref,
            presence=presence,
            sent_version=sync.sent_version,
            base=_said(resolution) if resolution is not None else sync.base,
            stamps=resolution.merge.stamps if resolution is not None else sync.stamps,
            disputes=dict(resolution.merge.disputes) if resolution is not None else sync.disputes,
            revision=sync.revision,
        )
        cause = self._cause(job)
        self._write(uow, snapshot, new, resolution, job.delivery.message_id, cause, job.delivery.id)
        record = resolution.record if resolution is not None and resolution.record else snapshot.record
        differs = resolution is None or resolution.differs
        if converge and differs and record is not None:
            self.planner.converge(uow, record, cause, [snapshot.back_office], closing=job.delivery.id)

    def received(
        self,
        uow: UnitOfWork,
        snapshot: Snapshot,
        resolution: Resolution,
        cause: Cause,
        bindings: Mapping[str, str],
    ) -> bool:
        """An inbound message about a record that we have; True when a stored field changed."""
        sync = snapshot.sync
        new = SyncState(
            snapshot.back_office,
            *snapshot.ref,
            presence=self._presence(uow, snapshot, bindings, Change.UPDATE),
            sent_version=sync.sent_version,
            base=_said(resolution),
            stamps=resolution.merge.stamps,
            disputes=dict(resolution.merge.disputes),
            revision=sync.revision,
        )
        self._write(uow, snapshot, new, resolution, cause.correlation_id, cause, None)
        if resolution.record is None and resolution.differs and snapshot.record is not None:
            self.planner.converge(uow, snapshot.record, cause, [snapshot.back_office])
        return resolution.record is not None

    def _presence(
        self, uow: UnitOfWork, snapshot: Snapshot, bindings: Mapping[str, str], change: Change
    ) -> Presence:
        for bound, external_id in bindings.items():
            uow.cross_references.bind(snapshot.back_office, bound, external_id, snapshot.ref)
        if change is Change.DELETE:
            return Presence.ABSENT
        resource = self.landscape.invocation(snapshot.back_office).resource(snapshot.ref[0])
        if resource is None:
            return snapshot.sync.presence
        if resource in bindings or resource in snapshot.bindings:
            return Presence.BOUND
        return Presence.EXISTING if change is Change.CREATE else snapshot.sync.presence

    def _write(
        self,
        uow: UnitOfWork,
        snapshot: Snapshot,
        sync: SyncState,
        resolution: Resolution | None,
        message_id: str,
        cause: Cause,
        closing: int | None,
    ) -> None:
        """Lock order: the record first. A lost race undoes all of it."""
        record = resolution.record if resolution is not None else None
        if resolution is not None and resolution.missing:
            raise Redo
        if record is not None:
            try:
                uow.records.update(record, record.version - 1)
            except ConflictError as error:
                raise Redo from error
        if not uow.sync_states.put(sync):
            raise Redo
        if sync.presence is Presence.BOUND and snapshot.sync.presence is not Presence.BOUND:
            self.planner.bound(uow, snapshot.back_office, [snapshot.ref], cause)
        if resolution is None:
            return
        for conflict in resolution.conflicts:
            uow.changes.add_conflict(
                snapshot.back_office,
                snapshot.ref,
                message_id=message_id,
                path=conflict.path,
                kind=conflict.kind.value,
                ours=conflict.ours,
                theirs=conflict.theirs,
                kept=conflict.kept,
            )
        if record is not None:
            origin = snapshot.back_office
            uow.changes.add(
                snapshot.ref,
                record.version,
                origin=origin,
                fields=resolution.changed,
                message_id=message_id,
                causation_id=cause.causation_id,
                hop=cause.hop,
            )
            self.announcements.changed(snapshot.ref, record.version, origin, resolution.changed)
            self.planner.saved(uow, record, cause)
            targets = set(uow.sync_states.bound_to(snapshot.ref)) - {origin}
            if resolution.differs:
                targets.add(origin)
            self.planner.converge(uow, record, cause, targets, closing=closing)

    def _catch_up(self, uow: UnitOfWork, job: Job, snapshot: Snapshot, resolution: Resolution | None) -> None:
        """The record moved on during the call, or the answer differs from it: send what is left."""
        if change_of(job.delivery) is Change.DELETE:
            return
        version = uow.records.version_of(snapshot.ref)
        moved = version is not None and version > (job.delivery.pinned_version or 0)
        moved = moved or self._references_bound(uow, snapshot)
        if not moved and not (resolution is not None and resolution.differs):
            return
        stored = uow.records.get(*snapshot.ref)
        if stored is None or stored.deleted:
            return
        record = stored.typed(self.landscape.entities)
        self.planner.converge(uow, record, self._cause(job), [snapshot.back_office], closing=job.delivery.id)

    def _references_bound(self, uow: UnitOfWork, snapshot: Snapshot) -> bool:
        """Whether a record that this one names got its id there while this one was being sent."""
        invocation = self.landscape.invocation(snapshot.back_office)
        if not invocation.can(Role.SENDS, snapshot.ref[0]):
            return False
        unbound = snapshot.unbound(invocation.schema(Role.SENDS, snapshot.ref[0]).refers_to)
        return any(uow.cross_references.to_external(snapshot.back_office, unbound).values())

    def _cause(self, job: Job) -> Cause:
        """What follows from a delivery is caused by it, one hop further."""
        delivery = job.delivery
        return Cause(delivery.backoffice, delivery.correlation_id, delivery.message_id, delivery.hop + 1)


def _said(resolution: Resolution) -> dict[str, Json]:
    return {path: value for path, value in resolution.merge.base.items() if value is not None}
