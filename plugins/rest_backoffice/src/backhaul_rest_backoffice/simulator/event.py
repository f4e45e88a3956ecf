"""Events: what the system tells the listeners that registered at its hub."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """One notification, ready to be posted to ``<callback>/listener/<name>``."""

    api: str
    name: str
    document: dict[str, Any]


def event(
    resource: str,
    api: str,
    kind: str,
    document: dict[str, Any],
    *,
    event_id: str,
    at: str,
    correlation_id: str | None,
) -> Event:
    """The event of a change; `kind` is Create, AttributeValueChange, StateChange or Delete."""
    name = f"{resource}{kind}Event"
    body: dict[str, Any] = {
        "eventId": event_id,
        "eventTime": at,
        "eventType": name[0].upper() + name[1:],
        # Spelled like this in version 4 of the official definitions.
        "timeOcurred": at,
        "domain": api,
        "event": {resource: document},
    }
    if correlation_id is not None:
        body["correlationId"] = correlation_id
    return Event(api, name, body)
