"""What a back office tells us: raw messages, and the records that they carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from backhaul.sdk.json import Json
from backhaul.sdk.reply import Stamp


class InboundKind(StrEnum):
    """What the sender says happened to the object. CHANGED is for senders that do not tell."""

    CREATED = "created"
    UPDATED = "updated"
    CHANGED = "changed"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class RawMessage:
    """One message as it arrived, pushed or polled. `path` is what stood behind our inbound address."""

    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    path: str = ""
    message_id: str | None = None
    received_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Inbound:
    """One record in a message: the wire document as it stood, and the facts around it.

    `stamp` is the sender's own revision or time of this object. `our_id` is our id, where the system keeps
    it. `ticket` makes this the acknowledgement of an accepted send; then `refused` holds the code and text
    of a negative one.
    """

    kind: InboundKind
    external_id: str | None
    document: Mapping[str, Json] = field(repr=False)
    message_id: str | None = None
    our_id: str | None = None
    stamp: Stamp | None = None
    causation_id: str | None = None
    ticket: str | None = None
    refused: tuple[str, str] | None = None
    bindings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll brought, and the cursor to commit with it. `more` asks to poll again at once."""

    messages: tuple[RawMessage, ...]
    cursor: str | None
    more: bool = False
