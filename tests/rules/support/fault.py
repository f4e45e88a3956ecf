"""What can go wrong with one request to the system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from backhaul.sdk.json import Json
from backhaul.sdk.transports.base import Request


class FaultKind(StrEnum):
    """What happens to a request; the first ten leave nothing there, the others are executed."""

    REFUSE = "refuse"  # no connection: proven unsent, the whole back office
    BUSY = "busy"  # proven unsent, this one delivery (423 Locked)
    REJECT = "reject"  # a business no
    UNAUTHORISED = "unauthorised"
    THROTTLE = "throttle"
    UNAVAILABLE = "unavailable"  # a 503 that the system documents as before processing
    BAD_GATEWAY = "bad_gateway"
    DROP_BEFORE = "drop_before"  # sent, never executed, no answer
    LATE = "late"  # no answer, and executed only at `System.run_late()`
    DEFECT = "defect"  # the adapter itself breaks before anything is sent
    DROP_AFTER = "drop_after"  # executed, no answer
    BAD_GATEWAY_AFTER = "bad_gateway_after"  # executed, and a 502 in front
    GARBLE = "garble"  # executed, an answer that nobody can read
    NO_ID = "no_id"  # executed, an answer without the id of the object
    EXTRA = "extra"  # executed, an answer with `fields` over its own
    NO_STAMP = "no_stamp"  # executed, an answer without its stamp
    ACCEPT = "accept"  # taken; executed and answered at `System.answer()`


@dataclass(slots=True)
class Fault:
    """Strikes `times` requests (None: all) whose operation matches `on`; ``write`` is any unsafe one."""

    kind: FaultKind
    on: str = "write"
    times: int | None = 1
    code: str = "E17"
    text: str = "the system says no"
    retry_after: float | None = None
    fields: Mapping[str, Json] = field(default_factory=dict)

    def strikes(self, request: Request) -> bool:
        """Whether it is due for this request; a strike is used up."""
        matches = not request.safe if self.on == "write" else fnmatchcase(request.operation, self.on)
        if not matches or self.times == 0:
            return False
        if self.times is not None:
            self.times -= 1
        return True
