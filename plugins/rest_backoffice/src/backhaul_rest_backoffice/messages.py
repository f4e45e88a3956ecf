"""Messages: the events that a hub posts, and the objects that a poll brought."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from backhaul.sdk.errors import MappingError
from backhaul.sdk.inbound import Inbound, InboundKind, RawMessage
from backhaul.sdk.json import Document
from backhaul.sdk.rest import RestAdapter
from backhaul.sdk.transports.json_body import UnreadableBodyError, parse_json
from backhaul_rest_backoffice.stamp import stamp_of

#: What stands in the path of a polled message before the name of the resource.
POLLED = "poll/"
KINDS: Mapping[str, InboundKind] = MappingProxyType(
    {
        "Create": InboundKind.CREATED,
        "AttributeValueChange": InboundKind.UPDATED,
        "StateChange": InboundKind.UPDATED,
        "Delete": InboundKind.DELETED,
    }
)
# The first spelling is that of version 4 of the official definitions, the second that of version 5.
_TIMES = ("timeOcurred", "timeOccurred", "eventTime")


def read(adapter: RestAdapter[Any], message: RawMessage, resource: str) -> Iterator[Inbound]:
    """What a message says of a resource; nothing when it is about another. Raises MappingError."""
    if message.path.startswith(POLLED):
        if message.path == f"{POLLED}{resource}":
            yield _inbound(adapter, _object(message), InboundKind.CHANGED, {"eventId": message.message_id})
        return
    event = _object(message)
    kind = _kind(event, message.path, resource)
    if kind is not None:
        yield _inbound(adapter, _subject(event, resource), kind, event)


def _object(message: RawMessage) -> Document:
    try:
        document = parse_json(message.body)
    except UnreadableBodyError as error:
        msg = f"The message cannot be read: {error}."
        raise MappingError(msg) from None
    if not isinstance(document, dict):
        msg = "The message is no object."
        raise MappingError(msg)
    return document


def _kind(event: Document, path: str, resource: str) -> InboundKind | None:
    """What happened, by the type of the event or the address that it was posted to."""
    told = event.get("eventType")
    name = told if isinstance(told, str) and told else path.rpartition("/")[2]
    for suffix, kind in KINDS.items():
        if name.casefold() == f"{resource}{suffix}Event".casefold():
            return kind
    return None


def _subject(event: Document, resource: str) -> Document:
    payload = event.get("event")
    subject = payload.get(resource) if isinstance(payload, dict) else None
    if not isinstance(subject, dict):
        msg = f"The event holds no {resource}."
        raise MappingError(msg, path=f"event.{resource}")
    return subject


def _inbound(
    adapter: RestAdapter[Any], document: Document, kind: InboundKind, event: Mapping[str, Any]
) -> Inbound:
    identifier = adapter.identifier_of(document)
    if identifier is None:
        msg = "The message does not say which object it is about."
        raise MappingError(msg, path=adapter.id_field)
    correlation = event.get("correlationId")
    number = event.get("eventId")
    return Inbound(
        kind=kind,
        external_id=identifier,
        document=document,
        message_id=number if isinstance(number, str) and number else None,
        our_id=adapter.our_id_of(document),
        stamp=adapter.stamp_of(document) or _time_of(adapter, event),
        causation_id=correlation if isinstance(correlation, str) and correlation else None,
    )


def _time_of(adapter: RestAdapter[Any], event: Mapping[str, Any]) -> str | None:
    """The time of the event, where its object bears no stamp although the system stamps its objects."""
    if adapter.settings.last_update_field is None:
        return None
    return next((stamp for name in _TIMES if (stamp := stamp_of(event.get(name))) is not None), None)
