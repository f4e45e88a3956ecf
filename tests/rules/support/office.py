"""The adapter of the system: what it can do is a matter of its settings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import Field
from tests.rules.support.document import Document
from tests.rules.support.payment import Payment
from tests.rules.support.schemas import SCHEMAS, ClosedAddressesSchema, EmbeddingSchema
from tests.rules.support.wire import inbounds, read

from backhaul.entities import Account, Contact, Record
from backhaul.sdk.adapter import Adapter
from backhaul.sdk.call import FindCall, ProbeCall, QueryCall, SendCall
from backhaul.sdk.capability import Capabilities, Capability, Role
from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import MappingError, NotFoundError, RejectedError
from backhaul.sdk.inbound import Inbound, Polled, RawMessage
from backhaul.sdk.mapping import WireSchema
from backhaul.sdk.repeat import Change, Repeat, Stamps
from backhaul.sdk.reply import Found, QueryPage, Reply
from backhaul.sdk.settings import AdapterSettings
from backhaul.sdk.transports.base import Request, Transport

TYPES: dict[str, type[Record]] = {"account": Account, "contact": Contact, "payment": Payment}


class OfficeSettings(AdapterSettings):
    """What this installation of the system can do. `needs` names, per entity, what must be bound first."""

    max_in_flight: int = 2
    timeout: float = 5.0
    settle_after: float = 60.0
    attempts: int = 3
    backoff: float = 1.0
    backoff_limit: float = 8.0
    wait_limit: float = 3_600.0
    accepted_limit: float = 600.0

    entities: tuple[str, ...] = ("account", "contact", "payment")
    repeat: Repeat = Repeat.NONE
    probe: bool = True
    finds: bool = True
    deletes: bool = False
    receives: bool = True
    batch: int = 1
    in_order: bool = False
    stamps: Stamps = Stamps.EVERYWHERE
    embeds_contacts: bool = False
    closed_addresses: bool = False
    two_steps: bool = False
    needs: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    page: int = 2


class Office(Adapter[OfficeSettings]):
    """One back office of this kind."""

    poll_sources = ("feed",)

    def __init__(self, settings: OfficeSettings, transport: Transport) -> None:
        super().__init__(settings, transport)
        # Declared per class, but here a matter of each installation.
        object.__setattr__(self, "stamps", settings.stamps)

    @classmethod
    def capabilities(cls, settings: OfficeSettings) -> Capabilities:
        """What the settings say."""
        return Capabilities(
            [item for name in settings.entities for item in _capabilities(settings, name)], cls.unsupported
        )

    # ---- sends ------------------------------------------------------------------------------------------

    def send(self, call: SendCall[Any]) -> Reply:
        """Create, change or command one object."""
        if call.change is Change.UPDATE:
            return self._amend(call)
        payload = call.payload
        if self.settings.two_steps:
            payload = {**payload, "holder": self._holder(call)}
        return self._replied(self._ask("POST", _collection(call), call, payload))

    def _holder(self, call: SendCall[Any]) -> str:
        """The first of two objects that one call makes: bound before the second is asked for."""
        known = call.external_id("holder")
        if known is not None:
            return known
        made = self._ask("POST", "holder", call, {"for": call.record_id})
        call.bind("holder", str(made["id"]))
        return str(made["id"])

    def _amend(self, call: SendCall[Any]) -> Reply:
        identifier = call.external_id()
        if identifier is None:
            msg = "the record is not bound there"
            raise MappingError(msg)
        target = f"{_collection(call)}/{identifier}"
        patch = call.payload
        if any("[" in path for path in call.changes):
            # A list is replaced as a whole there: read, merge and write.
            patch = call.schema.patch_document(self._ask("GET", target, call), call.changes)
        return self._replied(self._ask("PATCH", target, call, patch), identifier)

    def send_many(self, calls: Sequence[SendCall[Any]]) -> Sequence[Reply | Exception]:
        """Several records in one exchange."""
        items = [
            {
                "method": "PATCH" if call.change is Change.UPDATE else "POST",
                "id": call.external_id(),
                "messageId": call.envelope.message_id,
                "key": call.idempotency_key,
                "document": call.payload,
            }
            for call in calls
        ]
        answer = self._ask("POST", f"batch/{_collection(calls[0])}", calls[0], {"items": items})
        if "ticket" in answer:
            return [Reply.accepted(f"{answer['ticket']}.{place}") for place, _ in enumerate(calls)]
        return [
            RejectedError(str(one["text"]), code=str(one["code"])) if "code" in one else self._replied(one)
            for one in answer["results"]
        ]

    def remove(self, call: SendCall[Any]) -> Reply:
        """Remove one object."""
        identifier = call.external_id()
        self._ask("DELETE", f"{_collection(call)}/{identifier}", call)
        return Reply.completed(external_id=identifier)

    def _replied(self, shown: Document, identifier: str | None = None) -> Reply:
        if "ticket" in shown:
            return Reply.accepted(str(shown["ticket"]))
        stamp = shown.get("revision") if self.settings.stamps is Stamps.EVERYWHERE else None
        return Reply.completed(shown, external_id=identifier or shown.get("id"), stamp=stamp)

    # ---- reads ------------------------------------------------------------------------------------------

    def probe(self, call: ProbeCall[Any]) -> Found | None:
        """The object by its id, or by the key of its creation."""
        identifier = call.external_id()
        collection = call.schema.resource
        try:
            if identifier is not None:
                return self._found(self._ask("GET", f"{collection}/{identifier}", call))
            listed = self._ask("GET", collection, call, query={"key": call.idempotency_key})["items"]
        except NotFoundError:
            return None
        return self._found(listed[0]) if listed else None

    def find(self, call: FindCall[Any]) -> Sequence[Found]:
        """Everything that has the same number, else the same name."""
        for wire, path in (("number", "account_number"), ("name", "name"), ("lastName", "last_name")):
            value = call.fields.get(path)
            if isinstance(value, str):
                answer = self._ask("GET", call.schema.resource, call, query={wire: value})
                return [self._found(one) for one in answer["items"]]
        return []

    def query(self, call: QueryCall[Any]) -> QueryPage:
        """Objects as they are now."""
        if call.external_id is not None:
            found = self._ask("GET", f"{call.schema.resource}/{call.external_id}", call)
            return QueryPage((self._found(found),))
        criteria = {name: str(value) for name, value in call.criteria.items()}
        answer = self._ask("GET", call.schema.resource, call, query=criteria)
        return QueryPage(tuple(self._found(one) for one in answer["items"]))

    def _found(self, shown: Document) -> Found:
        stamp = shown.get("revision") if self.settings.stamps is not Stamps.NEVER else None
        return Found(str(shown["id"]), shown, stamp)

    # ---- messages ---------------------------------------------------------------------------------------

    def receive_account(self, message: RawMessage) -> Iterable[Inbound]:
        """What a message says of accounts."""
        return inbounds(message, "account")

    def receive_contact(self, message: RawMessage) -> Iterable[Inbound]:
        """What a message says of contacts."""
        return inbounds(message, "contact")

    def receive_payment(self, message: RawMessage) -> Iterable[Inbound]:
        """What a message says of payments."""
        return inbounds(message, "payment")

    def poll(self, source: str, cursor: str | None, deadline: Deadline) -> Polled:
        """A page of the feed."""
        request = Request("GET", source, f"GET {source}", safe=True, query={"after": cursor or "0"})
        response = self.transport.exchange(request, deadline)
        entries = read(response, request)["entries"]
        start = int(cursor or "0")
        chosen = entries[start : start + self.settings.page]
        messages = tuple(
            RawMessage(json.dumps(entry).encode(), message_id=entry.get("messageId")) for entry in chosen
        )
        end = start + len(chosen)
        return Polled(messages, str(end) if messages else cursor, more=end < len(entries))

    def _ask(
        self,
        method: str,
        target: str,
        call: Any,
        document: Document | None = None,
        *,
        query: Mapping[str, str] | None = None,
    ) -> Document:
        collection = target.partition("/")[0]
        headers = {"x-message-id": call.envelope.message_id}
        key = getattr(call, "idempotency_key", None)
        if key is not None:
            headers["x-key"] = key
        body = None if document is None else json.dumps(document).encode()
        safe = method == "GET"
        request = Request(method, target, f"{method} {collection}", body, headers, query or {}, safe)
        return read(self.transport.exchange(request, call.deadline), request)


def _collection(call: SendCall[Any]) -> str:
    return str(call.schema.resource)


def _capabilities(settings: OfficeSettings, name: str) -> Iterator[Capability]:
    entity = TYPES[name]
    schema: type[WireSchema[Any]] = SCHEMAS[name]
    embeds: tuple[type[Record], ...] = ()
    if name == "account" and settings.embeds_contacts:
        schema, embeds = EmbeddingSchema, (Contact,)
    elif name == "account" and settings.closed_addresses:
        schema = ClosedAddressesSchema
    needs = tuple(TYPES[one] for one in settings.needs.get(name, ()))
    method = "send" if settings.batch == 1 else "send_many"
    yield Capability(
        Role.SENDS, entity, method, schema, settings.repeat, embeds, needs, settings.batch, settings.in_order
    )
    yield Capability(Role.QUERIES, entity, "query", schema)
    if settings.probe:
        yield Capability(Role.PROBES, entity, "probe", schema)
    if settings.finds:
        yield Capability(Role.FINDS, entity, "find", schema)
    if settings.receives:
        yield Capability(Role.RECEIVES, entity, f"receive_{name}", schema)
    if settings.deletes:
        yield Capability(Role.DELETES, entity, "remove", schema, settings.repeat)
