"""What an adapter returns from a send: the system's yes, or its promise of a later answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from backhaul.sdk.json import Json

#: A sender's own revision or time; compared only with stamps of the same sender.
Stamp = int | str


@dataclass(frozen=True, slots=True)
class Reply:
    """The system's answer. A no is never a Reply: the adapter raises an error of the family instead.

    `document` is what stood on the wire, unparsed by the adapter; the framework reads it with the wire
    schema and merges only what it carries. `external_id` binds the record under the schema's resource.
    """

    document: Mapping[str, Json] | None = field(default=None, repr=False)
    external_id: str | None = None
    stamp: Stamp | None = None
    ticket: str | None = None

    @classmethod
    def completed(
        cls,
        document: Mapping[str, Json] | None = None,
        *,
        external_id: str | None = None,
        stamp: Stamp | None = None,
    ) -> Reply:
        """The system did what was asked."""
        return cls(document=document, external_id=external_id, stamp=stamp)

    @classmethod
    def accepted(cls, ticket: str) -> Reply:
        """The system took the request and will answer later under `ticket`, unique per back office."""
        return cls(ticket=ticket)


@dataclass(frozen=True, slots=True)
class Found:
    """An object as the back office shows it now: the answer of probes, finds and queries."""

    external_id: str
    document: Mapping[str, Json] = field(repr=False)
    stamp: Stamp | None = None
    bindings: Mapping[str, str] = field(default_factory=dict)
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class QueryPage:
    """One page of a live query, and how to ask for the next."""

    found: tuple[Found, ...]
    next_page: str | None = None
