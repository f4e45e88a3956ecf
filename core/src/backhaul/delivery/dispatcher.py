"""The dispatcher: the one thread of a process that does all database work of deliveries.

Its loop, one write transaction each: settle what callers finished, pin what they rendered, bind what they
asked for, claim lanes and load snapshots. Rendering, calling and merging happen in the callers' threads.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import uuid4

from backhaul.delivery.batches import lanes_of_the_rest, repeats
from backhaul.delivery.crew import Crew
from backhaul.delivery.events import Bind, Called, Event, Merged, Rendered
from backhaul.delivery.handler import Handler, Job, Redo, Step
from backhaul.delivery.health import allowance, record_answer, record_trouble
from backhaul.delivery.limits import Limits
from backhaul.delivery.owner import Owner
from backhaul.delivery.pinning import first_pin, start_attempts
from backhaul.delivery.settlement import (
    FencedError,
    apply,
    apply_completed,
    apply_late,
    still_ours,
    sweep,
    wake,
)
from backhaul.delivery.verdict import Verdict
from backhaul.store.backoffice_states import BackOfficeState, Health
from backhaul.store.lanes import ClaimedLane
from backhaul.store.unit_of_work import Store, UnitOfWork

_log = logging.getLogger(__name__)

#: Other writers of this process must get a turn after each commit, or they starve (RULES 9).
_BREATHER = 0.001
#: One transaction takes at most this much, so that the front office's saves never wait long for the lock.
_MOST_PER_TURN = 96
_IDLE_POLL = 0.05
_SWEEP_EVERY = 1.0


@dataclass(slots=True)
class Load:
    """What this process has claimed of one back office."""

    lanes: int = 0
    heartbeat_at: float = 0.0


class Dispatcher:
    """Drains the lanes of the back offices it was given.

    `drain()` returns when nothing is left to do now; `run()` goes on until `stop()`. Both finish or release
    every lease before they return.
    """

    def __init__(
        self,
        store: Store,
        handler: Handler,
        limits: Mapping[str, Limits],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._handler = handler
        self._limits = dict(limits)
        self._monotonic = monotonic
        self._owner = Owner.current()
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._loads = {name: Load() for name in limits}
        self._states: dict[str, BackOfficeState] = {}
        self._outgoing: list[Job] = []
        self._swept_at = 0.0
        self._crew = Crew(handler, {}, self._events, monotonic)

    # ---- running ---------------------------------------------------------------------------------------

    def run(self) -> None:
        """Work until `stop()` is called."""
        self._work(until_idle=False, budget=None)

    def drain(self, budget: float | None = None) -> None:
        """Work until nothing is ready any more, or `budget` seconds have passed."""
        self._stopping.clear()
        self._work(until_idle=True, budget=budget)

    def stop(self) -> None:
        """Ask the loop to end; what is being called is finished and settled first."""
        self._stopping.set()
        self._events.put(None)

    def nudge(self) -> None:
        """Something was planned in this process: look at once instead of at the next poll."""
        self._events.put(None)

    def _work(self, *, until_idle: bool, budget: float | None) -> None:
        self._take_back_dead_leases()
        ends = self._monotonic() + budget if budget is not None else None
        self._crew = Crew(self._handler, self._limits, self._events, self._monotonic)
        try:
            while True:
                closing = self._stopping.is_set() or (ends is not None and self._monotonic() >= ends)
                busy = self._turn(claiming=not closing, patience=0.0 if until_idle else _IDLE_POLL)
                if not busy and (closing or until_idle):
                    return
        finally:
            self._crew.close()
            self._release_leftovers()

    def _turn(self, *, claiming: bool, patience: float) -> bool:
        """One loop: wait for events, one transaction, hand out. False when nothing is in work any more."""
        events, due = self._collect(claiming=claiming, patience=patience)
        if not events and not due:
            return self._outstanding() > 0
        self._outgoing = []
        with self._store.write() as uow:
            self._states = uow.backoffices.all()
            binds = self._apply(uow, events)
            if claiming:
                self._sweep(uow)
                for name in self._limits:
                    self._claim(uow, name)
            self._beat(uow)
        for bind, problem in binds:
            bind.done(problem)
        self._crew.take(self._outgoing)
        self._handler.committed()
        time.sleep(_BREATHER)
        return True

    def _collect(self, *, claiming: bool, patience: float) -> tuple[list[Event], bool]:
        """What callers have finished, and whether a lane is due; waits only while there is neither."""
        events = self._finished()
        if events:
            return events, True
        if claiming and self._due():
            return [], True
        try:
            first = self._events.get(timeout=_IDLE_POLL if self._outstanding() else patience)
        except queue.Empty:
            return [], False
        events = self._finished()
        return ([first, *events] if first is not None else events), False

    def _finished(self) -> list[Event]:
        events: list[Event] = []
        while len(events) < _MOST_PER_TURN:
            try:
                event = self._events.get_nowait()
            except queue.Empty:
                break
            if event is not None:
                events.append(event)
        return events

    def _due(self) -> bool:
        """Whether a lane could be claimed now, or the sweep is due."""
        if self._monotonic() - self._swept_at >= _SWEEP_EVERY:
            return True
        now = self._store.database.clock()
        free = {name: self._free(name, now) for name in self._limits}
        for_all = [name for name, number in free.items() if number > self._kept_free(name)]
        kept = [name for name, number in free.items() if 0 < number <= self._kept_free(name)]
        if not for_all and not kept:
            return False
        with self._store.read() as uow:
            moments = uow.lanes.next_ready(for_all), uow.lanes.next_ready(kept, interactive=True)
            return any(moment is not None and moment <= uow.now for moment in moments)

    def _outstanding(self) -> int:
        return sum(load.lanes for load in self._loads.values())

    # ---- claiming --------------------------------------------------------------------------------------

    def _free(self, name: str, now: float) -> int:
        """How many more lanes of a back office this process may claim."""
        load = self._loads[name]
        allowed = allowance(self._states.get(name, BackOfficeState(name)), now)
        if allowed is not None:
            return max(0, allowed - load.lanes)
        return self._limits[name].ahead - load.lanes

    def _kept_free(self, name: str) -> int:
        """Slots that backlog may not take; a canary may be anything."""
        canary = self._states.get(name, BackOfficeState(name)).health is not Health.UP
        return 0 if canary else self._limits[name].reserved

    def _claim(self, uow: UnitOfWork, name: str) -> None:
        free = min(self._free(name, uow.now), _MOST_PER_TURN)
        if free <= 0:
            return
        token = uuid4().hex
        lease = self._limits[name].lease
        owner = str(self._owner)
        # Somebody is waiting for interactive work: it is claimed first, and into slots of its own.
        lanes = uow.lanes.claim(name, free, owner=owner, token=token, lease=lease, interactive=True)
        backlog = free - len(lanes) - self._kept_free(name)
        if backlog > 0:
            lanes += uow.lanes.claim(name, backlog, owner=owner, token=token, lease=lease)
        if lanes:
            self._repeat(uow, name, self._prepare(uow, lanes))

    def _prepare(self, uow: UnitOfWork, lanes: list[ClaimedLane]) -> list[Job]:
        """Decide, hand out what is to be rendered, and return what is to be sent again."""
        for lane in lanes:
            self._loads[lane.backoffice].lanes += 1
        by_id = {lane.id: lane for lane in lanes}
        heads = uow.deliveries.heads(list(by_id))
        with_head = {head.lane_id for head in heads}
        for lane in lanes:
            if lane.id not in with_head:
                # Its last delivery was settled aside between enqueue and claim.
                uow.lanes.release(lane.id, lane.token, done=0)
                self._loads[lane.backoffice].lanes -= 1
        pairs = [(by_id[head.lane_id], head) for head in heads]
        again: list[Job] = []
        for (lane, head), decided in zip(pairs, self._handler.prepare(uow, pairs), strict=True):
            if isinstance(decided, Verdict):
                self._decide(uow, Job(head, lane, Step.RENDER, None), decided)
            elif decided.step is Step.CALL:
                again.append(decided)
            else:
                self._outgoing.append(decided)
        return again

    def _repeat(self, uow: UnitOfWork, name: str, again: list[Job]) -> None:
        """Send old pins again; what travelled in a batch goes with all of it (RULES 9)."""
        rest = lanes_of_the_rest(uow, self._handler, again)
        if rest:
            owner, token, lease = str(self._owner), uuid4().hex, self._limits[name].lease
            again += self._prepare(uow, uow.lanes.claim_these(rest, owner=owner, token=token, lease=lease))
        found = repeats(uow, self._handler, again)
        for job, verdict in found.later:
            self._decide(uow, job, verdict)
        self._pin(uow, [Rendered(job, None) for job in found.now])
        self._outgoing += found.passengers

    # ---- applying --------------------------------------------------------------------------------------

    def _apply(self, uow: UnitOfWork, events: list[Event]) -> list[tuple[Bind, Exception | None]]:
        binds: list[tuple[Bind, Exception | None]] = []
        pins: list[Rendered] = []
        settled = self._settle_plain(uow, events)
        for event in events:
            if id(event) in settled:
                continue
            match event:
                case Rendered():
                    pins.append(event)
                case Bind():
                    binds.append((event, self._bind(uow, event)))
                case Called() | Merged():
                    self._settle(uow, event.job, event.error)
        self._pin(uow, pins)
        return binds

    def _bind(self, uow: UnitOfWork, event: Bind) -> Exception | None:
        try:
            with uow.savepoint():
                self._handler.bind(uow, event.job, event.resource, event.external_id)
        except Exception as error:  # noqa: BLE001  (handed to the caller that asked)
            return error
        return None

    def _pin(self, uow: UnitOfWork, rendered: list[Rendered]) -> None:
        """Pins ride in the group commit: they cost latency, not throughput (RULES 4)."""
        started: list[Job] = []
        for event in self._unsettled(uow, rendered):
            job, decided = event.job, event.decided
            if isinstance(decided, Verdict):
                self._decide(uow, job, decided)
                continue
            if decided is not None:
                first_pin(uow, self._handler, job, decided)
            started.append(job)
        start_attempts(uow, self._handler, started, str(self._owner))
        self._outgoing += started

    def _unsettled(self, uow: UnitOfWork, rendered: list[Rendered]) -> list[Rendered]:
        """Without what a person or an acknowledgement settled while it was rendered: that is not called."""
        still_open = (
            uow.deliveries.still_open([event.job.delivery.id for event in rendered]) if rendered else set()
        )
        for event in rendered:
            if event.job.delivery.id not in still_open:
                lane = event.job.lane
                uow.lanes.release(lane.id, lane.token, done=0)  # whoever settled it took it off the lane
                self._loads[lane.backoffice].lanes -= 1
        return [event for event in rendered if event.job.delivery.id in still_open]

    def _settle_plain(self, uow: UnitOfWork, events: list[Event]) -> set[int]:
        """Most answers are plain: they are settled together. If anything fails, each is settled alone."""
        called = {id(event.job): event for event in events if isinstance(event, Called) and not event.error}
        if not called:
            return set()
        try:
            with uow.savepoint():
                ours = still_ours(uow, [event.job for event in called.values()])
                plain = self._handler.settle_plain(uow, ours)
                if plain:
                    apply_completed(uow, [job for job, _ in plain], plain[0][1])
        except Exception:  # noqa: BLE001  (logged, and each is settled alone)
            _log.exception("plain answers could not be settled together; each is settled alone")
            return set()
        for job, verdict in plain:
            self._after(uow, job, verdict)
        return {id(called[id(job)]) for job, _ in plain}

    def _settle(self, uow: UnitOfWork, job: Job, error: Exception | None) -> None:
        try:
            with uow.savepoint():
                verdict = self._handler.failed(uow, job, error) if error else self._handler.settle(uow, job)
                apply(uow, job, verdict)
        except Redo:
            self._handler.refresh(uow, job)
            job.step = Step.MERGE
            self._outgoing.append(job)
        except FencedError:
            self._settle_late(uow, job)
        except Exception as problem:  # noqa: BLE001  (logged, and given a verdict)
            _log.exception("delivery %s could not be settled as its result says", job.delivery.id)
            self._decide(uow, job, self._handler.failed(uow, job, problem))
        else:
            self._after(uow, job, verdict)

    def _decide(self, uow: UnitOfWork, job: Job, verdict: Verdict) -> None:
        """Apply a verdict that needed no result of a call."""
        try:
            with uow.savepoint():
                apply(uow, job, verdict)
        except FencedError:
            self._settle_late(uow, job)
            return
        self._after(uow, job, verdict)

    def _settle_late(self, uow: UnitOfWork, job: Job) -> None:
        self._loads[job.lane.backoffice].lanes -= 1
        try:
            with uow.savepoint():
                verdict = self._handler.late(uow, job)
                apply_late(uow, job, verdict)
        except Exception:  # noqa: BLE001  (logged; the lane's new owner finds out by itself)
            _log.exception("the late outcome of delivery %s could not be kept", job.delivery.id)
            return
        if verdict is not None:
            wake(uow, job.lane.backoffice, verdict.awakes)
            self._handler.applied(job.delivery, verdict)

    def _after(self, uow: UnitOfWork, job: Job, verdict: Verdict) -> None:
        name = job.lane.backoffice
        self._loads[name].lanes -= 1
        if verdict.trouble is not None:
            record_trouble(uow, name, verdict.trouble, self._limits[name].backoff)
            self._states = uow.backoffices.all()
        elif verdict.answered and name in self._states:
            record_answer(uow, name, self._states[name])
            self._states[name] = uow.backoffices.get(name)
        if verdict.awakes:
            wake(uow, name, verdict.awakes)
        self._handler.applied(job.delivery, verdict)

    # ---- keeping ---------------------------------------------------------------------------------------

    def _sweep(self, uow: UnitOfWork) -> None:
        """Deadlines of what stands aside."""
        if self._monotonic() - self._swept_at < _SWEEP_EVERY:
            return
        self._swept_at = self._monotonic()
        sweep(uow, self._handler, self._limits)

    def _beat(self, uow: UnitOfWork) -> None:
        now = self._monotonic()
        for name, load in self._loads.items():
            limits = self._limits[name]
            if load.lanes and now - load.heartbeat_at >= limits.lease / 4:
                load.heartbeat_at = now
                uow.lanes.extend(str(self._owner), name, limits.lease)
                self._crew.leased(name, now + limits.lease)

    def _take_back_dead_leases(self) -> None:
        with self._store.write() as uow:
            for text in uow.lanes.owners():
                if Owner.parse(text).is_dead_here(self._owner):
                    count = uow.lanes.take_back(text)
                    _log.warning("took back %s lanes of a worker that died (%s)", count, text)

    def _release_leftovers(self) -> None:
        """What is still leased when the loop ends after an error must not wait for its lease to expire."""
        with self._store.write() as uow:
            uow.lanes.take_back(str(self._owner))
