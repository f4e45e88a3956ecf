"""Preparing claimed deliveries: the guards before a first attempt, and what an old pin needs next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from backhaul.delivery.handler import Job, Step
from backhaul.delivery.settlement import supersede
from backhaul.delivery.verdict import Verdict, Wait
from backhaul.entities import Key, Record
from backhaul.processes.landscape import Landscape
from backhaul.processes.planning import Cause, Planner
from backhaul.processes.snapshot import Snapshot, SnapshotLoader
from backhaul.sdk.capability import Role
from backhaul.sdk.errors import BackhaulError
from backhaul.sdk.repeat import Repeat
from backhaul.store.deliveries import Delivery
from backhaul.store.delivery_state import PARKED, Action, State, WaitKind
from backhaul.store.lanes import ClaimedLane
from backhaul.store.records import Ref
from backhaul.store.sync_states import Presence
from backhaul.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Preparation:
    """Decides, in the dispatcher's transaction, what each claimed delivery needs next."""

    landscape: Landscape
    planner: Planner

    def prepare(self, uow: UnitOfWork, heads: Sequence[tuple[ClaimedLane, Delivery]]) -> list[Job | Verdict]:
        """One decision per head, in their order."""
        by_office: dict[str, list[Ref]] = defaultdict(list)
        for _, delivery in heads:
            by_office[delivery.backoffice].append(delivery.ref)
        loader = SnapshotLoader(self.landscape)
        snapshots: dict[tuple[str, Ref], Snapshot] = {}
        for name, refs in by_office.items():
            try:
                loaded = loader.load(uow, name, refs)
            except (BackhaulError, ValueError):
                loaded = {}  # one unreadable record: each is loaded alone, so that it spoils no other
            snapshots |= {(name, ref): snapshot for ref, snapshot in loaded.items()}
        return [self._one(uow, lane, delivery, snapshots) for lane, delivery in heads]

    def _one(
        self,
        uow: UnitOfWork,
        lane: ClaimedLane,
        delivery: Delivery,
        snapshots: dict[tuple[str, Ref], Snapshot],
    ) -> Job | Verdict:
        snapshot = snapshots.get((delivery.backoffice, delivery.ref))
        if snapshot is None:
            try:
                loaded = SnapshotLoader(self.landscape).load(uow, delivery.backoffice, [delivery.ref])
            except (BackhaulError, ValueError) as error:
                return Verdict(State.UNMAPPABLE, "record", f"The stored record cannot be read: {error}")
            snapshot = loaded[delivery.ref]
        job = Job(delivery, lane, Step.RENDER, snapshot)
        if delivery.pinned and delivery.state is State.PENDING:
            # Resubmitted as it was: its bytes are fixed, and it was never attempted.
            job.step = Step.CALL
        elif delivery.pinned:
            return self._pinned(uow, job, snapshot)
        return self._first(uow, job, snapshot) or job

    # ---- deliveries that were attempted before ----------------------------------------------------------

    def _pinned(self, uow: UnitOfWork, job: Job, snapshot: Snapshot) -> Job | Verdict:
        delivery = job.delivery
        job.step = Step.CALL
        if delivery.state is State.IN_FLIGHT:
            # A lease that ended without an outcome: nobody knows whether the request left.
            settings = self.landscape.invocation(delivery.backoffice).settings
            until = uow.now + settings.settle_after
            text = "the worker ended without an outcome"
            # It may have left, so no later attempt may say anything else under this message id.
            pin = {**delivery.pin, "sent": True}
            values = {"settle_until": until, "faults": delivery.faults + 1, "pin": pin}
            uow.attempts.end(delivery.id, delivery.attempts, "unknown", text)
            return Verdict(State.UNKNOWN, "lease", text, hold_until=until, values=values)
        if delivery.state is State.UNKNOWN:
            return self._unknown(job, snapshot)
        return job

    def _unknown(self, job: Job, snapshot: Snapshot) -> Job | Verdict:
        """After `settle_after`: probe; without a probe repeat if that is safe; else a person decides."""
        delivery = job.delivery
        invocation = self.landscape.invocation(snapshot.back_office)
        if invocation.can(Role.PROBES, delivery.entity):
            job.kind = "probe"
            return job
        role = Role.DELETES if delivery.action is Action.DELETE else Role.SENDS
        repeat = invocation.capability(role, delivery.entity).repeat
        # Two commands may look the same, so that a natural key tells nothing of them (RULES 8).
        if repeat is not Repeat.NONE and (delivery.action, repeat) != (Action.COMMAND, Repeat.NATURAL_KEY):
            return job
        wait = Wait(WaitKind.PERSON, delivery.entity, delivery.record_id, None)
        reason = (
            f"{delivery.reason or 'No answer'}. The system has no probe and no safe repetition: look there, "
            "then settle this delivery as done or not done."
        )
        return Verdict(State.UNKNOWN, "person", reason, wait=wait)

    # ---- first attempts ---------------------------------------------------------------------------------

    def _first(self, uow: UnitOfWork, job: Job, snapshot: Snapshot) -> Verdict | None:
        """Why nothing is called now, or None to go on; `job.delivery` may take an earlier one's place."""
        delivery = job.delivery
        if delivery.not_after is not None and delivery.not_after <= uow.now:
            return Verdict(State.EXPIRED, "not_after", "its time had passed before the first attempt")
        return (
            self._gone(delivery, snapshot)
            or self._guarded(uow, delivery, snapshot)
            or self._never_there(delivery, snapshot)
            or self._children(uow, delivery)
            or self._outdated(delivery, snapshot)
            or self._needs(uow, delivery, snapshot)
        )

    def _gone(self, delivery: Delivery, snapshot: Snapshot) -> Verdict | None:
        if delivery.action is Action.SAVE and snapshot.record is None:
            return Verdict(State.SKIPPED, "deleted", "the record was deleted here", awakes=(delivery.ref,))
        return None

    def _never_there(self, delivery: Delivery, snapshot: Snapshot) -> Verdict | None:
        """Known only when nothing of the record is on its way any more."""
        bound = bool(snapshot.bindings)
        if delivery.action is Action.DELETE and not bound and snapshot.sync.presence is Presence.ABSENT:
            text = "it never reached this back office"
            return Verdict(State.SKIPPED, "unbound", text, awakes=(delivery.ref,))
        return None

    def _children(self, uow: UnitOfWork, delivery: Delivery) -> Verdict | None:
        """What needs this record there and is being deleted as well goes first (RULES 1)."""
        if delivery.action is not Action.DELETE:
            return None
        key = Key(f"@{delivery.entity}", delivery.record_id, strong=False)
        for capability in self.landscape.invocation(delivery.backoffice).capabilities:
            if capability.role is not Role.SENDS or delivery.entity not in _names(capability.needs):
                continue
            child = capability.entity.entity
            refs = [(child, found) for found in uow.records.by_keys(child, [key])]
            for other in chain.from_iterable(uow.deliveries.open_of(delivery.backoffice, refs).values()):
                if other.action is Action.DELETE and other.ref != delivery.ref:
                    reason = f"{other.entity} {other.record_id} is deleted there first"
                    return self._wait(uow, delivery, WaitKind.RECORD, other.ref, reason)
        return None

    def _guarded(self, uow: UnitOfWork, delivery: Delivery, snapshot: Snapshot) -> Verdict | None:
        """One record, one unsettled send: what is unknown, accepted or unbound makes the next one wait."""
        if delivery.action is Action.COMMAND:
            return None  # each is an order of its own: it waits for nothing but its parent (RULES 3)
        capability = self.landscape.invocation(snapshot.back_office).capabilities.get(
            Role.SENDS, delivery.entity
        )
        in_order = capability is not None and capability.in_order
        for other in snapshot.open:
            if other.id == delivery.id:
                continue
            blocks = other.state is State.UNKNOWN or (other.state is State.ACCEPTED and not in_order)
            if blocks or (other.pinned and other.state is not State.ACCEPTED and other.seq < delivery.seq):
                return self._wait(
                    uow, delivery, WaitKind.RECORD, delivery.ref, f"delivery {other.id} is {other.state}"
                )
            if other.id < delivery.id and other.state is State.WAITING and _overtakes(delivery, other):
                self._overtake(uow, delivery, other)
        if snapshot.sync.presence is Presence.EXISTING:
            text = "it exists there, but its id is not known yet"
            return self._wait(uow, delivery, WaitKind.RECORD, delivery.ref, text)
        return None

    def _overtake(self, uow: UnitOfWork, delivery: Delivery, waiting: Delivery) -> None:
        """A save at the head takes the place of an earlier one of its record that still waits."""
        supersede(uow, delivery, (waiting.id,))
        if waiting.lane_id == delivery.lane_id and waiting.seq < delivery.seq:
            uow.deliveries.swap_places(delivery, waiting)
            delivery.seq = waiting.seq
        delivery.deadline = waiting.deadline

    def _outdated(self, delivery: Delivery, snapshot: Snapshot) -> Verdict | None:
        if delivery.payload == "frozen" and delivery.action is Action.SAVE:
            sent = snapshot.sync.sent_version
            if delivery.version < sent:
                return Verdict(State.SUPERSEDED, "version", f"version {sent} was sent already")
        return None

    def _needs(self, uow: UnitOfWork, delivery: Delivery, snapshot: Snapshot) -> Verdict | None:
        """A record that is needed there first is enqueued once, on its own lane; this one steps aside."""
        if snapshot.record is None or delivery.action is Action.DELETE:
            return None
        parent = self._unbound_parent(delivery, snapshot)
        if parent is None:
            return None
        stored = uow.records.get(*parent)
        if stored is None or stored.deleted:
            fate = "was deleted" if stored else "does not exist"
            text = f"It needs {parent[0]} {parent[1]}, which {fate} here."
            return Verdict(State.REJECTED, "parent_missing", text, awakes=(delivery.ref,))
        reason = self._parent_state(uow, delivery, stored.typed(self.landscape.entities))
        return self._wait(uow, delivery, WaitKind.PARENT, parent, reason)

    def _unbound_parent(self, delivery: Delivery, snapshot: Snapshot) -> Ref | None:
        invocation = self.landscape.invocation(snapshot.back_office)
        capability = invocation.capabilities.get(Role.SENDS, delivery.entity)
        needed = _names(capability.needs) if capability is not None else set()
        assert snapshot.record is not None  # noqa: S101  (checked by the caller)
        for reference in snapshot.references:
            if reference.entity not in needed or (reference.entity, reference.id) == delivery.ref:
                continue
            resource = invocation.resource(reference.entity) or reference.entity
            if (resource, reference.entity, reference.id) not in snapshot.context.external_ids:
                return reference.entity, reference.id
        return None

    def _parent_state(self, uow: UnitOfWork, delivery: Delivery, parent: Record) -> str:
        """Enqueue the parent unless it is on its way; a rejected parent shows on the waiting child."""
        ref = (parent.entity, parent.id)
        name = delivery.backoffice
        what = f"{parent.entity} {parent.id}"
        if uow.deliveries.open_of(name, [ref])[ref]:
            return f"{what} is on its way there"
        last = uow.deliveries.last_of(name, ref)
        if last is not None and last.state in PARKED:
            return f"{what} is parked there ({last.state}: {last.reason})"
        if uow.sync_states.get(name, ref).presence is Presence.EXISTING:
            return f"{what} exists there, but its id is not known yet"
        cause = Cause(
            "parent", delivery.correlation_id, delivery.message_id, delivery.hop, delivery.interactive
        )
        if not self.planner.parent(uow, name, parent, cause):
            return f"{what} is not sent to {name} by any capability; bind it by hand ('backhaul xref import')"
        return f"{what} was enqueued first"

    def _wait(self, uow: UnitOfWork, delivery: Delivery, kind: WaitKind, on: Ref, reason: str) -> Verdict:
        limit = self.landscape.invocation(delivery.backoffice).settings.wait_limit
        deadline = delivery.deadline or uow.now + limit
        wait = Wait(kind, on[0], on[1], deadline)
        return Verdict(State.WAITING, kind.value, f"waits: {reason}", wait=wait)

    def refresh(self, uow: UnitOfWork, job: Job, also: frozenset[tuple[str, str]]) -> None:
        """Another snapshot, with the external ids that the first merge missed."""
        old: Snapshot = job.work
        fresh = SnapshotLoader(self.landscape).load(
            uow, old.back_office, [old.ref], also=also | old.looked_up
        )
        job.work = replace(fresh[old.ref])


def _names(types: Iterable[type[Record]]) -> set[str]:
    return {one.entity for one in types}


def _overtakes(later: Delivery, earlier: Delivery) -> bool:
    return earlier.absorbable and later.action is Action.SAVE and earlier.process == later.process


def covers(delivery: Delivery, snapshot: Snapshot) -> tuple[int, ...]:
    """The later saves of the same record that this first attempt carries already.

    Attempted, frozen and delete deliveries are barriers: what comes after one is not covered.
    """
    if delivery.action is not Action.SAVE or delivery.payload != "latest":
        return ()
    found: list[int] = []
    for other in sorted(snapshot.open, key=lambda item: item.seq):
        if other.seq <= delivery.seq:
            continue
        if not other.absorbable or other.process != delivery.process:
            break
        found.append(other.id)
    return tuple(found)
