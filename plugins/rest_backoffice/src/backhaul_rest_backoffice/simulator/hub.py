"""The hub: who registered for which API's events."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from backhaul.sdk.simulator.fault_plan import FaultPlan
from backhaul_rest_backoffice.simulator.event import Event
from backhaul_rest_backoffice.simulator.event_faults import EventFaults
from backhaul_rest_backoffice.simulator.listener import Listener
from backhaul_rest_backoffice.simulator.refusal import Refusal, bad_request, not_found
from backhaul_rest_backoffice.simulator.shape import TEXT, Structure

_REGISTRATION = Structure({"callback": TEXT, "query": TEXT}, mandatory=frozenset({"callback"}))
_INVALID_QUERY = "24"


@dataclass(frozen=True, slots=True)
class Subscription:
    """One registration; `event_types` is empty for all events."""

    id: str
    api: str
    callback: str
    query: str
    event_types: frozenset[str]
    listener: Listener

    def wants(self, event: Event) -> bool:
        """Whether this event was asked for."""
        asked = not self.event_types or event.document["eventType"] in self.event_types
        return asked and event.api == self.api

    def document(self) -> dict[str, str]:
        """What the client gets back."""
        body = {"id": self.id, "callback": self.callback}
        return {**body, "query": self.query} if self.query else body


class Hub:
    """Takes registrations and passes events on. Thread-safe."""

    def __init__(self, token: str | None = None, plan: Callable[[], FaultPlan] = FaultPlan) -> None:
        self._token = token
        self._faults = EventFaults(plan)
        self._subscriptions: dict[str, Subscription] = {}
        self._issued = 0
        self._lock = threading.Lock()

    def register(self, api: str, body: Any, token: str | None = None) -> dict[str, str]:
        """Register a callback, which is shown `token`. Raises Refusal 400; 409 for a registered one."""
        _REGISTRATION.check(body, "hub")
        callback, query = body["callback"], body.get("query", "")
        if urlsplit(callback).scheme not in {"http", "https"}:
            raise bad_request("22", "hub.callback is an http or https address.")
        types = _event_types(query)
        with self._lock:
            for found in self._subscriptions.values():
                if (found.api, found.callback, found.query) == (api, callback, query):
                    raise Refusal(409, "HUB_EXISTS", "This callback is registered already.")
            self._issued += 1
            listener = Listener(callback, token or self._token)
            subscription = Subscription(f"HUB-{self._issued}", api, callback, query, types, listener)
            self._subscriptions[subscription.id] = subscription
            return subscription.document()

    def unregister(self, api: str, identifier: str) -> None:
        """Remove a registration. Raises Refusal 404."""
        with self._lock:
            found = self._subscriptions.get(identifier)
            if found is None or found.api != api:
                raise not_found("hub", identifier)
            del self._subscriptions[identifier]
        found.listener.close()

    def tell(self, event: Event) -> None:
        """Pass an event to everybody who asked for it; returns at once."""
        with self._lock:
            for found in self._subscriptions.values():
                if found.wants(event):
                    handling = self._faults.handling(event)
                    for _ in range(handling.copies):
                        found.listener.tell(event, late=handling.late)

    def progress(self) -> list[dict[str, Any]]:
        """How far each registration has got."""
        with self._lock:
            return [
                {
                    **found.document(),
                    "delivered": found.listener.delivered,
                    "givenUp": found.listener.given_up,
                    "waiting": found.listener.waiting,
                }
                for found in self._subscriptions.values()
            ]

    def close(self) -> None:
        """Forget every registration and stop its listener."""
        with self._lock:
            subscriptions, self._subscriptions = list(self._subscriptions.values()), {}
        for found in subscriptions:
            found.listener.close()


def _event_types(query: str) -> frozenset[str]:
    """The event types that a query asks for, parted by commas; none means all."""
    names = parse_qs(query, keep_blank_values=True)
    if set(names) - {"eventType"} or any(len(values) > 1 for values in names.values()):
        raise bad_request(_INVALID_QUERY, "hub.query may name event types: eventType=A,B.")
    return frozenset(name for value in names.get("eventType", ()) for name in value.split(",") if name)
