"""What became of one attempt, classified by what happens next (RULES 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from backhaul.sdk.errors import Scope
from backhaul.sdk.json import Json
from backhaul.sdk.reply import Stamp


@dataclass(frozen=True, slots=True)
class View:
    """An object as it stood on the wire: flat fields, the lists it shows whole, and the sender's stamp."""

    fields: Mapping[str, Json] = field(repr=False)
    complete: frozenset[str] = frozenset()
    stamp: Stamp | None = None


@dataclass(frozen=True, slots=True)
class Completed:
    """The system said yes. `unusable` says why its reply could not be used; it is never sent again."""

    external_id: str | None = None
    view: View | None = None
    unusable: str | None = None
    bindings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    """Taken; the result comes later under `ticket`."""

    ticket: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A business no."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Unmappable:
    """The record could not be spelled; nothing was sent."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class NotNow:
    """Proven not executed. `sent` is true when earlier steps of the call changed something there."""

    text: str
    scope: Scope
    retry_after: float | None = None
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """May have been executed."""

    text: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Our credentials or settings were refused: the back office is paused, the delivery is untouched."""

    text: str


Outcome = Completed | Accepted | Rejected | Unmappable | NotNow | Unknown | Refused
