"""Settling: from the answer of an attempt to the verdict on its delivery (RULES 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backhaul.delivery.backoff import Backoff
from backhaul.delivery.handler import Job
from backhaul.delivery.health import Trouble
from backhaul.delivery.verdict import Verdict, Wait
from backhaul.processes.answer import Answer, Matched, Probed
from backhaul.processes.landscape import Landscape
from backhaul.processes.merging_in import Incorporation
from backhaul.processes.pinned import change_of
from backhaul.sdk.capability import Role
from backhaul.sdk.errors import ConflictError, Scope
from backhaul.sdk.invocation import Invocation
from backhaul.sdk.outcome import Accepted, Completed, NotNow, Refused, Rejected, Unknown, Unmappable
from backhaul.sdk.repeat import Change, Repeat
from backhaul.sdk.settings import AdapterSettings, DeadPolicy
from backhaul.store.backoffice_states import Health
from backhaul.store.deliveries import Delivery
from backhaul.store.delivery_state import State, WaitKind
from backhaul.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Settling:
    """Decides what happens next; what changes here is written by Incorporation."""

    landscape: Landscape
    incorporation: Incorporation

    def settle(self, uow: UnitOfWork, job: Job) -> Verdict:
        """Apply an answer. Raises Redo when the record changed since the merge was worked out."""
        answer: Answer = job.result
        match answer.outcome:
            case Completed() as outcome:
                return self._completed(uow, job, answer, outcome)
            case Probed() as probed:
                return self._probed(uow, job, answer, probed)
            case Matched() as matched:
                return self._matched(uow, job, answer, matched)
            case Accepted() as accepted:
                return self._accepted(uow, job, accepted)
            case Rejected() as rejected:
                return self._final(job, State.REJECTED, rejected.code, rejected.text)
            case Unmappable() as unmappable:
                return self._final(job, State.UNMAPPABLE, unmappable.path, unmappable.text)
            case NotNow() as not_now:
                return self._not_now(uow, job, not_now)
            case Refused() as refused:
                trouble = Trouble(Health.REFUSED, refused.text)
                return self._backing_off(job, "refused", refused.text, uow.now, trouble=trouble)
            case Unknown() as unknown:
                return self._unknown(uow, job, unknown.text)

    # ---- the system said yes ----------------------------------------------------------------------------

    def _completed(self, uow: UnitOfWork, job: Job, answer: Answer, outcome: Completed) -> Verdict:
        delivery = job.delivery
        change = change_of(delivery)
        bindings = dict(outcome.bindings)
        if change is not Change.DELETE:
            external_id = outcome.external_id or self._addressed_by_our_id(job)
            if external_id:
                bindings[self._resource(job)] = external_id
        self.incorporation.completed(uow, job, answer.resolution, bindings, self._stamp(outcome))
        bound = change is not Change.CREATE or self._resource(job) in {**job.work.bindings, **bindings}
        failed = outcome.unusable or (None if bound else "the reply names no id of the new object")
        return Verdict(
            State.COMPLETED,
            "merge_failed" if failed else None,
            failed,
            outcome="completed",
            awakes=(delivery.ref,) if bound else (),
            answered=True,
            values={"merge_failed": bool(failed)},
        )

    def _stamp(self, outcome: Completed) -> Any:
        return outcome.view.stamp if outcome.view is not None else None

    def _resource(self, job: Job) -> str:
        return self._invocation(job).resource(job.delivery.entity) or job.delivery.entity

    def _addressed_by_our_id(self, job: Job) -> str | None:
        capability = self._invocation(job).capabilities.get(Role.SENDS, job.delivery.entity)
        if capability is not None and capability.repeat is Repeat.OUR_ID:
            return job.delivery.record_id
        return None

    def _probed(self, uow: UnitOfWork, job: Job, answer: Answer, probed: Probed) -> Verdict:
        delivery, found = job.delivery, probed.found
        if found is None and change_of(delivery) is not Change.UPDATE:
            text = "it is not there: it is sent again with its batch"
            return Verdict(
                State.BACKING_OFF, "probed", text, hold_until=uow.now, outcome="not_found", answered=True
            )
        if found is None or found.deleted:
            text = "the object is not there any more"
            return self._final(job, State.REJECTED, "gone", text)
        if change_of(delivery) is not Change.UPDATE:
            bindings = {**found.bindings, self._resource(job): found.external_id}
            self.incorporation.completed(uow, job, answer.resolution, bindings, found.stamp)
            text = "a probe found what was sent"
            return Verdict(
                State.COMPLETED, "probed", text, outcome="found", awakes=(delivery.ref,), answered=True
            )
        self.incorporation.read(uow, job, answer.resolution, {}, converge=True)
        text = "its outcome is unknown; the object was read and merged, and what still differs is sent anew"
        return Verdict(State.REPLACED, "probed", text, outcome="found", awakes=(delivery.ref,), answered=True)

    def _matched(self, uow: UnitOfWork, job: Job, answer: Answer, matched: Matched) -> Verdict:
        found = matched.found
        bindings = {**found.bindings, self._resource(job): found.external_id}
        self.incorporation.read(uow, job, answer.resolution, bindings, converge=True)
        text = f"it exists there already as {found.external_id}: bound, and what differs is sent as an update"
        return Verdict(State.REPLACED, "matched", text, awakes=(job.delivery.ref,), answered=True)

    def _accepted(self, uow: UnitOfWork, job: Job, accepted: Accepted) -> Verdict:
        uow.ledger.add_ticket(job.lane.backoffice, accepted.ticket, job.delivery.id)
        deadline = uow.now + self._settings(job).accepted_limit
        text = f"taken there; the result comes later under {accepted.ticket}"
        values = {"pin": {**job.delivery.pin, "sent": True}}
        return Verdict(
            State.ACCEPTED, None, text, outcome="accepted", answered=True, deadline=deadline, values=values
        )

    # ---- no, not now, nobody knows ----------------------------------------------------------------------

    def _final(self, job: Job, state: State, code: str, text: str) -> Verdict:
        """A business no, or nothing that could be sent: parked; the lane goes on."""
        return Verdict(state, code, text, outcome=state.value, awakes=(job.delivery.ref,), answered=True)

    def _not_now(self, uow: UnitOfWork, job: Job, outcome: NotNow) -> Verdict:
        if outcome.scope is Scope.BACK_OFFICE:
            health = Health.THROTTLED if outcome.retry_after is not None else Health.DOWN
            trouble = Trouble(health, outcome.text, outcome.retry_after)
            return self._backing_off(
                job, "not_now", outcome.text, uow.now, trouble=trouble, sent=outcome.sent
            )
        faults = job.delivery.faults + 1
        if faults >= self._settings(job).attempts:
            return self._dead(job, outcome.text, faults)
        wait = self._backoff(job).after(faults, outcome.retry_after)
        return self._backing_off(
            job, "not_now", outcome.text, uow.now + wait, sent=outcome.sent, faults=faults
        )

    def _backing_off(
        self,
        job: Job,
        outcome: str,
        text: str,
        until: float,
        *,
        trouble: Trouble | None = None,
        sent: bool = False,
        faults: int | None = None,
    ) -> Verdict:
        """Proven unsent: it stays at the head. While nothing was ever sent, it is rendered afresh."""
        delivery = job.delivery
        values: dict[str, Any] = {"faults": delivery.faults if faults is None else faults}
        state = State.BACKING_OFF
        if delivery.pinned and job.kind == "probe":
            state = State.UNKNOWN
        elif delivery.pinned and not sent and not delivery.pin["sent"]:
            values |= {"pin": None, "pinned_version": None}
        elif delivery.pinned:
            values["pin"] = {**delivery.pin, "sent": True}
        return Verdict(
            state, outcome, text, hold_until=until, outcome=outcome, trouble=trouble, values=values
        )

    def _dead(self, job: Job, text: str, faults: int) -> Verdict:
        reason = f"{faults} attempts failed, the last with: {text}"
        parks = self._settings(job).dead_lane is DeadPolicy.PARK
        return Verdict(
            State.DEAD,
            "attempts",
            reason,
            outcome="dead",
            awakes=(job.delivery.ref,),
            park_lane=f"delivery {job.delivery.id} is dead: {reason}" if parks else None,
            values={"faults": faults},
        )

    def _unknown(self, uow: UnitOfWork, job: Job, text: str) -> Verdict:
        """Wait until no request can be executed any more, then probe; at last a person decides."""
        delivery = job.delivery
        faults = delivery.faults + 1
        until = uow.now + self._settings(job).settle_after
        pin = {**delivery.pin, "sent": True}
        values = {"faults": faults, "settle_until": until, "pin": pin}
        if faults >= self._settings(job).attempts:
            wait = Wait(WaitKind.PERSON, delivery.entity, delivery.record_id, None)
            reason = f"{text} (after {faults} faults). Look there, then settle it as done or not done."
            return Verdict(State.UNKNOWN, "person", reason, outcome="unknown", wait=wait, values=values)
        return Verdict(State.UNKNOWN, "unknown", text, hold_until=until, outcome="unknown", values=values)

    # ---- without an answer ------------------------------------------------------------------------------

    def postponed(self, uow: UnitOfWork, job: Job) -> Verdict:
        """The lease was too short to call: nothing was sent, nothing counted."""
        return self._backing_off(job, "lease", "the lease ended before the call", uow.now)

    def failed(self, uow: UnitOfWork, job: Job, error: Exception) -> Verdict:
        """A defect of a step. What the system said yes to is never sent again."""
        text = f"{type(error).__name__}: {error}"
        answer = job.result
        outcome = answer.outcome if isinstance(answer, Answer) else answer
        if job.number == 0:
            return Verdict(State.UNMAPPABLE, "defect", text, awakes=(job.delivery.ref,))
        if isinstance(outcome, Completed | Probed) and isinstance(error, ConflictError):
            return Verdict(State.REJECTED, "bind_conflict", text, outcome="completed", answered=True)
        if isinstance(outcome, Completed):
            self.incorporation.completed(uow, job, None, {}, None)
            values = {"merge_failed": True}
            return Verdict(
                State.COMPLETED,
                "merge_failed",
                text,
                outcome="completed",
                answered=True,
                values=values,
                awakes=(job.delivery.ref,) if job.work.bindings else (),
            )
        return self._unknown(uow, job, text)

    def overdue(self, uow: UnitOfWork, delivery: Delivery) -> Verdict:
        """A wait past its deadline parks; an accepted send is unknown then."""
        if delivery.state is State.ACCEPTED:
            settings = self.landscape.invocation(delivery.backoffice).settings
            until = uow.now + settings.settle_after
            text = "its answer did not come in time"
            return Verdict(State.UNKNOWN, "overdue", text, hold_until=until, values={"settle_until": until})
        reason = f"{delivery.reason or 'it waited'} — and its time has passed"
        return Verdict(State.DEAD, "wait_deadline", reason, awakes=(delivery.ref,))

    def _invocation(self, job: Job) -> Invocation:
        return self.landscape.invocation(job.lane.backoffice)

    def _settings(self, job: Job) -> AdapterSettings:
        settings: AdapterSettings = self._invocation(job).settings
        return settings

    def _backoff(self, job: Job) -> Backoff:
        settings = self._settings(job)
        return Backoff(settings.backoff, settings.backoff_limit)
