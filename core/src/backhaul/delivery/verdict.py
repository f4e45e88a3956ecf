"""Verdicts: what becomes of a delivery and of its lane after a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backhaul.delivery.health import Trouble
from backhaul.store.delivery_state import State, WaitKind
from backhaul.store.records import Ref


@dataclass(frozen=True, slots=True)
class Wait:
    """For what a delivery steps aside, and until when at most."""

    kind: WaitKind
    entity: str
    id: str
    deadline: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The next state of a delivery.

    An open state with `hold_until` keeps the lane's head and makes the lane ready then; any other open state
    steps aside and the lane goes on; a final state ends the delivery. `outcome` closes the attempt, if one
    was made. `absorbed` are deliveries that this one covers. `awakes` are records whose waiters look again.
    `answered` says that the back office was reached and spoke; `trouble` that
    it cannot be served now.
    """

    state: State
    code: str | None = None
    reason: str | None = None
    hold_until: float | None = None
    park_lane: str | None = None
    wait: Wait | None = None
    deadline: float | None = None
    outcome: str | None = None
    absorbed: tuple[int, ...] = ()
    awakes: tuple[Ref, ...] = ()
    answered: bool = False
    trouble: Trouble | None = None
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
