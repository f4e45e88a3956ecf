"""Send: what the delivery engine drives. Snapshots in, verdicts out (RULES 4 and 5)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from backhaul.delivery.backoff import Backoff
from backhaul.delivery.crew import LeaseLostError
from backhaul.delivery.handler import Job, JobBinder, Pin, Step
from backhaul.delivery.verdict import Verdict
from backhaul.processes.announcement import Announcements
from backhaul.processes.answer import Answer, Matched, Probed
from backhaul.processes.landscape import Landscape
from backhaul.processes.merging_in import Incorporation
from backhaul.processes.pinned import change_of, envelope, pinned_send, sent_fields
from backhaul.processes.plain_settling import PlainSettling
from backhaul.processes.planning import Planner
from backhaul.processes.preparation import Preparation
from backhaul.processes.rendering import Rendering
from backhaul.processes.resolution import Merger, Resolution
from backhaul.processes.settling import Settling
from backhaul.processes.snapshot import Snapshot, SnapshotLoader
from backhaul.sdk.call import Binder
from backhaul.sdk.capability import Role
from backhaul.sdk.classification import classify
from backhaul.sdk.errors import BackhaulError, ErrorContext
from backhaul.sdk.invocation import Invocation
from backhaul.sdk.mapping.difference import advance
from backhaul.sdk.outcome import Completed, Outcome, Rejected, View
from backhaul.sdk.repeat import Change, Repeat, Stamps
from backhaul.sdk.written import WriteWatch
from backhaul.store.deliveries import Delivery
from backhaul.store.delivery_state import PARKED, Action, WaitKind
from backhaul.store.lanes import ClaimedLane
from backhaul.store.unit_of_work import UnitOfWork

_log = logging.getLogger(__name__)


class SendHandler:
    """The Handler of records: prepares, renders, calls, merges and settles sends of any entity."""

    def __init__(self, landscape: Landscape, announcements: Announcements) -> None:
        self.landscape = landscape
        self.planner = Planner(landscape)
        self._preparation = Preparation(landscape, self.planner)
        self._rendering = Rendering(landscape)
        self._merger = Merger(landscape)
        self._settling = Settling(landscape, Incorporation(landscape, self.planner, announcements))
        self._plain = PlainSettling(landscape, self.planner)
        self._announcements = announcements

    def prepare(self, uow: UnitOfWork, heads: Sequence[tuple[ClaimedLane, Delivery]]) -> list[Job | Verdict]:
        """Guards, parents, old pins; see Preparation."""
        return self._preparation.prepare(uow, heads)

    def render(self, job: Job) -> Pin | Verdict | None:
        """Match, map, hooks; see Rendering. A match is an answer: bound and merged, not created again."""
        try:
            matched = self._rendering.match(job)
        except BackhaulError as error:
            job.result = Answer(classify(error, WriteWatch(), self._context(job)))
            return None
        if isinstance(matched, Verdict):
            return matched
        if matched is not None:
            job.result = Answer(Matched(matched))
            return None
        return self._rendering.render(job)

    def batch_of(self, job: Job) -> int:
        """The batch size that the adapter declares for the entity; a deletion is a call of its own."""
        if job.delivery.action is Action.DELETE:
            return 1
        capability = self._invocation(job).capabilities.get(Role.SENDS, job.delivery.entity)
        return capability.batch if capability is not None and job.kind == "send" else 1

    def repeats_whole(self, job: Job) -> bool:
        """Only where the system knows what it was sent before; else only what is missing there is sent."""
        capability = self._invocation(job).capabilities.get(Role.SENDS, job.delivery.entity)
        return capability is not None and capability.repeat is not Repeat.NONE

    def passengers(self, uow: UnitOfWork, job: Job, others: Sequence[Delivery]) -> list[Job]:
        """Members that were settled by themselves, with the bytes that they were sent as."""
        refs = [other.ref for other in others]
        snapshots = SnapshotLoader(self.landscape).load(uow, job.lane.backoffice, refs)
        return [
            Job(other, job.lane, Step.CALL, snapshots[other.ref], batch=other.batch, passenger=True)
            for other in others
        ]

    def pinned(self, uow: UnitOfWork, job: Job, pin: Pin) -> None:
        """Nothing to note: `sent_version` moves when the outcome is known or the attempt may have left."""

    def bind(self, uow: UnitOfWork, job: Job, resource: str, external_id: str) -> None:
        """A binding from the middle of a call, committed before its next step."""
        snapshot: Snapshot = job.work
        uow.cross_references.bind(snapshot.back_office, resource, external_id, snapshot.ref)

    def call(self, jobs: Sequence[Job], bind: JobBinder) -> list[Any]:
        """One exchange; a batch goes out in one call."""
        invocation = self._invocation(jobs[0])
        if self.batch_of(jobs[0]) > 1:
            binders: list[Binder] = [_binder(job, bind) for job in jobs]
            return list(invocation.send_batch([pinned_send(job) for job in jobs], binders.__getitem__))
        return [self._call(invocation, job, bind) for job in jobs]

    def _call(self, invocation: Invocation, job: Job, bind: JobBinder) -> Outcome | Probed:
        pinned = pinned_send(job)
        if job.kind == "probe":
            try:
                found = invocation.probe(pinned)
            except Exception as error:  # noqa: BLE001  (a probe that fails proves nothing)
                return classify(error, WriteWatch(), self._context(job))
            gone = found is None or found.deleted
            if change_of(job.delivery) is Change.DELETE:
                if gone:
                    return Completed()
            elif not gone or change_of(job.delivery) is Change.UPDATE:
                return Probed(found)
            if self.batch_of(replace(job, kind="send")) > 1:
                return Probed(None)  # it goes with its batch, under a name that is committed first
            job.kind = "send"  # proven not there: repeat the same bytes under the same message id
        outcome = invocation.send(pinned, _binder(job, bind))
        return self._read_back(invocation, job, outcome)

    def _read_back(self, invocation: Invocation, job: Job, outcome: Outcome) -> Outcome:
        """Read what a reply left out: the id of a new object, the stamp of a stamping system."""
        entity = job.delivery.entity
        if not isinstance(outcome, Completed) or not invocation.can(Role.PROBES, entity):
            return outcome
        pinned = pinned_send(job)
        resource = invocation.schema(Role.SENDS, entity).resource
        external = {resource: outcome.external_id} if outcome.external_id else {}
        bindings = {**pinned.bindings, **outcome.bindings, **external}
        nameless = pinned.change is Change.CREATE and resource not in bindings
        if not nameless and not _unstamped(invocation, pinned.change, outcome):
            return outcome
        external_id, view, unusable = outcome.external_id, None, outcome.unusable
        try:
            found = invocation.probe(replace(pinned, bindings=bindings))
            if found is None:
                return outcome
            external_id = external_id or found.external_id
            bindings = {**outcome.bindings, **found.bindings}
            view = invocation.view(Role.PROBES, entity, found, pinned.envelope)
        except Exception as error:  # noqa: BLE001  (the send itself was said yes to: never again)
            unusable = unusable or f"read-back failed: {error}"
        return Completed(external_id, None if unusable else view, unusable, bindings)

    def merge(self, job: Job) -> None:
        """Work out what the answer changes here."""
        answer = job.result if isinstance(job.result, Answer) else Answer(job.result)
        job.result = answer
        snapshot: Snapshot = job.work
        outcome = answer.outcome
        if isinstance(outcome, Probed):
            answer.resolution = self._probed(job, snapshot, outcome)
        elif isinstance(outcome, Matched):
            answer.resolution = self._matched(job, snapshot, outcome)
        elif isinstance(outcome, Completed):
            answer.resolution = self._completed(job, snapshot, outcome, answer)

    def _completed(
        self, job: Job, snapshot: Snapshot, outcome: Completed, answer: Answer
    ) -> Resolution | None:
        """The base moves to what was sent; the reply is merged over it. A failure only flags the delivery."""
        if snapshot.record is None or outcome.view is None or outcome.unusable:
            return None
        sent = sent_fields(job.delivery)
        base = advance(snapshot.sync.base, sent)
        try:
            echoed = self._merger.echoed(snapshot, outcome.view, base)
            if echoed is not None:
                return echoed
            return self._merger.resolve(snapshot, Role.SENDS, outcome.view, sent=sent, base=base)
        except Exception as error:  # noqa: BLE001  (it said yes: never send again, whatever fails here)
            answer.outcome = Completed(
                outcome.external_id, None, f"{type(error).__name__}: {error}", outcome.bindings
            )
            return None

    def _probed(self, job: Job, snapshot: Snapshot, outcome: Probed) -> Resolution | None:
        """Found: for a create the proof, for an update a read to merge as an inbound message."""
        found = outcome.found
        if found is None or snapshot.record is None or found.deleted:
            return None
        invocation = self._invocation(job)
        sent, change = sent_fields(job.delivery), change_of(job.delivery)
        base = advance(snapshot.sync.base, sent) if change is Change.CREATE else None
        unknown = sent if change is Change.UPDATE else None
        try:
            view: View = invocation.view(Role.PROBES, job.delivery.entity, found, envelope(job.delivery))
            return self._merger.resolve(snapshot, Role.PROBES, view, base=base, unknown=unknown)
        except BackhaulError as error:
            _log.warning("what a probe found of %s %s cannot be read: %s", *snapshot.ref, error)
            return self._merger.unread(snapshot, unknown) if unknown is not None else None

    def _matched(self, job: Job, snapshot: Snapshot, outcome: Matched) -> Resolution | None:
        """Found before the first send: what we have is sent as an update, what we lack is taken."""
        if snapshot.record is None:
            return None
        invocation = self._invocation(job)
        entity = job.delivery.entity
        view: View = invocation.view(Role.FINDS, entity, outcome.found, envelope(job.delivery))
        ours = invocation.ours_received(Role.FINDS, entity, snapshot.record, snapshot.context)
        agreed = {path: value for path, value in view.fields.items() if ours.get(path) is not None}
        return self._merger.resolve(snapshot, Role.FINDS, view, base=agreed)

    def settle_plain(self, uow: UnitOfWork, jobs: Sequence[Job]) -> list[tuple[Job, Verdict]]:
        """Those answers that need no decision, written together; see PlainSettling."""
        return self._plain.settle(uow, jobs)

    def settle(self, uow: UnitOfWork, job: Job) -> Verdict:
        """Apply the answer; see Settling."""
        return self._settling.settle(uow, job)

    def refresh(self, uow: UnitOfWork, job: Job) -> None:
        """Load what changed meanwhile, and the external ids that the merge missed."""
        answer: Answer = job.result
        missing = answer.resolution.missing if answer.resolution is not None else frozenset()
        self._preparation.refresh(uow, job, missing)

    def late(self, uow: UnitOfWork, job: Job) -> Verdict | None:
        """A late yes still binds and completes; a late no still rejects; anything else proves nothing."""
        answer = job.result
        if isinstance(answer, Answer) and isinstance(answer.outcome, Completed | Rejected):
            self._preparation.refresh(uow, job, frozenset())
            self.merge(job)
            return self._settling.settle(uow, job)
        return None

    def failed(self, uow: UnitOfWork, job: Job, error: Exception) -> Verdict:
        """A defect of a step, or a conflict while settling; see Settling."""
        if isinstance(error, LeaseLostError):
            return self._settling.postponed(uow, job)
        return self._settling.failed(uow, job, error)

    def overdue(self, uow: UnitOfWork, delivery: Delivery) -> Verdict:
        """A wait parks; an accepted send without its answer becomes unknown and is probed."""
        return self._settling.overdue(uow, delivery)

    def applied(self, delivery: Delivery, verdict: Verdict) -> None:
        """What a person should look at is alarmed: what is parked, and what could not be used."""
        for_a_person = verdict.wait is not None and verdict.wait.kind is WaitKind.PERSON
        if verdict.state in PARKED or for_a_person or verdict.code == "merge_failed":
            self._announcements.parked(delivery, verdict.state, verdict.reason or verdict.code or "")

    def committed(self) -> None:
        """Tell hooks what was committed."""
        self._announcements.tell()

    def _invocation(self, job: Job) -> Invocation:
        return self.landscape.invocation(job.lane.backoffice)

    def _context(self, job: Job) -> ErrorContext:
        invocation = self._invocation(job)
        delivery = job.delivery
        return ErrorContext(
            invocation.name, f"{job.kind} {delivery.entity}", delivery.correlation_id, invocation.plugin
        )


def _unstamped(invocation: Invocation, change: Change, outcome: Completed) -> bool:
    """Whether a system that stamps its messages answered without a stamp."""
    stamped = invocation.adapter.stamps is not Stamps.NEVER
    known = outcome.view is not None and outcome.view.stamp is not None
    return stamped and not known and not outcome.unusable and change is not Change.DELETE


def _binder(job: Job, bind: JobBinder) -> Binder:
    def commit(resource: str, external_id: str) -> None:
        bind(job, resource, external_id)

    return commit


def backoff_of(invocation: Invocation) -> Backoff:
    """The retry policy that a back office's settings state."""
    return Backoff(invocation.settings.backoff, invocation.settings.backoff_limit)
