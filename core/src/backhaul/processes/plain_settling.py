"""Plain answers: the system said yes and nothing else changed. Many are settled with a handful of statements.

Everything that could need a decision is looked up for the whole group first; an answer with anything unusual
is left to Settling, one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backhaul.delivery.handler import Job
from backhaul.delivery.verdict import Verdict
from backhaul.processes.answer import Answer
from backhaul.processes.landscape import Landscape
from backhaul.processes.pinned import change_of
from backhaul.processes.planning import Cause, Planner
from backhaul.processes.resolution import Resolution
from backhaul.processes.snapshot import Snapshot
from backhaul.sdk.capability import Role
from backhaul.sdk.outcome import Completed
from backhaul.sdk.repeat import Change
from backhaul.store.delivery_state import State
from backhaul.store.records import Ref
from backhaul.store.sync_states import Presence, SyncState
from backhaul.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class _Plain:
    """A completed send of which only the binding and the base are news."""

    job: Job
    snapshot: Snapshot
    outcome: Completed
    resolution: Resolution
    resource: str

    @property
    def new_binding(self) -> str | None:
        """The external id that this answer binds; None when it is bound already."""
        external_id = self.outcome.external_id
        return external_id if self.snapshot.bindings.get(self.resource) != external_id else None


@dataclass(frozen=True, slots=True)
class PlainSettling:
    """Settles plain answers in groups; the caller's savepoint undoes all of them together."""

    landscape: Landscape
    planner: Planner

    def settle(self, uow: UnitOfWork, jobs: Sequence[Job]) -> list[tuple[Job, Verdict]]:
        """The jobs that were plain, written, with their verdicts; at most one of a record."""
        by_office: dict[str, dict[Ref, _Plain]] = defaultdict(dict)
        for job in jobs:
            plain = self._plain(job)
            if plain is not None and plain.snapshot.ref not in by_office[job.lane.backoffice]:
                by_office[job.lane.backoffice][plain.snapshot.ref] = plain
        settled: list[tuple[Job, Verdict]] = []
        for name, plains in by_office.items():
            settled += self._group(uow, name, plains)
        return settled

    def _plain(self, job: Job) -> _Plain | None:
        answer = job.result
        if not isinstance(answer, Answer) or not isinstance(answer.outcome, Completed):
            return None
        outcome, resolution, snapshot = answer.outcome, answer.resolution, job.work
        if resolution is None or outcome.unusable or outcome.bindings.items() - snapshot.bindings.items():
            return None
        unusual = (
            resolution.record is not None or resolution.missing or resolution.differs or resolution.conflicts
        )
        resource = self.landscape.invocation(snapshot.back_office).resource(job.delivery.entity)
        wrong = change_of(job.delivery) not in (Change.CREATE, Change.UPDATE) or not outcome.external_id
        if unusual or wrong or resource is None:
            return None
        schema = self.landscape.invocation(snapshot.back_office).schema(Role.SENDS, job.delivery.entity)
        if snapshot.unbound(schema.refers_to):
            return None  # what it names may have got its id there meanwhile
        return _Plain(job, snapshot, outcome, resolution, resource)

    def _group(self, uow: UnitOfWork, name: str, plains: dict[Ref, _Plain]) -> list[tuple[Job, Verdict]]:
        """Leave out whatever changed since the snapshot, or that somebody waits for; write the rest."""
        refs = list(plains)
        versions = uow.records.versions_of(refs)
        revisions = uow.sync_states.revisions(name, refs)
        pairs = [(plain.resource, plain.outcome.external_id or "") for plain in plains.values()]
        taken = uow.cross_references.to_internal(name, pairs)
        bound = uow.cross_references.to_external(name, refs)
        awaited = {(item.wait_entity, item.wait_id) for item in uow.deliveries.waiting_on(name, refs)}
        chosen = [
            plain
            for ref, plain in plains.items()
            if versions.get(ref) == plain.job.delivery.pinned_version
            and revisions.get(ref, 0) == plain.snapshot.sync.revision
            and ref not in awaited
            and taken.get((plain.resource, plain.outcome.external_id or ""), ref) == ref
            and bound[ref].get(plain.resource, plain.outcome.external_id) == plain.outcome.external_id
        ]
        self._write(uow, name, chosen)
        return [(plain.job, _COMPLETED) for plain in chosen]

    def _write(self, uow: UnitOfWork, name: str, chosen: Sequence[_Plain]) -> None:
        new = [(plain.resource, plain.new_binding, plain.snapshot.ref) for plain in chosen]
        uow.cross_references.bind_new(name, [(one, two, ref) for one, two, ref in new if two is not None])
        uow.sync_states.put_all([self._state(plain) for plain in chosen])
        bound = [plain for plain in chosen if plain.new_binding is not None]
        if self.planner.naming(uow, name, [plain.snapshot.ref for plain in bound]):
            for plain in bound:
                delivery = plain.job.delivery
                cause = Cause(name, delivery.correlation_id, delivery.message_id, delivery.hop + 1)
                self.planner.bound(uow, name, [plain.snapshot.ref], cause)

    def _state(self, plain: _Plain) -> SyncState:
        sync, merge = plain.snapshot.sync, plain.resolution.merge
        stamps: dict[str, Any] = dict(merge.stamps)
        stamp = plain.outcome.view.stamp if plain.outcome.view is not None else None
        if stamp is not None:
            stamps |= dict.fromkeys(plain.job.delivery.pin["changes"], stamp)
        return SyncState(
            plain.snapshot.back_office,
            *plain.snapshot.ref,
            presence=Presence.BOUND,
            sent_version=max(sync.sent_version, plain.job.delivery.pinned_version or 0),
            base={path: value for path, value in merge.base.items() if value is not None},
            stamps=stamps,
            disputes=dict(merge.disputes),
            revision=sync.revision,
        )


_COMPLETED = Verdict(State.COMPLETED, outcome="completed", answered=True)
