"""Applies verdicts: the delivery, its attempt and its lane change together, in one savepoint."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from backhaul.delivery.handler import Handler, Job
from backhaul.delivery.verdict import Verdict
from backhaul.sdk.errors import BackhaulError
from backhaul.store.deliveries import Delivery
from backhaul.store.delivery_state import State
from backhaul.store.records import Ref
from backhaul.store.unit_of_work import UnitOfWork


class FencedError(BackhaulError):
    """Another owner took the lane over; only our own attempt may still be settled."""


def apply(uow: UnitOfWork, job: Job, verdict: Verdict) -> None:
    """Settle a job whose lane we hold. Raises FencedError, with nothing changed, when we do not any more."""
    delivery, lane = job.delivery, job.lane
    held = verdict.state.open and verdict.hold_until is not None
    done, interactive = (0, 0) if held else (1, int(delivery.interactive))
    if held:
        _hold(uow, delivery, verdict)
    elif not (step_aside if verdict.state.open else _settle)(uow, delivery, verdict):
        done, interactive = 0, 0  # an acknowledgement or a person settled it before us, and left the lane
    more, more_interactive = supersede(uow, delivery, verdict.absorbed)
    kept = uow.lanes.release(
        lane.id,
        lane.token,
        done=done + more,
        interactive_done=interactive + more_interactive,
        at=verdict.hold_until,
        tries=lane.attempts + 1 if held else 0,
    )
    if not kept:
        raise FencedError(f"Lane {lane.id} of {lane.backoffice} has another owner.")
    finish_attempt(uow, job, verdict)
    if verdict.park_lane:
        uow.lanes.park(lane.id, verdict.park_lane)


def still_ours(uow: UnitOfWork, jobs: Sequence[Job]) -> list[Job]:
    """The jobs whose lanes we hold and whose deliveries are open, one look-up for all."""
    held = uow.lanes.tokens([job.lane.id for job in jobs])
    opened = uow.deliveries.open_ids([job.delivery.id for job in jobs])
    return [job for job in jobs if held.get(job.lane.id) == job.lane.token and job.delivery.id in opened]


def apply_completed(uow: UnitOfWork, jobs: Sequence[Job], verdict: Verdict) -> None:
    """Settle many jobs that `still_ours` has just named, in the same transaction, with one final verdict."""
    uow.deliveries.settle_all([job.delivery.id for job in jobs], verdict.state)
    uow.lanes.release_all([(job.lane.id, int(job.delivery.interactive)) for job in jobs])
    ends = [(job.delivery.id, job.number) for job in jobs]
    uow.attempts.end_all(ends, verdict.outcome or verdict.state.value)


def apply_late(uow: UnitOfWork, job: Job, verdict: Verdict | None) -> None:
    """Settle the attempt of a job whose lane has another owner, and the delivery if that is proven."""
    finish_attempt(uow, job, verdict)
    if verdict is None or verdict.state.open:
        return
    current = uow.deliveries.get(job.delivery.id)
    if current is None or not _settle(uow, current, verdict):
        return
    if current.runnable:
        uow.lanes.leave(current.lane_id, 1, int(current.interactive))


def apply_aside(uow: UnitOfWork, delivery: Delivery, verdict: Verdict) -> None:
    """Settle a delivery that stands aside (waiting, accepted, parked for a person): it holds no lane."""
    if verdict.state.open:
        uow.deliveries.update(delivery.id, state=verdict.state.value, reason=verdict.reason, **verdict.values)
        return
    if _settle(uow, delivery, verdict) and delivery.runnable:
        uow.lanes.leave(delivery.lane_id, 1, int(delivery.interactive))


def rejoin(uow: UnitOfWork, delivery: Delivery, state: State, *, at: float | None = None) -> None:
    """A delivery that stood aside can run again, under its old sequence; not one that was settled there."""
    joined = uow.deliveries.change(
        delivery.id,
        state=state.value,
        runnable=True,
        wait_kind=None,
        wait_entity=None,
        wait_id=None,
        deadline=None,
    )
    if joined:
        uow.lanes.join(delivery.lane_id, 1, int(delivery.interactive), at=at)


def wake(uow: UnitOfWork, backoffice: str, refs: Iterable[Ref]) -> None:
    """What waits for one of these records at a back office looks again."""
    for waiting in uow.deliveries.waiting_on(backoffice, refs):
        rejoin(uow, waiting, State.PENDING)


def supersede(uow: UnitOfWork, by: Delivery, absorbed: tuple[int, ...]) -> tuple[int, int]:
    """End deliveries that another covers; how many of them (all, interactive) were runnable on its lane."""
    count = interactive = 0
    for delivery_id in absorbed:
        other = uow.deliveries.get(delivery_id)
        if other is None or not other.absorbable:
            continue
        reason = f"covered by delivery {by.id}"
        if uow.deliveries.settle(other.id, State.SUPERSEDED, code=None, reason=reason, linked_to=by.id):
            count += int(other.runnable)
            interactive += int(other.runnable and other.interactive)
    return count, interactive


def finish_attempt(uow: UnitOfWork, job: Job, verdict: Verdict | None) -> None:
    """Close the attempt with its outcome; no attempt, nothing to close."""
    if job.number and (verdict is None or verdict.outcome):
        outcome = verdict.outcome if verdict is not None and verdict.outcome else "late"
        uow.attempts.end(job.delivery.id, job.number, outcome, verdict.reason if verdict else None)


def step_aside(uow: UnitOfWork, delivery: Delivery, verdict: Verdict) -> bool:
    """Wait without holding the lane; False when it was settled meanwhile."""
    wait = verdict.wait
    return uow.deliveries.change(
        delivery.id,
        state=verdict.state.value,
        runnable=False,
        code=verdict.code,
        reason=verdict.reason,
        wait_kind=wait.kind.value if wait else None,
        wait_entity=wait.entity if wait else None,
        wait_id=wait.id if wait else None,
        deadline=wait.deadline if wait else verdict.deadline,
        **verdict.values,
    )


def _hold(uow: UnitOfWork, delivery: Delivery, verdict: Verdict) -> None:
    uow.deliveries.change(
        delivery.id, state=verdict.state.value, code=verdict.code, reason=verdict.reason, **verdict.values
    )


def _settle(uow: UnitOfWork, delivery: Delivery, verdict: Verdict) -> bool:
    return uow.deliveries.settle(
        delivery.id, verdict.state, code=verdict.code, reason=verdict.reason, **verdict.values
    )


def sweep(uow: UnitOfWork, handler: Handler, backoffices: Container[str]) -> None:
    """Settle what stands aside and whose deadline has passed."""
    for delivery in uow.deliveries.overdue():
        if delivery.backoffice not in backoffices:
            continue
        verdict = handler.overdue(uow, delivery)
        if verdict.state is State.UNKNOWN and verdict.wait is None:
            uow.deliveries.update(delivery.id, reason=verdict.reason, **verdict.values)
            rejoin(uow, delivery, State.UNKNOWN, at=verdict.hold_until)
        else:
            apply_aside(uow, delivery, verdict)
        wake(uow, delivery.backoffice, verdict.awakes)
        handler.applied(delivery, verdict)
