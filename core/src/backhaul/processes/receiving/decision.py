"""What is to become of one inbound record: worked out before the transaction, written in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from backhaul.entities import Record
from backhaul.processes.resolution import Resolution
from backhaul.processes.snapshot import Snapshot
from backhaul.sdk.json import Json
from backhaul.sdk.reply import Stamp
from backhaul.store.deliveries import Delivery


@dataclass(frozen=True, slots=True)
class Take:
    """Merge into the record that we have."""

    snapshot: Snapshot
    resolution: Resolution
    bindings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Create:
    """Make a new record of it; `differs` when what we may send says more than the message."""

    record: Record
    base: Mapping[str, Json] = field(repr=False)
    stamp: Stamp | None
    bindings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Delete:
    """Turn our record into a tombstone."""

    record: Record


@dataclass(frozen=True, slots=True)
class Hold:
    """Keep it and look again: `creates` are deliveries that may turn out to have made this object."""

    code: str
    reason: str
    creates: tuple[int, ...] = ()
    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class Refuse:
    """Not taken; kept, visible, can be resubmitted."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """The later answer to an accepted send."""

    delivery: Delivery
    snapshot: Snapshot
    resolution: Resolution | None


Decision = Take | Create | Delete | Hold | Refuse | Acknowledge
