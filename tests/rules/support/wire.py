"""How the system's answers and messages are read."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.rules.support.document import Document

from backhaul.sdk.errors import (
    AuthenticationError,
    MappingError,
    NotFoundError,
    RejectedError,
    Scope,
    TransientError,
    UnknownOutcomeError,
)
from backhaul.sdk.inbound import Inbound, InboundKind, RawMessage
from backhaul.sdk.transports.base import Request, Response


def inbounds(message: RawMessage, entity: str) -> Iterator[Inbound]:
    try:
        said = json.loads(message.body)
    except ValueError as error:
        msg = "the message is not JSON"
        raise MappingError(msg) from error
    for event in said.get("events", [said]):
        if event.get("entity") != entity:
            continue
        document = event.get("document") or {}
        refused = event.get("refused")
        yield Inbound(
            kind=InboundKind(event.get("kind", "changed")),
            external_id=event.get("id"),
            document=document,
            message_id=said.get("messageId"),
            our_id=document.get("ourId"),
            stamp=event.get("revision"),
            causation_id=event.get("causationId"),
            ticket=event.get("ticket"),
            refused=(refused[0], refused[1]) if refused else None,
        )


def read(response: Response, request: Request) -> Document:
    """The document of an answer that says yes, else the error of the family that it stands for."""
    match response.status:
        case 401:
            msg = "the credentials were refused"
            raise AuthenticationError(msg)
        case 422:
            said = json.loads(response.body)
            raise RejectedError(str(said["text"]), code=str(said["code"]))
        case 423:
            msg = "the object is locked"
            raise TransientError(msg, scope=Scope.DELIVERY)
        case 429:
            after = response.header("retry-after")
            msg = "too many requests"
            raise TransientError(msg, retry_after=float(after) if after else None)
        case 503:
            msg = "not available; nothing was processed"
            raise TransientError(msg)
        case 404:
            msg = f"{request.target} is not there"
            raise NotFoundError(msg)
        case 502:
            msg = "bad gateway"
            raise UnknownOutcomeError(msg)
    try:
        document: Document = json.loads(response.body)
    except ValueError as error:
        msg = "the answer cannot be read"
        if request.safe:
            raise TransientError(msg, scope=Scope.DELIVERY) from error
        raise UnknownOutcomeError(msg) from error
    return document
