"""Polling: what was changed over there, by the stamp of each object."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import ConfigurationError, UnsupportedError
from backhaul.sdk.inbound import Polled, RawMessage
from backhaul.sdk.json import Document
from backhaul.sdk.rest import RestAdapter
from backhaul.sdk.rest_reply import RestReply, json_bytes
from backhaul_rest_backoffice.messages import POLLED
from backhaul_rest_backoffice.settings import TmfSettings
from backhaul_rest_backoffice.stamp import before, stamp_of

#: Ends the cursor of a poll that has not come to its end: it goes on exactly there, without overlap.
_UNFINISHED = "~"
_SMALLEST = 0.000_001


def poll(adapter: RestAdapter[TmfSettings], source: str, cursor: str | None, deadline: Deadline) -> Polled:
    """The objects changed since the cursor, and the cursor to go on from.

    Pages are asked for by stamp, never by offset alone: an object that changes meanwhile moves to the end of
    the list, and behind an offset it would push another one out of sight.
    """
    settings = adapter.settings
    if source not in adapter.poll_sources or settings.last_update_field is None:
        msg = f"{source} is not polled here."
        raise UnsupportedError(msg, hint="Name it in poll_sources, and give last_update_field.")
    walk = _Walk(settings.last_update_field, _start(cursor, settings.poll_overlap))
    base = settings.customer_path if source == "customer" else settings.party_path
    for _ in range(settings.poll_pages):
        query = walk.query(settings.page_size)
        walk.take(adapter.get(f"{base}/{source}", deadline, query=query))
        if walk.ended:
            break
    messages = tuple(_message(source, identifier, document, walk) for identifier, document in walk.found)
    reached = walk.reached or (cursor.rstrip(_UNFINISHED) if cursor else None)
    if not walk.ended and reached is not None:
        return Polled(messages, reached + _UNFINISHED, more=True)
    return Polled(messages, reached)


def _start(cursor: str | None, overlap: float) -> str | None:
    if cursor is None:
        return None
    if cursor.endswith(_UNFINISHED):
        return before(cursor.removesuffix(_UNFINISHED), _SMALLEST)
    return before(cursor, overlap or _SMALLEST)


@dataclass(slots=True)
class _Walk:
    """How far a poll has come."""

    stamped: str
    since: str | None
    offset: int = 0
    reached: str | None = None
    ended: bool = False
    found: list[tuple[str, Document]] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)

    def query(self, size: int) -> dict[str, str]:
        """The query of the next page."""
        query = {"sort": self.stamped, "offset": str(self.offset), "limit": str(size)}
        return query if self.since is None else {f"{self.stamped}.gt": self.since, **query}

    def take(self, reply: RestReply) -> None:
        """Take a page in, and decide where the next one begins."""
        documents = reply.many()
        self._check_order([self.stamp(document) for document in documents])
        fresh = [self._noted(document) for document in documents]
        total = reply.number("X-Total-Count")
        shown = self.offset + len(documents)
        known_all = total is not None and shown >= total
        if self.reached is None or known_all or not documents or (self.offset and not any(fresh)):
            self.ended = True
            return
        following = before(self.reached, _SMALLEST)
        if self.since is None or following > self.since:
            self.since, self.offset = following, 0
        else:
            # More objects bear one stamp than a page holds.
            self.offset = shown

    def stamp(self, document: Document) -> str:
        """The stamp of an object. Raises ConfigurationError where it has none."""
        stamp = stamp_of(document.get(self.stamped))
        if stamp is None:
            msg = f"An object has no {self.stamped}, so changes cannot be polled."
            raise ConfigurationError(msg, hint="Correct last_update_field, or set poll_sources = [].")
        return stamp

    def _check_order(self, stamps: list[str]) -> None:
        if stamps != sorted(stamps):
            msg = f"The system does not sort its lists by {self.stamped}: changes would be missed."
            raise ConfigurationError(msg, hint="This system cannot be polled: set poll_sources = [].")
        self.reached = max([*stamps, *([self.reached] if self.reached else [])], default=None)

    def _noted(self, document: Document) -> bool:
        """Whether this version of the object is new to this poll."""
        version = (str(document.get("id") or ""), self.stamp(document))
        if not version[0]:
            msg = "An object in the list has no id."
            raise ConfigurationError(msg, hint="This system cannot be polled: set poll_sources = [].")
        known = version in self.seen
        if not known:
            self.seen.add(version)
            self.found.append((version[0], document))
        return not known


def _message(source: str, identifier: str, document: Document, walk: _Walk) -> RawMessage:
    body = json_bytes(document)
    # The stamp alone is not unique where it counts seconds only.
    digest = hashlib.sha256(body).hexdigest()[:12]
    return RawMessage(
        body=body,
        headers={"content-type": "application/json"},
        path=f"{POLLED}{source}",
        message_id=f"{source}/{identifier}@{walk.stamp(document)}#{digest}",
    )
