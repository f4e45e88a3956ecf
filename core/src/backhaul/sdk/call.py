"""What an adapter's methods are handed: one typed call each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from backhaul.entities import Key, Record
from backhaul.sdk.deadline import Deadline
from backhaul.sdk.envelope import Envelope
from backhaul.sdk.json import Document, Json
from backhaul.sdk.mapping.schema import WireSchema
from backhaul.sdk.repeat import Change

E = TypeVar("E", bound=Record)

#: Makes a cross reference durable: (resource, external id). Returns only after it is committed.
Binder = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class SendCall(Generic[E]):
    """One pinned send. `payload` and `changes` are the bytes of every attempt: send them, nothing newer.

    `changes` are the flat wire fields that differ from what the system last agreed to (all of them, for a
    create); `payload` is the same as a nested document. `idempotency_key` is the same for every attempt to
    create this record at this back office. `batch` is the name of the batch that it travels in: unique,
    committed before the call, and the same with the same members when the batch is sent again.
    """

    entity: type[E]
    change: Change
    record_id: str
    version: int
    payload: Document = field(repr=False)
    changes: Mapping[str, Json] = field(repr=False)
    schema: WireSchema[E] = field(repr=False)
    envelope: Envelope
    idempotency_key: str
    deadline: Deadline
    bindings: dict[str, str]
    binder: Binder = field(repr=False)
    batch: str | None = None

    def external_id(self, resource: str | None = None) -> str | None:
        """Their id of this record under `resource` (default: the schema's), None when not bound yet."""
        return self.bindings.get(resource or self.schema.resource)

    def bind(self, resource: str, external_id: str) -> None:
        """Bind durably before the next step of a call that makes several objects.

        Raises ConflictError when either side is already bound to something else.
        """
        if self.bindings.get(resource) == external_id:
            return
        self.binder(resource, external_id)
        self.bindings[resource] = external_id


@dataclass(frozen=True, slots=True)
class ProbeCall(Generic[E]):
    """Asks what became of a send whose outcome is unknown. Must change nothing at the other side."""

    entity: type[E]
    record_id: str
    change: Change
    changes: Mapping[str, Json] = field(repr=False)
    schema: WireSchema[E] = field(repr=False)
    envelope: Envelope
    idempotency_key: str
    deadline: Deadline
    bindings: Mapping[str, str]

    def external_id(self, resource: str | None = None) -> str | None:
        """Their id of this record, None when not bound."""
        return self.bindings.get(resource or self.schema.resource)


@dataclass(frozen=True, slots=True)
class FindCall(Generic[E]):
    """Looks for objects that may be this record, before it is created there (RULES 2, `first_send`)."""

    entity: type[E]
    record_id: str
    keys: tuple[Key, ...]
    fields: Mapping[str, Json] = field(repr=False)
    schema: WireSchema[E] = field(repr=False)
    envelope: Envelope
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class QueryCall(Generic[E]):
    """Asks a back office live; nothing is stored. Give an external id, or criteria of wire field values."""

    entity: type[E]
    schema: WireSchema[E] = field(repr=False)
    envelope: Envelope
    deadline: Deadline
    external_id: str | None = None
    criteria: Mapping[str, Json] = field(default_factory=dict, repr=False)
    page: str | None = None
    page_size: int = 100
