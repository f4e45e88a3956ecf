"""How long to wait before the next try: exponential, with jitter, never sooner than asked."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """`first` seconds, doubled each time up to `limit`, spread by half so that lanes do not march in step."""

    first: float
    limit: float

    def after(
        self, tries: int, retry_after: float | None = None, *, chance: random.Random | None = None
    ) -> float:
        """Seconds to wait after `tries` failures (from 1); `retry_after` is the back office's own wish."""
        roll = (chance or random).uniform(0.5, 1.0)
        calm = min(self.limit, self.first * 2 ** min(max(tries - 1, 0), 30)) * roll
        return float(max(calm, retry_after or 0.0))
