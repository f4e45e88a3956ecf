"""Pinning: what is fixed for every attempt, committed before the first byte leaves (RULES 4 and 9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import uuid4

from backhaul.delivery.handler import Handler, Job, Pin, Step
from backhaul.delivery.settlement import supersede
from backhaul.store.unit_of_work import UnitOfWork


def first_pin(uow: UnitOfWork, handler: Handler, job: Job, pin: Pin) -> None:
    """Fix version and bytes of a first attempt, and end the deliveries that it covers."""
    job.delivery.pin, job.delivery.pinned_version = pin.content, pin.version
    handler.pinned(uow, job, pin)
    covered, interactive = supersede(uow, job.delivery, pin.covers)
    if covered:
        uow.lanes.leave(job.lane.id, covered, interactive)


def start_attempts(uow: UnitOfWork, handler: Handler, jobs: Sequence[Job], owner: str) -> None:
    """Record the attempts that are about to be made, with the batches in which they travel."""
    for job in jobs:
        job.number = job.delivery.attempts + 1
        job.step = Step.CALL
    _batch(uow, handler, jobs)
    uow.deliveries.pin([_pin_row(job) for job in jobs])
    uow.attempts.start(
        [{"delivery_id": job.delivery.id, "number": job.number, "kind": job.kind} for job in jobs], owner
    )


def _batch(uow: UnitOfWork, handler: Handler, jobs: Sequence[Job]) -> None:
    """Group what travels together; name and members are committed with the pins."""
    groups: dict[tuple[str, str], list[Job]] = defaultdict(list)
    for job in jobs:
        if job.delivery.batch is not None and job.kind == "send":
            job.batch = job.delivery.batch
        elif handler.batch_of(job) > 1:
            groups[job.lane.backoffice, job.delivery.entity].append(job)
    for (backoffice, entity), members in groups.items():
        size = handler.batch_of(members[0])
        for start in range(0, len(members), size):
            part = members[start : start + size]
            name = f"{backoffice}-{entity}-{uuid4().hex[:12]}"
            uow.ledger.add_batch(name, backoffice, entity, [job.delivery.id for job in part])
            for job in part:
                job.batch = name


def _pin_row(job: Job) -> dict[str, object]:
    delivery = job.delivery
    return {
        "delivery": delivery.id,
        "new_pin": delivery.pin,
        "new_version": delivery.pinned_version,
        "number": job.number,
        "new_batch": job.batch,
    }
