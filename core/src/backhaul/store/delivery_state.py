"""The states of a delivery (RULES 5). Planned = all of them added up: that is the balance."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    WAITING = "waiting"
    IN_FLIGHT = "in_flight"
    BACKING_OFF = "backing_off"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"

    COMPLETED = "completed"
    REJECTED = "rejected"
    UNMAPPABLE = "unmappable"
    DEAD = "dead"
    SKIPPED = "skipped"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    DISCARDED = "discarded"
    REPLACED = "replaced"
    DRY = "dry"

    @property
    def open(self) -> bool:
        """Whether it still has to become something else."""
        return self in OPEN


OPEN = frozenset(
    {
        State.PENDING,
        State.WAITING,
        State.IN_FLIGHT,
        State.BACKING_OFF,
        State.ACCEPTED,
        State.UNKNOWN,
    }
)
#: Final, but a person should look: kept visible, can be resubmitted or discarded.
PARKED = frozenset({State.REJECTED, State.UNMAPPABLE, State.DEAD})


class Action(StrEnum):
    """What a delivery is to bring about. SAVE becomes a create or an update at its first attempt."""

    SAVE = "save"
    DELETE = "delete"
    COMMAND = "command"


class WaitKind(StrEnum):
    """Why a delivery stands aside without holding its lane."""

    PARENT = "parent"
    RECORD = "record"
    PERSON = "person"
