"""Adapters of REST systems: upserts by merge patch, probes, finds and pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from backhaul.sdk.call import FindCall, ProbeCall, QueryCall, SendCall
from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import (
    AmbiguousError,
    MappingError,
    Scope,
    TransientError,
    UnknownOutcomeError,
    UnsupportedError,
)
from backhaul.sdk.json import Document, Json
from backhaul.sdk.repeat import Change
from backhaul.sdk.reply import Found, QueryPage, Reply, Stamp
from backhaul.sdk.rest_paging import PageMark, Paging, Turn, turn
from backhaul.sdk.rest_reply import RestReply
from backhaul.sdk.rest_requests import Occasion, R, RestRequests, RestSettings

_MOST_PAGES = 1_000


class RestAdapter(RestRequests[R]):
    """A back office with collections of JSON objects; state how the system spells what every system has."""

    #: The property that holds their id.
    id_field: ClassVar[str] = "id"
    #: The property that holds our id, by which lists can be filtered; None where the system has none.
    our_id_field: ClassVar[str | None] = None
    #: The header by which the system knows a repeated create; declare `repeat` accordingly.
    idempotency_header: ClassVar[str | None] = None
    paging: ClassVar[Paging] = Paging()
    #: What `check` reads, below the url.
    check_path: ClassVar[str] = ""

    def identifier_of(self, document: Mapping[str, Json]) -> str | None:
        """Their id of an object as it stands on the wire."""
        found = document.get(self.id_field)
        return (
            str(found)
            if isinstance(found, str | int) and not isinstance(found, bool) and found != ""
            else None
        )

    def our_id_of(self, document: Mapping[str, Json]) -> str | None:
        """Our id of an object, where the system keeps it."""
        found = document.get(self.our_id_field) if self.our_id_field else None
        return found if isinstance(found, str) else None

    def our_id_query(self, collection: str, record_id: str) -> Mapping[str, str]:
        """The filter that selects objects of a collection by our id. Raises UnsupportedError without one."""
        del collection
        if self.our_id_field is None:
            msg = f"{type(self).__name__} does not say where the system keeps our id."
            raise UnsupportedError(msg)
        return {self.our_id_field: record_id}

    @property
    def listed_at_once(self) -> int:
        """How many objects a page of a search has."""
        return 100

    def stamp_of(self, document: Mapping[str, Json]) -> Stamp | None:
        """When, or as which revision, the system last changed the object; None where it does not say."""
        del document
        return None

    def upsert(self, collection: str, call: SendCall[Any]) -> Reply:
        """Create the object, or change it if it is bound."""
        identifier = call.external_id()
        return (
            self.create(collection, call) if identifier is None else self.amend(collection, identifier, call)
        )

    def create(self, collection: str, call: SendCall[Any], payload: Document | None = None) -> Reply:
        """Make the object from the pinned payload (or `payload`) and take its id from the answer."""
        if call.change is not Change.CREATE:
            msg = "The record is not bound there, so it cannot be changed there. Nothing was sent."
            raise MappingError(msg, hint="Bind it to its object, or send it as a new one.")
        key = {self.idempotency_header: call.idempotency_key} if self.idempotency_header else None
        return self.replied(self.post(collection, payload or call.payload, call, headers=key))

    def amend(self, collection: str, identifier: str, call: SendCall[Any]) -> Reply:
        """Read, merge and write: the patch leaves everything of theirs as it is.

        Nothing is written when the object says it all already, as after an attempt without an answer.
        With an entity tag the write is conditional: a change in between raises TransientError (412), and
        the next attempt reads again.
        """
        current = self.get(collection, call, identifier)
        patch = self.merge_patch(current.one(), call)
        if _stands(current.body, patch):
            return self.replied(current, identifier)
        return self.replied(
            self.patch(collection, identifier, patch, call, if_match=current.etag), identifier
        )

    def merge_patch(self, current: Document, call: SendCall[Any]) -> Document:
        """The merge patch that brings the object to what the call says."""
        return call.schema.patch_document(current, call.changes)

    def remove(self, collection: str, call: SendCall[Any]) -> Reply:
        """Remove the object; one that is already gone is removed."""
        identifier = call.external_id()
        if identifier is not None:
            self.delete(collection, identifier, call)
        return Reply.completed(external_id=identifier)

    def replied(self, reply: RestReply, identifier: str | None = None) -> Reply:
        """The answer to a write. Without an id in body or Location the record stays unbound there."""
        if reply.body is None:
            return Reply.completed(external_id=identifier or reply.located)
        document = reply.one()
        found = identifier or self.identifier_of(document) or reply.located
        return Reply.completed(document, external_id=found, stamp=self.stamp_of(document))

    def identified(self, reply: RestReply) -> str:
        """The id of what a request has just made, for a step of a call. A yes without one is unknown."""
        found = self.replied(reply).external_id
        if found is None:
            msg = "The back office made an object, but does not say which."
            raise UnknownOutcomeError(msg)
        return found

    def probe(self, collection: str, call: ProbeCall[Any]) -> Found | None:
        """The object that a send made or changed: by its id, else by ours.

        Raises AmbiguousError when several objects carry our id.
        """
        identifier = call.external_id()
        if identifier is not None:
            reply = self.get_if_there(collection, call, identifier)
            return None if reply is None else self.found(reply)
        return self.with_our_id(collection, call, call.record_id)

    def with_our_id(self, collection: str, occasion: Occasion, record_id: str) -> Found | None:
        """The one object that carries our id; what a system shows besides it, ignoring the filter, is not it.

        Raises AmbiguousError when there are several.
        """
        candidates = {
            found.external_id: found
            for found in self.search(collection, occasion, self.our_id_query(collection, record_id))
            if self.our_id_of(found.document) == record_id
        }
        if len(candidates) > 1:
            msg = f"{len(candidates)} objects there carry the id of this record."
            raise AmbiguousError(msg, candidates=tuple(candidates), hint="Remove all but one there.")
        return next(iter(candidates.values()), None)

    def find(self, collection: str, call: FindCall[Any], query: Mapping[str, str]) -> Sequence[Found]:
        """Every object that a filter selects."""
        return tuple(self.search(collection, call, query))

    def query(self, collection: str, call: QueryCall[Any], criteria: Mapping[str, str]) -> QueryPage:
        """One page of a live query, or the one object with the external id that the call names."""
        if call.external_id is not None:
            reply = self.get_if_there(collection, call, call.external_id)
            return QueryPage(() if reply is None else (self.found(reply),))
        mark = PageMark.parse(call.page)
        turned = self._turn(collection, call, criteria, mark, call.page_size)
        following = None if turned.following is None else str(turned.following)
        return QueryPage(tuple(self._found(document) for document in turned.documents), following)

    def search(
        self, collection: str, occasion: Occasion | Deadline, query: Mapping[str, str]
    ) -> Iterator[Found]:
        """Every object that a filter selects, page by page."""
        mark = PageMark()
        for _ in range(_MOST_PAGES):
            turned = self._turn(collection, occasion, query, mark, self.listed_at_once)
            yield from (self._found(document) for document in turned.documents)
            if turned.following is None:
                return
            mark = turned.following
        msg = f"The list does not end after {_MOST_PAGES} pages."
        raise TransientError(msg, scope=Scope.DELIVERY, hint="Narrow the filter.")

    def found(self, reply: RestReply) -> Found:
        """The object that an answer shows."""
        return self._found(reply.one())

    def check(self, deadline: Deadline) -> str:
        """Read `check_path` with our credentials."""
        reply = self.get(self.check_path, deadline)
        return f"{self.settings.url} answers ({reply.status})"

    def _turn(
        self,
        collection: str,
        occasion: Occasion | Deadline,
        query: Mapping[str, str],
        mark: PageMark,
        size: int,
    ) -> Turn:
        paged = {**query, **self.paging.query(mark, size)}
        return turn(self.get(collection, occasion, query=paged), mark, size, self.paging)

    def _found(self, document: Document) -> Found:
        identifier = self.identifier_of(document)
        if identifier is None:
            msg = f"An object there has no {self.id_field!r}, so it cannot be told from others."
            raise TransientError(msg, scope=Scope.DELIVERY)
        return Found(identifier, document, self.stamp_of(document))


def _stands(current: Any, patch: Any) -> bool:
    """Whether a document says all that a merge patch would make it say."""
    if not isinstance(patch, dict):
        return bool(current == patch)
    if not isinstance(current, dict):
        return False
    return all(_stands(current.get(name), value) for name, value in patch.items())


__all__ = ["Occasion", "RestAdapter", "RestSettings"]
