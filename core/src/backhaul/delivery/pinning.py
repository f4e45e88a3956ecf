"""Pinning: what is fixed for every attempt, committed before the first byte leaves (RULES 4 and 9)."""

from __future__ import annotations

from collections.abc import Sequence

from backhaul.delivery.batches import name_batches
from backhaul.delivery.handler import Handler, Job, Pin, Step
from backhaul.delivery.settlement import supersede
from backhaul.store.unit_of_work import UnitOfWork


def first_pin(uow: UnitOfWork, handler: Handler, job: Job, pin: Pin) -> None:
    """Fix version and bytes of a first attempt, and end the deliveries that it covers."""
    job.delivery.pin, job.delivery.pinned_version = pin.content, pin.version
    job.delivery.batch = None  # of bytes that were dropped because they never left
    handler.pinned(uow, job, pin)
    covered, interactive = supersede(uow, job.delivery, pin.covers)
    if covered:
        uow.lanes.leave(job.lane.id, covered, interactive)


def start_attempts(uow: UnitOfWork, handler: Handler, jobs: Sequence[Job], owner: str) -> None:
    """Record the attempts that are about to be made, with the batches in which they travel."""
    for job in jobs:
        job.number = job.delivery.attempts + 1
        job.step = Step.CALL
    name_batches(uow, handler, jobs)
    uow.deliveries.pin([_pin_row(job) for job in jobs])
    uow.attempts.start(
        [{"delivery_id": job.delivery.id, "number": job.number, "kind": job.kind} for job in jobs], owner
    )


def _pin_row(job: Job) -> dict[str, object]:
    delivery = job.delivery
    return {
        "delivery": delivery.id,
        "new_pin": delivery.pin,
        "new_version": delivery.pinned_version,
        "number": job.number,
        # A probe is made alone, and does not end what its delivery was sent with.
        "new_batch": job.batch or delivery.batch,
    }
