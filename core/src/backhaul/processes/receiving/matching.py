"""Matching: which record of ours an inbound object is, without ever guessing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from backhaul.entities import Record, new_id
from backhaul.processes.landscape import Landscape
from backhaul.processes.ownership import CREATE, DELETE
from backhaul.processes.receiving.decision import (
    Acknowledge,
    Create,
    Decision,
    Delete,
    Hold,
    Refuse,
    Take,
)
from backhaul.processes.receiving.item import Item
from backhaul.processes.receiving.parents import Parents
from backhaul.processes.receiving.turns import TURN, Turns
from backhaul.processes.resolution import Merger, Resolution
from backhaul.processes.route import UnmatchedUpdate
from backhaul.processes.snapshot import Snapshot, SnapshotLoader
from backhaul.sdk.capability import Role
from backhaul.sdk.envelope import Envelope, Verb
from backhaul.sdk.errors import HookError, MappingError, RejectedError
from backhaul.sdk.hooks import HookCall
from backhaul.sdk.inbound import InboundKind
from backhaul.sdk.invocation import Invocation
from backhaul.sdk.mapping.context import MapContext
from backhaul.sdk.mapping.schema import WireSchema
from backhaul.sdk.outcome import View
from backhaul.sdk.repeat import Stamps
from backhaul.store.delivery_state import State
from backhaul.store.records import Ref
from backhaul.store.unit_of_work import Store, UnitOfWork

_AWAY = (State.IN_FLIGHT, State.UNKNOWN, State.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of an inbound object, read at one moment."""

    ref: Ref | None
    snapshot: Snapshot | None
    open_creates: tuple[int, ...]
    internal: Mapping[tuple[str, str], Ref]
    now: float
    by_our_id: bool = False
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Matching:
    """Decides what becomes of inbound records. Plugin code runs here, outside every transaction."""

    store: Store
    landscape: Landscape

    def decide(self, back_office: str, item: Item) -> Decision:
        """The decision for one record; errors of mapping and vetoes refuse it alone."""
        try:
            if item.inbound.ticket is not None:
                return self._acknowledged(back_office, item)
            return self._decided(back_office, item)
        except MappingError as error:
            return Refuse("unreadable", str(error))
        except RejectedError as error:
            return Refuse(error.code or "refused", str(error))
        except HookError as error:
            return Refuse("hook", str(error))
        except ValueError as error:
            return Refuse("invalid", _first_line(error))

    def _decided(self, back_office: str, item: Item) -> Decision:
        invocation = self.landscape.invocation(back_office)
        schema: WireSchema[Record] = invocation.schema(Role.RECEIVES, item.entity)
        view = self._view(invocation, schema, item)
        known = self._known(invocation, schema, item, view)
        orphan = self._waits_for_parent(invocation, item, known)
        if known.snapshot is not None:
            return self._matched(invocation, item, view, known.snapshot, known, orphan)
        return self._unmatched(invocation, schema, item, view, known, orphan)

    def _view(self, invocation: Invocation, schema: WireSchema[Record], item: Item) -> View:
        inbound = item.inbound
        parsed = schema.parse(inbound.document, partial=True)
        message_id = inbound.message_id or ""
        envelope = Envelope(
            message_id, message_id, f"Receive {item.entity}", item.entity, Verb.RECEIVE, invocation.name
        )
        fields = self.landscape.hooks.after_map(HookCall(invocation.name, envelope), parsed.fields)
        return View(dict(fields), parsed.complete, inbound.stamp)

    def _known(self, invocation: Invocation, schema: WireSchema[Record], item: Item, view: View) -> Known:
        inbound, name = item.inbound, invocation.name
        wanted = schema.unresolved(view.fields)
        own = (schema.resource, inbound.external_id or "")
        with self.store.read() as uow:
            internal = uow.cross_references.to_internal(name, {*wanted, own})
            ref = internal.get(own)
            by_our_id = False
            if ref is None and inbound.our_id is not None:
                ref = (item.entity, inbound.our_id)
                by_our_id = True
                if uow.records.get(*ref) is None:
                    ref, by_our_id = None, False
            missing = Parents(self.landscape).missing(invocation, schema, item.entity, view, internal)
            if ref is None and missing is None:
                ref = self._by_strong_key(uow, schema, item, view, internal, name)
            snapshot = None
            if ref is not None:
                loader = SnapshotLoader(self.landscape)
                snapshot = loader.load(uow, name, [ref], also=wanted)[ref]
            # Whoever is known was not made by a create that is still open.
            creates = self._open_creates(uow, name, item) if ref is None else ()
            return Known(ref, snapshot, creates, internal, uow.now, by_our_id, missing)

    def _open_creates(self, uow: UnitOfWork, name: str, item: Item) -> tuple[int, ...]:
        """Creates that may have made this object: only those that were open when the message arrived."""
        now_open = uow.deliveries.stalled_creates(name, item.entity) + uow.sync_states.unbound(
            name, item.entity
        )
        if item.open_creates is None:
            return tuple(now_open)
        return tuple(found for found in item.open_creates if found in now_open)

    def _by_strong_key(
        self,
        uow: UnitOfWork,
        schema: WireSchema[Record],
        item: Item,
        view: View,
        internal: Mapping[tuple[str, str], Ref],
        name: str,
    ) -> Ref | None:
        """A strong key matches automatically; more than one hit is refused as ambiguous."""
        if item.inbound.kind is InboundKind.DELETED:
            return None
        try:
            record = self._as_record(schema, item, view, internal, name)
        except ValueError:
            record = None  # what is wrong with it is told when it is to become a record
        keys = record.keys() if record is not None else ()
        strong = [key for key in keys if key.strong]
        ids = uow.records.by_keys(item.entity, strong)
        if len(ids) > 1:
            msg = f"{len(ids)} records have its strong keys: {', '.join(ids[:20])}."
            raise RejectedError(msg, code="ambiguous", hint="Bind the right one by hand, then resubmit.")
        found = [(item.entity, found_id) for found_id in ids]
        bound = uow.cross_references.to_external(name, found)
        if found and schema.resource in bound[found[0]]:
            msg = f"The {item.entity} {ids[0]} has its key but is bound to another object of {name}."
            raise RejectedError(
                msg, code="ambiguous", hint="Two objects there are one record here; clean up there."
            )
        return (item.entity, ids[0]) if ids else None

    def _as_record(
        self,
        schema: WireSchema[Record],
        item: Item,
        view: View,
        internal: Mapping[tuple[str, str], Ref],
        name: str,
    ) -> Record | None:
        """The object alone as a record of ours; None when it does not say enough to be one."""
        context = MapContext(name, self.landscape.value_maps.get(name, {}), internal_ids=internal)
        document = schema.apply({}, schema.understood(view.fields, context), context)
        model = self.landscape.model(item.entity)
        try:
            return model.model_validate({"id": new_id(), **document, "version": 1, "origin": name})
        except ValueError as error:
            if item.inbound.kind in (InboundKind.CREATED, InboundKind.CHANGED) and self._is_whole(item):
                raise
            del error
            return None

    def _is_whole(self, item: Item) -> bool:
        return item.inbound.kind is InboundKind.CREATED

    def _waits_for_parent(self, invocation: Invocation, item: Item, known: Known) -> Decision | None:
        """A record whose parent is not known yet waits with a deadline; it is not refused before that."""
        if known.missing is None:
            return None
        deadline = item.deadline or known.now + invocation.settings.wait_limit
        if deadline <= known.now:
            return Refuse("parent_unknown", f"{known.missing}, and did not come in time")
        creates = item.open_creates or known.open_creates
        return Hold("parent", known.missing, deadline=deadline, creates=creates)

    def in_turn(self, back_office: str, item: Item, decision: Decision, turns: Turns) -> Decision:
        """The decision, or to wait until another record of this transaction is written."""
        invocation = self.landscape.invocation(back_office)
        schema: WireSchema[Record] = invocation.schema(Role.RECEIVES, item.entity)
        try:
            named = schema.unresolved(schema.parse(item.inbound.document, partial=True).fields)
        except MappingError:
            named = set()
        if not turns.waits(schema.resource, item, decision, named):
            return decision
        return self._held(back_office, item, TURN, "another record of its message comes first")

    def postponed(self, back_office: str, item: Item) -> Decision:
        """To be decided later, because the record changes too fast now."""
        return self._held(back_office, item, "busy", "its record changes faster than it can be merged")

    def _held(self, back_office: str, item: Item, code: str, reason: str) -> Hold:
        with self.store.read() as uow:
            return Hold(code, reason, creates=self._open_creates(uow, back_office, item))

    def _matched(
        self,
        invocation: Invocation,
        item: Item,
        view: View,
        snapshot: Snapshot,
        known: Known,
        orphan: Decision | None,
    ) -> Decision:
        inbound = item.inbound
        if snapshot.record is None:
            return Refuse(
                "deleted", f"{item.entity} {snapshot.ref[1]} was deleted here; nothing is recreated"
            )
        away = [found for found in snapshot.open if found.pinned and found.state in _AWAY]
        bound = invocation.schema(Role.RECEIVES, item.entity).resource in snapshot.bindings
        if not bound and known.by_our_id and away:
            return Hold("create_open", f"delivery {away[0].id} has not settled", creates=(away[0].id,))
        if away and invocation.adapter.stamps is Stamps.MESSAGES:
            # Its reply carries no stamp, so nobody could tell which of the two came first.
            return Hold("read_back", f"delivery {away[0].id} is read back first", creates=(away[0].id,))
        if inbound.kind is InboundKind.DELETED:
            if self.landscape.ownership.may(item.entity, DELETE, invocation.name):
                return Delete(snapshot.record)
            return Refuse("not_owner", f"{invocation.name} may not delete a {item.entity} here")
        if orphan is not None:
            return orphan
        resolution = Merger(self.landscape).resolve(snapshot, Role.RECEIVES, view)
        bindings = dict(inbound.bindings)
        if inbound.external_id:
            bindings[invocation.schema(Role.RECEIVES, item.entity).resource] = inbound.external_id
        return Take(snapshot, resolution, bindings)

    def _unmatched(
        self,
        invocation: Invocation,
        schema: WireSchema[Record],
        item: Item,
        view: View,
        known: Known,
        orphan: Decision | None,
    ) -> Decision:
        inbound, name = item.inbound, invocation.name
        if known.open_creates:
            reason = "a create is open there that may have made it"
            return Hold("create_open", reason, creates=known.open_creates)
        if inbound.kind is InboundKind.DELETED:
            return Refuse("unknown", f"no {item.entity} here is bound to {inbound.external_id}")
        if orphan is not None:
            return orphan
        route = self.landscape.receive_route(item.entity, name)
        may_create = route is not None and route.unmatched_update is UnmatchedUpdate.CREATE
        if inbound.kind is InboundKind.UPDATED and not may_create:
            return Refuse("unknown", f"no {item.entity} here is bound to {inbound.external_id}")
        if not self.landscape.ownership.may(item.entity, CREATE, name):
            return Refuse("not_owner", f"{name} may not create a {item.entity} here")
        record = self._as_record(schema, item, view, known.internal, name)
        if record is None or not inbound.external_id:
            return Refuse("invalid", "it does not say enough to make a record of it")
        moment = datetime.fromtimestamp(known.now, UTC)
        named = record.changed(created_at=moment, updated_at=moment)
        hooked = self.landscape.hooks.before_save(named, name).changed(version=1, origin=name)
        context = MapContext(name, self.landscape.value_maps.get(name, {}), internal_ids=known.internal)
        base = schema.understood(view.fields, context)
        bindings = {**inbound.bindings, schema.resource: inbound.external_id}
        return Create(hooked, base, inbound.stamp, bindings)

    def _acknowledged(self, back_office: str, item: Item) -> Decision:
        """An answer under a ticket; one that nobody knows yet is kept until the ticket commits."""
        ticket = item.inbound.ticket or ""
        with self.store.read() as uow:
            known = uow.ledger.ticket(back_office, ticket)
            delivery = uow.deliveries.get(known.delivery_id) if known is not None else None
            if known is None or delivery is None:
                settings = self.landscape.invocation(back_office).settings
                deadline = item.deadline or uow.now + settings.wait_limit
                if deadline <= uow.now:
                    return Refuse("unknown_ticket", f"no send was ever accepted under {ticket}")
                return Hold("ticket", f"no send is known yet under ticket {ticket}", deadline=deadline)
            if known.settled:
                return Refuse("settled", f"ticket {ticket} was answered before")
            snapshot = SnapshotLoader(self.landscape).load(uow, back_office, [delivery.ref])[delivery.ref]
        resolution: Resolution | None = None
        if item.inbound.refused is None and item.inbound.document and snapshot.record is not None:
            invocation = self.landscape.invocation(back_office)
            view = self._view(invocation, invocation.schema(Role.RECEIVES, item.entity), item)
            sent = delivery.pin["changes"]
            base = {**snapshot.sync.base, **sent}
            resolution = Merger(self.landscape).resolve(snapshot, Role.RECEIVES, view, sent=sent, base=base)
        return Acknowledge(delivery, snapshot, resolution)


def _first_line(error: ValueError) -> str:
    """The gist of a validation error, without the values that it quotes."""
    details = getattr(error, "errors", None)
    if details is None:
        return str(error).splitlines()[0]
    parts = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in details(include_input=False)]
    return "; ".join(parts[:10])
