"""The seam between the delivery engine and what is delivered: snapshots in, verdicts out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from backhaul.delivery.verdict import Verdict
from backhaul.store.deliveries import Delivery
from backhaul.store.lanes import ClaimedLane
from backhaul.store.unit_of_work import UnitOfWork


class Redo(Exception):  # noqa: N818  (asks for something; it is no error)
    """The merge was worked out on a record that has changed since: undo, load it again, merge again."""


class Step(StrEnum):
    """What a job needs next. RENDER, CALL and MERGE run in worker threads without a database session."""

    RENDER = "render"
    CALL = "call"
    MERGE = "merge"


@dataclass(slots=True)
class Job:
    """A claimed delivery on its way. `work` and `result` belong to the handler.

    A `passenger` is settled already: its bytes travel with their batch again, and nothing comes of it.
    """

    delivery: Delivery
    lane: ClaimedLane
    step: Step
    work: Any = field(repr=False)
    result: Any = field(default=None, repr=False)
    number: int = 0
    kind: str = "send"
    batch: str | None = None
    passenger: bool = False


@dataclass(frozen=True, slots=True)
class Pin:
    """What is fixed for every attempt of a delivery: committed before the first byte leaves."""

    version: int
    content: dict[str, Any] = field(repr=False)
    covers: tuple[int, ...] = ()


#: Commits a cross reference in the middle of a call: (job, resource, external id).
JobBinder = Callable[[Job, str, str], None]


class Handler(Protocol):
    """Everything that knows what a delivery is about."""

    def prepare(self, uow: UnitOfWork, heads: Sequence[tuple[ClaimedLane, Delivery]]) -> list[Job | Verdict]:
        """In the dispatcher's transaction: load snapshots in batch; decide where no call is needed."""
        ...

    def render(self, job: Job) -> Pin | Verdict | None:
        """In a worker thread: hooks and mapping.

        A Verdict means that nothing will be called; None that `job.result` holds an answer already, to be
        merged and settled.
        """
        ...

    def batch_of(self, job: Job) -> int:
        """How many jobs like this one travel in one call; 1 for most."""
        ...

    def repeats_whole(self, job: Job) -> bool:
        """Whether its batch may be sent again with members that were done already."""
        ...

    def passengers(self, uow: UnitOfWork, job: Job, others: Sequence[Delivery]) -> list[Job]:
        """In the dispatcher's transaction: settled members of the batch of this job, to be sent with it."""
        ...

    def pinned(self, uow: UnitOfWork, job: Job, pin: Pin) -> None:
        """In the dispatcher's transaction: note the version that is about to be sent."""
        ...

    def call(self, jobs: Sequence[Job], bind: JobBinder) -> list[Any]:
        """In a worker thread: call the back office (several jobs only for batches); one result a job."""
        ...

    def merge(self, job: Job) -> None:
        """In a worker thread: work out what the result changes here."""
        ...

    def bind(self, uow: UnitOfWork, job: Job, resource: str, external_id: str) -> None:
        """In the dispatcher's transaction: a binding from the middle of a call. Raises ConflictError."""
        ...

    def settle_plain(self, uow: UnitOfWork, jobs: Sequence[Job]) -> list[tuple[Job, Verdict]]:
        """In one savepoint for all: write the answers that need no decision; the others are left alone."""
        ...

    def settle(self, uow: UnitOfWork, job: Job) -> Verdict:
        """In a savepoint: apply the result. Raises Redo to merge again: the record changed meanwhile."""
        ...

    def refresh(self, uow: UnitOfWork, job: Job) -> None:
        """Load a fresh snapshot for another merge."""
        ...

    def late(self, uow: UnitOfWork, job: Job) -> Verdict | None:
        """A result whose lane has another owner by now: settle what it proves; None if it proves nothing."""
        ...

    def failed(self, uow: UnitOfWork, job: Job, error: Exception) -> Verdict:
        """A step raised what it should not have, or settling conflicted: never send again blindly."""
        ...

    def overdue(self, uow: UnitOfWork, delivery: Delivery) -> Verdict:
        """A wait or an accepted send has passed its deadline."""
        ...

    def applied(self, delivery: Delivery, verdict: Verdict) -> None:
        """A verdict was written: note what is to be told about it after the commit."""
        ...

    def committed(self) -> None:
        """After the commit: tell hooks what changed and what was parked."""
        ...
