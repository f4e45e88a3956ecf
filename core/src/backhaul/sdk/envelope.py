"""The envelope that travels with every call, in and out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

#: Who we are in the envelopes that we send.
FRONT = "front"


class Verb(StrEnum):
    """The four verbs; every process is one of them."""

    GET = "get"
    RECEIVE = "receive"
    QUERY = "query"
    SEND = "send"


@dataclass(frozen=True, slots=True)
class Envelope:
    """Identity and routing facts of one message.

    `message_id` stays the same over every attempt of a delivery; `causation_id` names the message that this
    one follows from and `hop` counts how long that chain is.
    """

    message_id: str
    correlation_id: str
    process: str
    entity: str
    verb: Verb
    sender: str = FRONT
    causation_id: str | None = None
    hop: int = 0
    locale: str = "en"
    attempt: int = 1
    sent_at: datetime | None = None

    def stamped(self, moment: float) -> Envelope:
        """This envelope sent at `moment`, seconds since the epoch."""
        from dataclasses import replace  # noqa: PLC0415  (kept off the import path of `backhaul plugins`)

        return replace(self, sent_at=datetime.fromtimestamp(moment, UTC))
