"""The simulated system itself: what it holds, what it refuses, what it tells. It knows no network."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from backhaul_rest_backoffice.simulator.clock import Clock
from backhaul_rest_backoffice.simulator.collection import Collection, Entry
from backhaul_rest_backoffice.simulator.event import Event, event
from backhaul_rest_backoffice.simulator.journal import Journal
from backhaul_rest_backoffice.simulator.listing import Page, page_of
from backhaul_rest_backoffice.simulator.merge_patch import merged
from backhaul_rest_backoffice.simulator.refusal import Refusal, bad_request, not_found
from backhaul_rest_backoffice.simulator.vocabulary import RESOURCES

_ISSUED = ("id", "href", "lastUpdate")
_INVALID_BODY = "22"


@dataclass(frozen=True, slots=True)
class Options:
    """How this installation is set up. `upper_names` is a normalisation that some systems apply."""

    upper_names: bool = False
    our_id_name: str = "backhaulId"
    base_paths: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes: a client with the ids of its message, or a user inside the system."""

    by: str = "api"
    message_id: str | None = None
    correlation_id: str | None = None


USER = Author(by="user")


class BackOffice:
    """Customers, individuals and organizations. Thread-safe; every write is atomic."""

    def __init__(
        self, options: Options, tell: Callable[[Event], None] = lambda _: None, clock: Clock | None = None
    ) -> None:
        self.options = options
        self._tell = tell
        self._clock = clock or Clock()
        self._lock = threading.RLock()
        self._events = 0
        self.reset()

    def create(self, resource: str, body: Any, author: Author) -> Entry:
        """A new object under an id of ours. Nothing keeps a repeated request from making a second one."""
        with self._lock:
            collection = self._collection(resource)
            document = self._accepted(collection, body)
            identifier, now = collection.next_id(), self._clock.tick()
            entry = self._stored(collection, identifier, 1, document, now)
            self._note("create", collection, entry, author)
            self._announce(collection, "Create", entry, author)
            return entry

    def read(self, resource: str, identifier: str) -> Entry:
        """The present version. Raises Refusal 404."""
        with self._lock:
            return self._collection(resource).get(identifier)

    def patch(self, resource: str, identifier: str, body: Any, if_match: str | None, author: Author) -> Entry:
        """The object after a JSON merge patch. Raises Refusal 404, 412, 400 or 422."""
        with self._lock:
            collection = self._collection(resource)
            current = collection.get(identifier)
            _check_match(current, if_match)
            if not isinstance(body, dict):
                raise bad_request(_INVALID_BODY, "A merge patch is an object.")
            _refuse_issued(body)
            before = {name: value for name, value in current.document.items() if name not in _ISSUED}
            document = self._accepted(collection, merged(before, body))
            if document == before:
                self._note("patch", collection, current, author)
                return current
            return self._changed(collection, current, before, document, author)

    def delete(self, resource: str, identifier: str, if_match: str | None, author: Author) -> None:
        """Take an object away. Raises Refusal 404 or 412, and 409 while a customer engages the party."""
        with self._lock:
            collection = self._collection(resource)
            _check_match(collection.get(identifier), if_match)
            self._refuse_engaged(collection, identifier)
            removed = replace(collection.remove(identifier), last_update=self._clock.tick())
            self._note("delete", collection, removed, author)
            self._announce(collection, "Delete", removed, author)

    def page(self, resource: str, query: Mapping[str, str]) -> Page:
        """One page of a list."""
        with self._lock:
            return page_of(self._collection(resource), query)

    def state(self) -> dict[str, list[dict[str, Any]]]:
        """Everything that is held, with versions."""
        with self._lock:
            return {
                name: [{"version": entry.version, **entry.document} for entry in collection.all()]
                for name, collection in self._collections.items()
            }

    def reset(self) -> None:
        """Hold nothing; ids are issued from the start again."""
        with self._lock:
            self.journal = Journal()
            self._collections = {name: Collection(resource) for name, resource in RESOURCES.items()}

    def restore(self, state: Any) -> None:
        """Hold exactly what `state` returned; nobody is told."""
        with self._lock:
            self.reset()
            for name, held in state.items():
                collection = self._collection(name)
                for found in sorted(held, key=lambda each: str(each["lastUpdate"])):
                    document = {key: value for key, value in found.items() if key != "version"}
                    collection.put(Entry(found["id"], found["version"], found["lastUpdate"], document))
                    collection.issued_at_least(found["id"])

    def counts(self) -> dict[str, int]:
        """How many objects there are of each resource."""
        with self._lock:
            return {name: len(collection) for name, collection in self._collections.items()}

    def written_since(self, seq: int, *, documents: bool = False) -> list[dict[str, Any]]:
        """The journal after a sequence number, on request with what each write left there."""
        with self._lock:
            return self.journal.since(seq, documents=documents)

    def _changed(
        self,
        collection: Collection,
        current: Entry,
        before: dict[str, Any],
        document: dict[str, Any],
        author: Author,
    ) -> Entry:
        entry = self._stored(collection, current.id, current.version + 1, document, self._clock.tick())
        self._note("patch", collection, entry, author)
        changed = {name for name in {*before, *document} if before.get(name) != document.get(name)}
        if changed & {"status", "statusReason"}:
            self._announce(collection, "StateChange", entry, author)
        if changed - {"status", "statusReason"}:
            self._announce(collection, "AttributeValueChange", entry, author)
        return entry

    def _collection(self, resource: str) -> Collection:
        found = self._collections.get(resource)
        if found is None:
            raise not_found("resource", resource)
        return found

    def _accepted(self, collection: Collection, body: Any) -> dict[str, Any]:
        """The body as it will be kept. Raises Refusal 400 for its form, 422 for what it says."""
        collection.resource.shape.check(body, collection.resource.name)
        document: dict[str, Any] = dict(body)
        if collection.resource.name == "customer":
            self._check_engaged(document["engagedParty"])
        if self.options.upper_names:
            for name in collection.resource.names:
                if name in document:
                    document[name] = document[name].upper()
        return document

    def _check_engaged(self, party: dict[str, Any]) -> None:
        kind = party["@referredType"].lower()
        if kind not in {"individual", "organization"} or party["id"] not in self._collections[kind]:
            reason = f"The engaged party {party['id']!r} is no {kind} of this system."
            raise Refusal(422, "ENGAGED_PARTY_UNKNOWN", reason)

    def _refuse_engaged(self, collection: Collection, identifier: str) -> None:
        if collection.resource.name == "customer":
            return
        for customer in self._collections["customer"].all():
            if customer.document["engagedParty"]["id"] == identifier:
                raise Refusal(409, "PARTY_ENGAGED", f"The party is engaged by customer {customer.id}.")

    def _stored(
        self, collection: Collection, identifier: str, version: int, document: dict[str, Any], now: str
    ) -> Entry:
        resource = collection.resource
        base = (self.options.base_paths or {}).get(resource.api, resource.api)
        issued = {"id": identifier, "href": f"/{base}/{resource.name}/{identifier}"}
        entry = Entry(identifier, version, now, {**issued, **document, "lastUpdate": now})
        collection.put(entry)
        return entry

    def _note(self, operation: str, collection: Collection, entry: Entry, author: Author) -> None:
        self.journal.add(
            operation,
            collection.resource.name,
            entry,
            our_id=self._our_id(collection, entry.document),
            message_id=author.message_id,
            by=author.by,
        )

    def _our_id(self, collection: Collection, document: dict[str, Any]) -> str | None:
        for item in document.get(collection.resource.characteristics, ()):
            if item["name"] == self.options.our_id_name:
                return str(item["value"])
        return None

    def _announce(self, collection: Collection, kind: str, entry: Entry, author: Author) -> None:
        self._events += 1
        resource = collection.resource
        self._tell(
            event(
                resource.name,
                resource.api,
                kind,
                entry.document,
                event_id=f"EV-{self._events}",
                at=entry.last_update,
                correlation_id=author.correlation_id,
            )
        )


def _check_match(current: Entry, if_match: str | None) -> None:
    if if_match not in (None, "*", current.etag):
        raise Refusal(412, "PRECONDITION_FAILED", f"The present version is {current.etag}.")


def _refuse_issued(body: dict[str, Any]) -> None:
    for name in _ISSUED:
        if name in body:
            raise bad_request(_INVALID_BODY, f"{name} is issued by this system and cannot be patched.")
