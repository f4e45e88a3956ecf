"""Rendering a first attempt in a caller's thread: vetoes, matching, mapping, hooks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from backhaul.delivery.handler import Job, Pin
from backhaul.delivery.verdict import Verdict
from backhaul.entities import Record
from backhaul.processes.landscape import Landscape
from backhaul.processes.pinned import content, envelope
from backhaul.processes.preparation import covers
from backhaul.processes.route import FirstSend, Mode, Route
from backhaul.processes.snapshot import Snapshot
from backhaul.sdk.capability import Role
from backhaul.sdk.errors import HookError, MappingError, RejectedError, UnsupportedError
from backhaul.sdk.hooks import HookCall
from backhaul.sdk.invocation import Invocation, Rendered
from backhaul.sdk.json import Document
from backhaul.sdk.mapping.schema import WireSchema
from backhaul.sdk.repeat import Change
from backhaul.sdk.reply import Found
from backhaul.store.delivery_state import Action, State


@dataclass(frozen=True, slots=True)
class Matched:
    """The record was found at the back office before its first send: bind and merge instead of creating."""

    found: Found


@dataclass(frozen=True, slots=True)
class Rendering:
    """Turns a snapshot into a pin, or says why nothing is called."""

    landscape: Landscape
    clock: Callable[[], float] = time.time

    def render(self, job: Job) -> Pin | Verdict:
        """The pin of a first attempt. Raises what a defective plugin raises."""
        try:
            return self._render(job)
        except MappingError as error:
            return Verdict(State.UNMAPPABLE, error.path or "mapping", str(error), awakes=(job.delivery.ref,))
        except HookError as error:
            return Verdict(State.UNMAPPABLE, error.hook, str(error), awakes=(job.delivery.ref,))
        except RejectedError as error:
            return Verdict(State.REJECTED, error.code, str(error), awakes=(job.delivery.ref,))
        except UnsupportedError as error:
            return Verdict(State.REJECTED, "unsupported", str(error), awakes=(job.delivery.ref,))

    def _render(self, job: Job) -> Pin | Verdict:
        delivery, snapshot = job.delivery, self._snapshot(job)
        invocation = self.landscape.invocation(snapshot.back_office)
        if delivery.action is Action.DELETE:
            return Pin(delivery.version, content(Rendered(Change.DELETE, {}, {}, {}), sent=False))
        call = HookCall(snapshot.back_office, envelope(delivery))
        record = self._record(job, snapshot)
        schema: WireSchema[Record] = invocation.schema(Role.SENDS, delivery.entity)
        bound = schema.resource in snapshot.bindings
        vetoed = self._vetoed(job, record, call, bound=bound)
        if vetoed is not None:
            return vetoed
        if (
            not bound
            and delivery.first_send == FirstSend.EXISTING_ONLY
            and not invocation.can(Role.FINDS, delivery.entity)
        ):
            return self._skipped(job, "existing_only", "it is not bound there and may not be created")
        change = Change.UPDATE if bound else Change.CREATE
        if delivery.action is Action.COMMAND:
            change = Change.COMMAND
        base = snapshot.sync.base if change is Change.UPDATE else {}
        rendered = invocation.render(
            record, change, base, snapshot.context, call, leave_out=self._not_ours(job)
        )
        covered = covers(delivery, snapshot)
        if change is Change.UPDATE and not rendered.changes:
            return self._skipped(job, "in_sync", "the back office has all of it already", covered)
        if delivery.mode == Mode.DRY:
            values = {"pin": content(rendered, sent=False), "pinned_version": record.version}
            return Verdict(
                State.DRY,
                "dry",
                "mapped and recorded, not called",
                absorbed=covered,
                values=values,
                awakes=(delivery.ref,),
            )
        return Pin(record.version, content(rendered, sent=False), covered)

    def _snapshot(self, job: Job) -> Snapshot:
        snapshot: Snapshot = job.work
        return snapshot

    def _record(self, job: Job, snapshot: Snapshot) -> Record:
        """The record as it is now, or for a frozen payload as it was when the send was planned."""
        if job.delivery.document is not None:
            entity = job.delivery.entity
            # A command may be of something that is not kept here: then only the plugin knows its type.
            own = self.landscape.entities.get(entity)
            schema: WireSchema[Record] = self.landscape.invocation(snapshot.back_office).schema(
                Role.SENDS, entity
            )
            return (own or schema.entity_type()).model_validate(job.delivery.document)
        assert snapshot.record is not None  # noqa: S101  (preparation skipped deleted records)
        return snapshot.record

    def _vetoed(self, job: Job, record: Record, call: HookCall, *, bound: bool) -> Verdict | None:
        """No longer true: skipped, unless the record is already bound there; then it is sent (RULES 2)."""
        delivery = job.delivery
        if bound or delivery.action is Action.COMMAND:
            return None
        if delivery.condition:
            route = Route(delivery.process, (delivery.backoffice,), when=delivery.condition)
            document: Document = record.model_dump(mode="json")
            if not route.applies(document):
                return self._skipped(job, "when", "the route's condition does not hold any more")
        if not self.landscape.hooks.should_send(call, record):
            return self._skipped(job, "should_send", "a plugin's should_send said no")
        return None

    def _skipped(self, job: Job, code: str, reason: str, covered: tuple[int, ...] = ()) -> Verdict:
        return Verdict(State.SKIPPED, code, reason, absorbed=covered, awakes=(job.delivery.ref,))

    def _not_ours(self, job: Job) -> Callable[[str], bool] | None:
        """What the back office owns is left out of every payload to it; None where nobody owns anything."""
        ownership, delivery = self.landscape.ownership, job.delivery
        if delivery.entity not in ownership.rules:
            return None
        return lambda path: not ownership.may_send(delivery.entity, path, delivery.backoffice)

    def match(self, job: Job) -> Found | Verdict | None:
        """Look a record up before its first send, where the route says so. More than one hit parks."""
        delivery, snapshot = job.delivery, self._snapshot(job)
        invocation = self.landscape.invocation(snapshot.back_office)
        if not self._should_match(job, invocation, snapshot):
            return None
        record = self._record(job, snapshot)
        fields = invocation.ours(delivery.entity, record, snapshot.context)
        found = list(invocation.find(record, fields, record.keys(), envelope(delivery)))
        if len(found) > 1:
            candidates = ", ".join(sorted(item.external_id for item in found)[:20])
            reason = (
                f"{len(found)} objects there may be this record: {candidates}. Bind the right one by hand."
            )
            return Verdict(State.REJECTED, "ambiguous", reason, awakes=(delivery.ref,))
        if not found and delivery.first_send == FirstSend.EXISTING_ONLY:
            return self._skipped(job, "existing_only", "it does not exist there and may not be created")
        return found[0] if found else None

    def _should_match(self, job: Job, invocation: Invocation, snapshot: Snapshot) -> bool:
        delivery = job.delivery
        wanted = delivery.first_send in (FirstSend.MATCH_THEN_CREATE, FirstSend.EXISTING_ONLY)
        if not wanted or delivery.action is not Action.SAVE or delivery.pinned:
            return False
        resource = invocation.resource(delivery.entity) or ""
        return resource not in snapshot.bindings and invocation.can(Role.FINDS, delivery.entity)
