"""How often something planned happens, the same again for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recurrence:
    """At the `nth` times (counted from 1), or `every` so many times, or with a `probability`; else always.

    At most `limit` times in all. Raises ValueError for values that cannot be meant.
    """

    nth: tuple[int, ...] = ()
    every: int | None = None
    probability: float | None = None
    limit: int | None = None

    def __post_init__(self) -> None:
        if sum((bool(self.nth), self.every is not None, self.probability is not None)) > 1:
            raise ValueError("only one of nth, every and probability")
        if self.probability is not None and not 0 <= self.probability <= 1:
            raise ValueError("probability must be between 0 and 1")
        if (self.every is not None and self.every < 1) or min(self.nth, default=1) < 1:
            raise ValueError("nth and every count from 1")


class Recurring:
    """Counts the occasions of one recurrence and says which of them are due. Not thread-safe.

    Chance is drawn from `draw` (seed and place) and the count, so other occasions do not shift it.
    """

    def __init__(self, recurrence: Recurrence, draw: str) -> None:
        self._recurrence = recurrence
        self._draw = draw
        self.occasions = 0
        self.happened = 0

    def is_due(self) -> bool:
        """Count one occasion; True if it happens now."""
        self.occasions += 1
        limit = self._recurrence.limit
        if limit is not None and self.happened >= limit:
            return False
        due = self._drawn()
        self.happened += due
        return due

    def _drawn(self) -> bool:
        when = self._recurrence
        if when.nth:
            return self.occasions in when.nth
        if when.every is not None:
            return self.occasions % when.every == 0
        if when.probability is not None:
            chance = random.Random(f"{self._draw}/{self.occasions}").random()  # noqa: S311  not a secret
            return chance < when.probability
        return True
