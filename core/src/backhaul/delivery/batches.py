"""Batches: what travels in one exchange, under a name that is committed before it is published (RULES 9).

After a crash nobody knows whether the exchange took place. So a batch is repeated whole, with the same
members and under the same name: a system that knows the name, or the messages in it, does nothing twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from backhaul.delivery.handler import Handler, Job
from backhaul.delivery.verdict import Verdict
from backhaul.store.deliveries import Delivery
from backhaul.store.unit_of_work import UnitOfWork

#: A batch whose other members are in work elsewhere is looked at again after so many seconds.
_LOOK_AGAIN = 1.0


@dataclass(slots=True)
class Repeats:
    """Deliveries that are to be sent again: now, or (each with its verdict) when their batch is together.

    `passengers` were settled by themselves: their bytes travel again, their outcome stands.
    """

    now: list[Job] = field(default_factory=list)
    later: list[tuple[Job, Verdict]] = field(default_factory=list)
    passengers: list[Job] = field(default_factory=list)


def name_batches(uow: UnitOfWork, handler: Handler, jobs: Sequence[Job]) -> None:
    """Group first attempts that travel together; names and members are committed with their pins."""
    groups: dict[tuple[str, str], list[Job]] = defaultdict(list)
    for job in jobs:
        if job.kind == "send" and job.delivery.batch is not None:
            job.batch = job.delivery.batch
        elif handler.batch_of(job) > 1:
            groups[job.lane.backoffice, job.delivery.entity].append(job)
    for (backoffice, entity), members in groups.items():
        size = handler.batch_of(members[0])
        for start in range(0, len(members), size):
            part = members[start : start + size]
            name = f"{backoffice}-{entity}-{uuid4().hex[:12]}"
            uow.ledger.add_batch(name, backoffice, entity, sorted(job.delivery.id for job in part))
            for job in part:
                job.batch = name


def lanes_of_the_rest(uow: UnitOfWork, handler: Handler, jobs: Iterable[Job]) -> list[int]:
    """The lanes of everything that travels with these again: to be claimed with them, where they are free."""
    return [
        other.lane_id
        for name, found in _by_batch(handler, jobs).items()
        for other in _others(uow, name, found) or ()
        if _will_come(uow, other)
    ]


def repeats(uow: UnitOfWork, handler: Handler, jobs: Sequence[Job]) -> Repeats:
    """Sort out what goes now: alone, in a batch that is together again, or in a new batch."""
    batches = _by_batch(handler, jobs)
    sorted_out = Repeats([job for job in jobs if not _travels(job)])
    for job in jobs:
        if _travels(job) and job.delivery.batch not in batches:
            _leave(sorted_out, [job])
    for name, found in batches.items():
        others = _others(uow, name, found)
        if others is None:
            _leave(sorted_out, found)
        elif any(_will_come(uow, other) for other in others):
            sorted_out.later += [(job, _together_later(uow, job, others)) for job in found]
        else:
            sorted_out.now += found
            sorted_out.passengers += handler.passengers(uow, found[0], others)
    return sorted_out


def _travels(job: Job) -> bool:
    return job.kind == "send" and job.delivery.batch is not None


def _by_batch(handler: Handler, jobs: Iterable[Job]) -> dict[str, list[Job]]:
    """The jobs of batches that are repeated whole, by the name of the batch."""
    found: dict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        if job.kind == "send" and job.delivery.batch is not None and handler.repeats_whole(job):
            found[job.delivery.batch].append(job)
    return found


def _others(uow: UnitOfWork, name: str, found: Sequence[Job]) -> list[Delivery] | None:
    """The other members; None where the batch cannot be as it was, because the bytes of one are gone."""
    batch = uow.ledger.batch(name)
    here = {job.delivery.id for job in found}
    others = [uow.deliveries.get(member) for member in batch[2] if member not in here] if batch else [None]
    known = [other for other in others if other is not None and other.pinned and other.batch == name]
    return known if len(known) == len(others) else None


def _will_come(uow: UnitOfWork, other: Delivery) -> bool:
    """Whether a member is going to be sent again by itself, so that the batch waits for it."""
    if not (other.state.open and other.runnable):
        return False
    lane = uow.lanes.get(other.lane_id)
    return lane is not None and lane.parked is None


def _leave(sorted_out: Repeats, jobs: Iterable[Job]) -> None:
    """What is left of a batch travels in a new one, under another name."""
    for job in jobs:
        job.delivery.batch = None
        sorted_out.now.append(job)


def _together_later(uow: UnitOfWork, job: Job, others: Iterable[Delivery]) -> Verdict:
    """Stay at the head of the lane until the others are due."""
    lanes = [uow.lanes.get(other.lane_id) for other in others]
    due = [lane.ready_at for lane in lanes if lane is not None and lane.owner is None and lane.ready_at]
    until = max([uow.now + _LOOK_AGAIN, *due])
    delivery = job.delivery
    return Verdict(delivery.state, delivery.code, delivery.reason, hold_until=until)
