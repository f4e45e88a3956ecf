"""Requests to a REST system, with the ids of the message they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, TypeVar

from backhaul.sdk.adapter import Adapter
from backhaul.sdk.deadline import Deadline
from backhaul.sdk.envelope import Envelope
from backhaul.sdk.rest_reply import RestReply, json_bytes
from backhaul.sdk.settings import AdapterSettings
from backhaul.sdk.transports.base import Request, Response, Transport
from backhaul.sdk.transports.rest import RestTransport
from backhaul.sdk.transports.rest import path as escaped
from backhaul.sdk.transports.rest_reply import classify
from backhaul.sdk.transports.rest_settings import RestTransportSettings

_GONE = frozenset({404, 410})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class RestSettings(AdapterSettings, RestTransportSettings):
    """A back office that speaks JSON over HTTP: where it is, how to prove who we are, and how it answers.

    `patch_type` is the content type under which it takes a merge patch.
    """

    patch_type: str = "application/merge-patch+json"


R = TypeVar("R", bound=RestSettings)


class Occasion(Protocol):
    """On whose behalf and until when a request is made: every call of an adapter is one."""

    @property
    def envelope(self) -> Envelope:
        """The ids of the message."""
        ...

    @property
    def deadline(self) -> Deadline:
        """By when it must have ended."""
        ...


class RestRequests(Adapter[R]):
    """The requests that an adapter of a REST system makes.

    `collection` is a path below the url, such as ``party/v4/individual``; an id is appended to it, escaped.
    All methods raise errors of the family only, by the table of `transports.rest_reply.classify`.
    """

    settings_type: ClassVar[type[AdapterSettings]] = RestSettings
    message_id_header: ClassVar[str] = "X-Message-Id"
    correlation_id_header: ClassVar[str] = "X-Correlation-Id"

    @classmethod
    def open_transport(cls, settings: R) -> Transport:
        """A pool of connections to the url; opens none before the first exchange."""
        return RestTransport(settings)

    def get(
        self,
        collection: str,
        occasion: Occasion | Deadline,
        identifier: str | None = None,
        *,
        query: Mapping[str, str] | None = None,
    ) -> RestReply:
        """Read one object, or the list."""
        return self.ask("GET", collection, occasion, identifier, query=query)

    def get_if_there(
        self, collection: str, occasion: Occasion | Deadline, identifier: str
    ) -> RestReply | None:
        """Read one object; None when the system says that it is not there (404, 410)."""
        request = self.request("GET", collection, occasion, identifier)
        response = self.transport.exchange(request, _deadline(occasion))
        return None if response.status in _GONE else self._read(response, request)

    def post(
        self,
        collection: str,
        document: Any,
        occasion: Occasion | Deadline,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> RestReply:
        """Make an object."""
        return self.ask("POST", collection, occasion, document=document, headers=headers)

    def patch(
        self,
        collection: str,
        identifier: str,
        document: Any,
        occasion: Occasion | Deadline,
        *,
        if_match: str | None = None,
    ) -> RestReply:
        """Change an object by merge patch; with `if_match` only the version that has this entity tag."""
        headers = {"Content-Type": self.settings.patch_type}
        if if_match is not None:
            headers["If-Match"] = if_match
        return self.ask("PATCH", collection, occasion, identifier, document=document, headers=headers)

    def delete(self, collection: str, identifier: str, occasion: Occasion | Deadline) -> RestReply | None:
        """Remove an object; None when it was not there."""
        request = self.request("DELETE", collection, occasion, identifier)
        response = self.transport.exchange(request, _deadline(occasion))
        return None if response.status in _GONE else self._read(response, request)

    def ask(
        self,
        method: str,
        collection: str,
        occasion: Occasion | Deadline,
        identifier: str | None = None,
        *,
        document: Any = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> RestReply:
        """Any request; returns the answer only if the system said yes."""
        request = self.request(
            method, collection, occasion, identifier, document=document, query=query, headers=headers
        )
        return self._read(self.transport.exchange(request, _deadline(occasion)), request)

    def request(
        self,
        method: str,
        collection: str,
        occasion: Occasion | Deadline,
        identifier: str | None = None,
        *,
        document: Any = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Request:
        """The request, with the ids of its message. Raises MappingError when it cannot be written."""
        named = {"Accept": "application/json", **self._message_headers(occasion)}
        body = None
        if document is not None:
            body = json_bytes(document)
            named["Content-Type"] = "application/json"
        one = "" if identifier is None else f"/{escaped(identifier)}"
        resource = collection.rstrip("/").rpartition("/")[2]
        return Request(
            method=method,
            target=f"{collection}{one}",
            operation=f"{method} {resource}/{{id}}" if one else f"{method} {resource}",
            body=body,
            headers={**named, **(headers or {})},
            query=query or {},
            safe=method in _SAFE,
        )

    def _message_headers(self, occasion: Occasion | Deadline) -> dict[str, str]:
        if isinstance(occasion, Deadline):
            return {}
        return {
            self.message_id_header: occasion.envelope.message_id,
            self.correlation_id_header: occasion.envelope.correlation_id,
        }

    def _read(self, response: Response, request: Request) -> RestReply:
        return RestReply.of(classify(response, request, self.settings), request)


def _deadline(occasion: Occasion | Deadline) -> Deadline:
    return occasion if isinstance(occasion, Deadline) else occasion.deadline
