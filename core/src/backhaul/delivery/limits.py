"""How much of one back office a worker takes on, and for how long."""

from __future__ import annotations

from dataclasses import dataclass

from backhaul.delivery.backoff import Backoff

_LEASE_SLACK = 30.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Numbers that the dispatcher goes by; `timeout` is the total time of one call, in seconds."""

    max_in_flight: int
    timeout: float
    backoff: Backoff

    @property
    def ahead(self) -> int:
        """Lanes claimed at once: callers always find a rendered and pinned delivery waiting."""
        return self.max_in_flight * 8 + 1

    @property
    def reserved(self) -> int:
        """Slots that only interactive work may take."""
        return 1

    @property
    def lease(self) -> float:
        """Seconds: longer than the calls of everything claimed and its wait; renewed at a quarter."""
        return self.timeout * 4 + _LEASE_SLACK
