"""Binds adapter, settings and wire schemas: map → call → classify.

Delivery, explain and the conformance kit all go through this one path.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from backhaul.entities import Key, Record
from backhaul.sdk.adapter import Adapter
from backhaul.sdk.call import Binder, FindCall, ProbeCall, QueryCall, SendCall
from backhaul.sdk.capability import Capabilities, Capability, Role
from backhaul.sdk.classification import classify
from backhaul.sdk.deadline import Deadline
from backhaul.sdk.envelope import Envelope
from backhaul.sdk.errors import BackhaulError, ErrorContext, MappingError, UnsupportedError
from backhaul.sdk.hooks import HookCall, Hooks
from backhaul.sdk.inbound import Inbound, Polled, RawMessage
from backhaul.sdk.json import Document, Json
from backhaul.sdk.mapping.context import MapContext
from backhaul.sdk.mapping.difference import difference
from backhaul.sdk.mapping.schema import WireSchema
from backhaul.sdk.outcome import Accepted, Completed, Outcome, View
from backhaul.sdk.repeat import Change
from backhaul.sdk.reply import Found, QueryPage, Reply
from backhaul.sdk.written import WriteWatch, watching


@dataclass(frozen=True, slots=True)
class Rendered:
    """A record spelled for one back office: what differs from the base, as fields and as a document.

    `ours` is the whole mapped record and becomes the base of everything that was sent.
    """

    change: Change
    payload: Document = field(repr=False)
    changes: dict[str, Json] = field(repr=False)
    ours: dict[str, Json] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PinnedSend:
    """One send as it was pinned: the same for every attempt. `batch` is the name of what it travels in."""

    entity: str
    change: Change
    record_id: str
    version: int
    payload: Document = field(repr=False)
    changes: Mapping[str, Json] = field(repr=False)
    envelope: Envelope
    bindings: Mapping[str, str]
    batch: str | None = None


class Invocation:
    """One back office instance, ready to be called."""

    def __init__(
        self,
        name: str,
        plugin: str,
        adapter: Adapter[Any],
        hooks: Hooks,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.name = name
        self.plugin = plugin
        self.adapter = adapter
        self.hooks = hooks
        self.settings = adapter.settings
        self.capabilities: Capabilities = type(adapter).capabilities(adapter.settings)
        self._clock = clock
        self._schemas: dict[type[WireSchema[Any]], WireSchema[Any]] = {}
        for item in self.capabilities:
            if item.wire is not None and item.wire not in self._schemas:
                self._schemas[item.wire] = item.wire()

    def capability(self, role: Role, entity: str) -> Capability:
        """The declared capability. Raises UnsupportedError with the plugin author's reason."""
        found = self.capabilities.get(role, entity)
        if found is None:
            reason = self.capabilities.unsupported.get(entity, "its plugin declares no such capability")
            msg = f"{self.name} has no capability '{role} {entity}': {reason}."
            raise UnsupportedError(
                msg, context=ErrorContext(self.name, f"{role} {entity}", None, self.plugin)
            )
        return found

    def schema(self, role: Role, entity: str) -> WireSchema[Any]:
        """The wire schema of a capability, built once."""
        wire = self.capability(role, entity).wire
        if wire is None:
            msg = f"{self.name}: the capability '{role} {entity}' has no wire schema."
            raise UnsupportedError(msg, context=ErrorContext(self.name, None, None, self.plugin))
        return self._schemas[wire]

    def resource(self, entity: str) -> str | None:
        """The cross-reference resource of an entity at this back office; None when it is not exchanged."""
        for role in (Role.SENDS, Role.RECEIVES, Role.QUERIES, Role.FINDS):
            if self.capabilities.get(role, entity) is not None:
                return self.schema(role, entity).resource
        return None

    def ours(self, entity: str, record: Record, context: MapContext) -> dict[str, Json]:
        """The record as this back office would show it, every mapped field. No network."""
        return self.schema(Role.SENDS, entity).flatten(record, context)

    def ours_received(self, role: Role, entity: str, record: Record, context: MapContext) -> dict[str, Json]:
        """The record as this back office would tell it to us: what its messages are merged with."""
        return self.schema(role, entity).flatten(record, context, received=True)

    def render(
        self,
        record: Record,
        change: Change,
        base: Mapping[str, Json],
        context: MapContext,
        call: HookCall,
        *,
        leave_out: Callable[[str], bool] | None,
    ) -> Rendered:
        """Map for a first attempt, with hooks. `leave_out` tells which fields are not ours to send.

        Raises MappingError; nothing was sent then.
        """
        entity = record.entity
        schema = self.schema(Role.SENDS, entity)
        enriched = self.hooks.before_map(call, record)
        ours = _without(schema.flatten(enriched, context), leave_out)
        known = {path: value for path, value in _without(base, leave_out).items() if schema.sends(path)}
        changes = dict(ours) if change is Change.CREATE else difference(ours, known)
        document = schema.render(changes, nulls=change is not Change.CREATE)
        payload = self.hooks.before_call(call, document)
        if payload != document and change is not Change.CREATE:
            changes = self._changes_of(schema, payload, changes)
        return Rendered(change, payload, changes, ours)

    def _changes_of(
        self, schema: WireSchema[Any], payload: Document, changes: Mapping[str, Json]
    ) -> dict[str, Json]:
        """The changes with what `before_call` made of them: an update is sent by its changes."""
        said = dict(changes) | schema.parse(payload, partial=True).fields
        if schema.render(said, nulls=True) != payload:
            msg = f"before_call put into an update of {self.name} what its wire schema does not map."
            raise MappingError(msg, hint="Map it, or change mapped fields only: an update is sent by fields.")
        return said

    def send(self, pinned: PinnedSend, binder: Binder) -> Outcome:
        """One attempt with the pinned payload; never raises for what the back office did."""
        role = Role.DELETES if pinned.change is Change.DELETE else Role.SENDS
        found = self.capabilities.get(role, pinned.entity)
        if found is not None and found.batch > 1:
            return self.send_batch([pinned], lambda _: binder)[0]
        context = ErrorContext(
            self.name, f"send {pinned.entity}", pinned.envelope.correlation_id, self.plugin
        )
        with watching() as watch:
            try:
                call = self._send_call(pinned, binder)
                method = getattr(self.adapter, self.capability(role, pinned.entity).method)
                reply: Reply = method(call)
            except Exception as error:  # noqa: BLE001  (whatever a plugin raises is classified, none escapes)
                return classify(error, watch, context)
        return self._understood(pinned, reply, call.bindings)

    def send_batch(self, pinned: Sequence[PinnedSend], binder: Callable[[int], Binder]) -> list[Outcome]:
        """One exchange for several pinned sends of one entity; one outcome each, in order."""
        entity = pinned[0].entity
        context = ErrorContext(self.name, f"send {entity}", pinned[0].envelope.correlation_id, self.plugin)
        with watching() as watch:
            try:
                calls = [self._send_call(item, binder(index)) for index, item in enumerate(pinned)]
                method = getattr(self.adapter, self.capability(Role.SENDS, entity).method)
                replies: Sequence[Reply | Exception] = method(calls)
                if len(replies) != len(calls):
                    msg = f"{len(calls)} records were sent in a batch and {len(replies)} answers came back."
                    raise RuntimeError(msg)  # noqa: TRY301  (classified below like any broken answer)
            except Exception as error:  # noqa: BLE001
                return [classify(error, watch, context)] * len(pinned)
        return [
            classify(reply, watch, context)
            if isinstance(reply, Exception)
            else self._understood(item, reply, call.bindings)
            for item, reply, call in zip(pinned, replies, calls, strict=True)
        ]

    def _send_call(self, pinned: PinnedSend, binder: Binder) -> SendCall[Any]:
        role = Role.DELETES if pinned.change is Change.DELETE else Role.SENDS
        schema = self.schema(role, pinned.entity)
        return SendCall(
            entity=schema.entity_type(),
            change=pinned.change,
            record_id=pinned.record_id,
            version=pinned.version,
            payload=pinned.payload,
            changes=pinned.changes,
            schema=schema,
            envelope=pinned.envelope.stamped(self._clock()),
            idempotency_key=self._key_of(pinned),
            deadline=Deadline.after(self.settings.timeout),
            bindings=dict(pinned.bindings),
            binder=binder,
            batch=pinned.batch,
        )

    def idempotency_key(self, entity: str, record_id: str) -> str:
        """The same key for every attempt to create this record at this back office."""
        return hashlib.sha256(f"{self.name}\x1f{entity}\x1f{record_id}".encode()).hexdigest()[:32]

    def _key_of(self, pinned: PinnedSend) -> str:
        """For a command its own: two commands of one record are two, whatever they look like."""
        if pinned.change is not Change.COMMAND:
            return self.idempotency_key(pinned.entity, pinned.record_id)
        return self.idempotency_key(pinned.entity, f"{pinned.record_id}\x1f{pinned.envelope.message_id}")

    def _understood(self, pinned: PinnedSend, reply: Reply, bindings: Mapping[str, str]) -> Outcome:
        """The system said yes, so from here on no failure may lead to a second send (RULES 5)."""
        if reply.ticket is not None:
            return Accepted(reply.ticket)
        call = HookCall(self.name, pinned.envelope)
        external_id = reply.external_id
        try:
            reply = self.hooks.after_call(call, reply)
            external_id = reply.external_id or external_id
            schema = self.schema(Role.SENDS, pinned.entity)
            view = None
            if reply.document is not None and pinned.change is not Change.DELETE:
                view = self._view(schema, reply.document, reply.stamp, call)
        except Exception as error:  # noqa: BLE001
            return Completed(external_id, None, f"{type(error).__name__}: {error}", dict(bindings))
        return Completed(external_id, view, None, dict(bindings))

    def _view(
        self, schema: WireSchema[Any], document: Mapping[str, Json], stamp: Any, call: HookCall
    ) -> View:
        # A system tells what it likes of a record, so what it leaves out is unchanged, not missing.
        parsed = schema.parse(document, partial=True)
        return View(dict(self.hooks.after_map(call, parsed.fields)), parsed.complete, stamp)

    def view(self, role: Role, entity: str, found: Found, envelope: Envelope) -> View:
        """An object of theirs as flat wire fields. Raises MappingError when it cannot be read."""
        return self._view(
            self.schema(role, entity), found.document, found.stamp, HookCall(self.name, envelope)
        )

    def probe(self, pinned: PinnedSend) -> Found | None:
        """What became of a send. Raises the error family; UnsupportedError where the system has no probe."""
        capability = self.capability(Role.PROBES, pinned.entity)
        schema = self.schema(Role.PROBES, pinned.entity)
        call = ProbeCall(
            entity=schema.entity_type(),
            record_id=pinned.record_id,
            change=pinned.change,
            changes=pinned.changes,
            schema=schema,
            envelope=pinned.envelope,
            idempotency_key=self._key_of(pinned),
            deadline=Deadline.after(self.settings.timeout),
            bindings=dict(pinned.bindings),
        )
        found: Found | None = self._asked(f"probe {pinned.entity}", capability, call, pinned.envelope)
        return found

    def can(self, role: Role, entity: str) -> bool:
        """Whether the configured instance declares this capability."""
        return self.capabilities.get(role, entity) is not None

    def find(
        self, record: Record, fields: Mapping[str, Json], keys: tuple[Key, ...], envelope: Envelope
    ) -> Sequence[Found]:
        """Objects there that may be this record. Raises the error family."""
        capability = self.capability(Role.FINDS, record.entity)
        schema = self.schema(Role.FINDS, record.entity)
        deadline = Deadline.after(self.settings.timeout)
        call = FindCall(schema.entity_type(), record.id, keys, fields, schema, envelope, deadline)
        found: Sequence[Found] = self._asked(f"find {record.entity}", capability, call, envelope)
        return found

    def query(
        self, entity: str, envelope: Envelope, *, deadline: Deadline | None = None, **criteria: Any
    ) -> QueryPage:
        """A live read; nothing is stored. Raises the error family."""
        capability = self.capability(Role.QUERIES, entity)
        schema = self.schema(Role.QUERIES, entity)
        limit = deadline or Deadline.after(self.settings.timeout)
        call = QueryCall(schema.entity_type(), schema, envelope, limit, **criteria)
        page: QueryPage = self._asked(f"query {entity}", capability, call, envelope)
        return page

    def _asked(self, operation: str, capability: Capability, call: Any, envelope: Envelope) -> Any:
        context = ErrorContext(self.name, operation, envelope.correlation_id, self.plugin)
        try:
            return getattr(self.adapter, capability.method)(call)
        except BackhaulError as error:
            raise error.located(context) from error.__cause__

    def read(self, message: RawMessage) -> list[tuple[Capability, Inbound]]:
        """Every record in a message, with the capability that understood it. Raises MappingError if none."""
        found: list[tuple[Capability, Inbound]] = []
        for item in self.capabilities:
            if item.role is Role.RECEIVES:
                found.extend((item, inbound) for inbound in getattr(self.adapter, item.method)(message))
        if not found:
            msg = "The message carries nothing that this back office's plugin understands."
            raise MappingError(msg, context=ErrorContext(self.name, "receive", None, self.plugin))
        return found

    def poll(self, source: str, cursor: str | None) -> Polled:
        """What changed at a polled source. Raises the error family."""
        context = ErrorContext(self.name, f"poll {source}", None, self.plugin)
        try:
            return self.adapter.poll(source, cursor, Deadline.after(self.settings.timeout))
        except BackhaulError as error:
            raise error.located(context) from error.__cause__

    def attempt(self, pinned: PinnedSend, number: int) -> PinnedSend:
        """The same pinned send with the attempt's number on its envelope."""
        return replace(pinned, envelope=replace(pinned.envelope, attempt=number))

    def close(self) -> None:
        """Close adapter and transport."""
        self.adapter.close()
        self.adapter.transport.close()


__all__ = ["Invocation", "PinnedSend", "Rendered", "WriteWatch"]


def _without(fields: Mapping[str, Json], leave_out: Callable[[str], bool] | None) -> dict[str, Json]:
    if leave_out is None:
        return dict(fields)
    return {path: value for path, value in fields.items() if not leave_out(path)}
