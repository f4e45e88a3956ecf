"""Planning a send: a delivery per routed back office, in the transaction of the save (RULES 2)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from uuid import uuid4

from backhaul.entities import Key, Record
from backhaul.processes.landscape import HOP_LIMIT, Landscape
from backhaul.processes.route import FirstSend, Mode, Payload, Route, Trigger
from backhaul.sdk.capability import Role
from backhaul.sdk.envelope import Verb
from backhaul.sdk.invocation import Invocation
from backhaul.sdk.json import Document
from backhaul.store.delivery_state import Action, State
from backhaul.store.records import Ref
from backhaul.store.sync_states import Presence
from backhaul.store.unit_of_work import UnitOfWork

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why sends are planned: who made the change, in which chain, and whether somebody is waiting."""

    origin: str
    correlation_id: str
    causation_id: str | None = None
    hop: int = 0
    interactive: bool = False
    name: str = "save"


@dataclass(frozen=True, slots=True)
class Intent:
    """One send to be planned."""

    back_office: str
    record: Record
    process: str
    cause: Cause
    action: Action = Action.SAVE
    route: Route | None = None
    document: Document | None = field(default=None, repr=False)
    linked_to: int | None = None
    message_id: str | None = None


class Planner:
    """Plans sends within the caller's transaction."""

    def __init__(self, landscape: Landscape) -> None:
        self.landscape = landscape

    def saved(
        self, uow: UnitOfWork, record: Record, cause: Cause, *, skip: frozenset[str] = frozenset()
    ) -> list[int]:
        """Plan by the routes of the save trigger; the origin of a change is not a target of it."""
        document = record.model_dump(mode="json")
        planned: list[int] = []
        for route in self.landscape.send_routes(record.entity, Trigger.SAVE):
            if not route.applies(document):
                continue
            for name in route.to:
                if name != cause.origin and name not in skip:
                    planned += self._to(uow, name, record, route, cause)
        planned += self._inside_others(uow, record, cause, skip)
        return planned + self._for_children(uow, record, cause)

    def _inside_others(
        self, uow: UnitOfWork, record: Record, cause: Cause, skip: frozenset[str]
    ) -> list[int]:
        """Where it travels inside other records, its change sends those that are sent there (RULES 2)."""
        planned: list[int] = []
        for name, invocation in sorted(self.landscape.invocations.items()):
            if name == cause.origin or name in skip or invocation.can(Role.SENDS, record.entity):
                continue
            for owner in self._owners(uow, invocation, record):
                route = self._applying(owner, name)
                if route is not None or name in uow.sync_states.bound_to((owner.entity, owner.id)):
                    known = route or self._route(owner.entity, name)
                    planned += self._to(uow, name, owner, known, replace(cause, name="embedded"))
        return planned

    def _applying(self, record: Record, name: str) -> Route | None:
        """The route by which a save of this record is sent to a back office, if any."""
        document = record.model_dump(mode="json")
        for route in self.landscape.send_routes(record.entity, Trigger.SAVE):
            if name in route.to and route.applies(document):
                return route
        return None

    def _for_children(self, uow: UnitOfWork, record: Record, cause: Cause) -> list[int]:
        """An edited parent is sent again where a child waits for it, routed there or not."""
        ref = (record.entity, record.id)
        waiting = {
            name
            for name in self.landscape.invocations
            if name != cause.origin
            and uow.deliveries.waiting_on(name, [ref])
            and not uow.deliveries.open_of(name, [ref])[ref]
        }
        return [found for name in sorted(waiting) for found in self.parent(uow, name, record, cause)]

    def commanded(self, uow: UnitOfWork, record: Record, targets: Iterable[str], cause: Cause) -> list[int]:
        """Plan a send that somebody asked for, to named back offices."""
        planned: list[int] = []
        for name in targets:
            planned += self._to(uow, name, record, self._route(record.entity, name), cause)
        return planned

    def converge(
        self,
        uow: UnitOfWork,
        record: Record,
        cause: Cause,
        targets: Iterable[str],
        *,
        closing: int | None = None,
    ) -> list[int]:
        """Plan to back offices whose base may differ from the record and that have no open delivery of it.

        The comparison itself is made when the delivery is rendered; without a difference it is skipped.
        `closing` is a delivery that is about to be settled in this transaction.
        """
        ref = (record.entity, record.id)
        planned: list[int] = []
        for name in sorted(targets):
            if any(delivery.id != closing for delivery in uow.deliveries.open_of(name, [ref])[ref]):
                continue
            if self.landscape.is_off(record.entity, name) or self._stopped(uow, name, ref, cause):
                continue
            route = self._route(record.entity, name)
            planned += self._to(uow, name, record, route, replace(cause, name="convergence"))
        return planned

    def _stopped(self, uow: UnitOfWork, name: str, ref: Ref, cause: Cause) -> bool:
        """Whether this very chain was stopped there as a loop: it is alarmed once."""
        last = uow.deliveries.last_of(name, ref) if cause.hop > HOP_LIMIT else None
        return last is not None and last.code == "loop" and last.causation_id == cause.causation_id

    def bound(self, uow: UnitOfWork, name: str, refs: Sequence[Ref], cause: Cause) -> list[int]:
        """Records got an id at a back office: what names them there can say so now (convergence)."""
        planned: list[int] = []
        for ref, stored in uow.records.many(self.naming(uow, name, refs)).items():
            if not stored.deleted and ref not in refs:
                planned += self.converge(uow, stored.typed(self.landscape.entities), cause, [name])
        return planned

    def naming(self, uow: UnitOfWork, name: str, refs: Sequence[Ref]) -> list[Ref]:
        """The records known to a back office whose payloads there name any of these."""
        keys = [Key(f"@{entity}", record_id, strong=False) for entity, record_id in refs]
        others = [
            (referring, found)
            for referring in self.landscape.referring(name, {entity for entity, _ in refs})
            for found in uow.records.by_keys(referring, keys)
        ]
        return [ref for ref, ids in uow.cross_references.to_external(name, others).items() if ids]

    def parent(self, uow: UnitOfWork, name: str, record: Record, cause: Cause) -> list[int]:
        """Plan a needed record once on its own lane, for a child that waits for it."""
        return self._to(uow, name, record, self._route(record.entity, name), replace(cause, name="parent"))

    def deleted(self, uow: UnitOfWork, record: Record, cause: Cause) -> list[int]:
        """Plan the deletion wherever the record may be and the back office declares it (opt-in)."""
        ref = (record.entity, record.id)
        bound = uow.cross_references.bound_at(ref)
        document = record.model_dump(mode="json")
        planned: list[int] = []
        for name, invocation in sorted(self.landscape.invocations.items()):
            if name == cause.origin or not invocation.can(Role.DELETES, record.entity):
                continue
            if name in bound or self._may_be_there(uow, name, ref):
                process = self._process(record.entity)
                intent = Intent(name, record, process, cause, Action.DELETE, None, document)
                planned.append(self.enqueue(uow, intent))
        return planned

    def _may_be_there(self, uow: UnitOfWork, name: str, ref: Ref) -> bool:
        """On its way, or there under an id that is not known yet: resolved at the first attempt (RULES 1)."""
        if uow.deliveries.open_of(name, [ref])[ref]:
            return True
        return uow.sync_states.get(name, ref).presence is not Presence.ABSENT

    def _route(self, entity: str, name: str) -> Route | None:
        """How an entity is sent to a back office, whatever the trigger."""
        for trigger in (Trigger.SAVE, Trigger.COMMAND):
            for route in self.landscape.send_routes(entity, trigger):
                if name in route.to:
                    return route
        return None

    def _process(self, entity: str) -> str:
        process = self.landscape.catalogue.of(Verb.SEND, entity)
        return process.name if process is not None else f"Send {entity}"

    def _to(self, uow: UnitOfWork, name: str, record: Record, route: Route | None, cause: Cause) -> list[int]:
        """Plan the record itself, or the records in whose payload it travels there."""
        invocation = self.landscape.invocations.get(name)
        if invocation is not None and not invocation.can(Role.SENDS, record.entity):
            named = replace(cause, name="embedded")
            owners = self._owners(uow, invocation, record)
            return [
                one
                for owner in owners
                for one in self._to(uow, name, owner, self._route(owner.entity, name), named)
            ]
        process = route.process if route is not None else self._process(record.entity)
        document = None
        if route is not None and route.payload is Payload.FROZEN:
            document = record.model_dump(mode="json")
        intent = Intent(
            name, record, self.landscape.catalogue.find(process).name, cause, route=route, document=document
        )
        return [self.enqueue(uow, intent)]

    def _owners(self, uow: UnitOfWork, invocation: Invocation, record: Record) -> list[Record]:
        """The records in whose payload this one travels to a back office."""
        capability = invocation.capabilities.owner_of(record.entity)
        if capability is None:
            return []
        # Every record is indexed under the records that it names (see Records), so its owners are found.
        entity = capability.entity.entity
        ids = uow.records.by_keys(entity, [Key(f"@{record.entity}", record.id, strong=False)])
        found = uow.records.many((entity, id_) for id_ in ids).values()
        return [stored.typed(self.landscape.entities) for stored in found if not stored.deleted]

    def enqueue(self, uow: UnitOfWork, intent: Intent) -> int:
        """Store one delivery on its lane; its id. Beyond the hop limit it is parked and alarmed instead."""
        record, route, cause = intent.record, intent.route, intent.cause
        ref = (record.entity, record.id)
        ready = uow.now + (route.settle if route is not None else 0.0)
        lane, seq = self._place(uow, intent, ref, ready)
        delivery_id = uow.deliveries.insert(
            {
                "lane_id": lane,
                "seq": seq,
                "runnable": True,
                "state": State.PENDING.value,
                "backoffice": intent.back_office,
                "process": intent.process,
                "entity": record.entity,
                "record_id": record.id,
                "version": record.version,
                "action": intent.action.value,
                "payload": (Payload.FROZEN if intent.document is not None else Payload.LATEST).value,
                "mode": (route.mode if route is not None else Mode.LIVE).value,
                "first_send": (route.first_send if route is not None else FirstSend.CREATE).value,
                "document": intent.document,
                "condition": dict(route.when) if route is not None and route.when else None,
                "cause": cause.name,
                "interactive": cause.interactive,
                "message_id": intent.message_id or uuid4().hex,
                "correlation_id": cause.correlation_id,
                "causation_id": cause.causation_id,
                "hop": cause.hop,
                "not_after": uow.now + route.not_after if route is not None and route.not_after else None,
                "planned_at": uow.now,
                "attempts": 0,
                "faults": 0,
                "merge_failed": False,
                "linked_to": intent.linked_to,
            }
        )
        if cause.hop > HOP_LIMIT:
            self._stop_loop(uow, delivery_id, lane, intent)
        return delivery_id

    def _place(self, uow: UnitOfWork, intent: Intent, ref: Ref, ready: float) -> tuple[int, int]:
        """A record with an open delivery keeps its lane; a new ordering key takes effect later."""
        interactive = intent.cause.interactive
        for delivery in uow.deliveries.open_of(intent.back_office, [ref])[ref]:
            seq = uow.lanes.append_to(delivery.lane_id, ready_at=ready, interactive=interactive)
            return delivery.lane_id, seq
        key = intent.record.ordering_key()
        return uow.lanes.append(intent.back_office, key, ready_at=ready, interactive=interactive)

    def _stop_loop(self, uow: UnitOfWork, delivery_id: int, lane: int, intent: Intent) -> None:
        reason = (
            f"The change of {intent.record.entity} {intent.record.id} has travelled between systems "
            f"{intent.cause.hop} times: two of them keep changing it back."
        )
        uow.deliveries.settle(delivery_id, State.DEAD, code="loop", reason=reason)
        uow.lanes.leave(lane, 1, int(intent.cause.interactive))
        _log.error("delivery %s was stopped as a loop: %s", delivery_id, reason)
