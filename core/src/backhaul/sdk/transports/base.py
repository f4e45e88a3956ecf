"""The seam between an adapter and the network: exchange one request for one response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from backhaul.sdk.deadline import Deadline


@dataclass(frozen=True, slots=True)
class Request:
    """One request to a back office.

    `operation` names it in errors, traces and fault plans ("POST customer"); `target` is a path below the
    transport's base address, or a file name. `safe` means that executing it changes nothing there, so a
    failure of it is always proven unsent.
    """

    method: str
    target: str
    operation: str
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict)
    safe: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """What came back, whole. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def header(self, name: str) -> str | None:
        """The value of a header, by name in any case."""
        return self.headers.get(name.lower())


@runtime_checkable
class Transport(Protocol):
    """Carries requests to one back office; implemented by ours, by wrappers and by third parties.

    Guarantees asked of every implementation: thread-safe at `max_in_flight`; the whole exchange ends by the
    deadline; no automatic retry and no redirect; foreign exceptions are translated:

    * TransientError: nothing was sent (refused, DNS, TLS handshake), or `request.safe`;
    * UnknownOutcomeError: anything after the first byte of an unsafe request may have left;
    * ConfigurationError: the address or certificates cannot work as configured.

    Any HTTP status is a Response, not an exception.
    """

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        """The response to `request`, or an error of the family above."""
        ...

    def close(self) -> None:
        """Release every socket and file."""
        ...
