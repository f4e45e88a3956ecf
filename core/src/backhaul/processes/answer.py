"""What came of a job: the outcome of its call and what it changes here."""

from __future__ import annotations

from dataclasses import dataclass

from backhaul.processes.resolution import Resolution
from backhaul.sdk.outcome import Outcome
from backhaul.sdk.reply import Found


@dataclass(frozen=True, slots=True)
class Probed:
    """A probe found the object, or (None) proved that it is not there."""

    found: Found | None


@dataclass(frozen=True, slots=True)
class Matched:
    """The record was found before its first send: it is bound and merged instead of created again."""

    found: Found


@dataclass(slots=True)
class Answer:
    """The outcome of a job and, once it is worked out, the resolution of its merge."""

    outcome: Outcome | Probed | Matched
    resolution: Resolution | None = None
