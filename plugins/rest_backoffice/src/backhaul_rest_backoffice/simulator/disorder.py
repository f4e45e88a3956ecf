"""How badly a system delivers its events: some twice, some late. Deterministic by seed."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass

from backhaul_rest_backoffice.simulator.event import Event


@dataclass(frozen=True, slots=True)
class DisorderPlan:
    """Shares from 0 to 1: how many events are sent twice, and how many only after the next one."""

    duplicate: float = 0.0
    shuffle: float = 0.0
    seed: int = 0


class Disorder:
    """Turns a stream of events into the stream that a listener gets. Thread-safe."""

    def __init__(self, plan: DisorderPlan) -> None:
        self.plan = plan
        self._random = random.Random(plan.seed)  # noqa: S311  (repeatable, not secret)
        self._held: Event | None = None
        self._lock = threading.Lock()

    def after(self, event: Event) -> list[Event]:
        """What is sent when this event happens; an event that is held back follows the next one."""
        with self._lock:
            copies = [event] * (2 if self._random.random() < self.plan.duplicate else 1)
            if self._held is None and self._random.random() < self.plan.shuffle:
                self._held = event
                return copies[1:]
            return copies + self._released()

    def released(self) -> list[Event]:
        """What is still held back, when no other event follows."""
        with self._lock:
            return self._released()

    def _released(self) -> list[Event]:
        held, self._held = self._held, None
        return [] if held is None else [held]
