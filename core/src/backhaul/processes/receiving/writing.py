"""Writing decisions: everything of one message in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backhaul.delivery.handler import Job, Redo, Step
from backhaul.delivery.settlement import apply_aside, wake
from backhaul.delivery.verdict import Verdict
from backhaul.processes.landscape import CHAIN_WINDOW, Landscape
from backhaul.processes.merging_in import Incorporation
from backhaul.processes.planning import Cause
from backhaul.processes.receiving.decision import (
    Acknowledge,
    Create,
    Decision,
    Delete,
    Hold,
    Refuse,
    Take,
)
from backhaul.processes.receiving.item import Facts, Item, ItemReport
from backhaul.sdk.errors import ConflictError
from backhaul.sdk.json import Json
from backhaul.store.delivery_state import State
from backhaul.store.inbox import ItemState
from backhaul.store.lanes import ClaimedLane
from backhaul.store.records import Ref
from backhaul.store.sync_states import Presence, SyncState
from backhaul.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Writing:
    """Applies decisions within the caller's transaction. Raises Redo when the world moved meanwhile."""

    landscape: Landscape
    incorporation: Incorporation

    def write(self, uow: UnitOfWork, facts: Facts, item: Item, decision: Decision) -> ItemReport:
        """Apply one decision; the report on it."""
        match decision:
            case Take():
                return self._take(uow, facts, item, decision)
            case Create():
                return self._create(uow, facts, item, decision)
            case Delete():
                return self._delete(uow, facts, item, decision)
            case Acknowledge():
                return self._acknowledge(uow, facts, item, decision)
            case Hold():
                return ItemReport(
                    item.number, item.entity, ItemState.HELD, None, decision.code, decision.reason
                )
            case Refuse():
                return ItemReport(
                    item.number, item.entity, ItemState.REFUSED, None, decision.code, decision.reason
                )

    def _take(self, uow: UnitOfWork, facts: Facts, item: Item, decision: Take) -> ItemReport:
        ref = decision.snapshot.ref
        cause = self._cause(uow, facts, item, ref)
        try:
            with_new = {
                resource: external_id
                for resource, external_id in decision.bindings.items()
                if decision.snapshot.bindings.get(resource) != external_id
            }
            changed = self.incorporation.received(
                uow, decision.snapshot, decision.resolution, cause, with_new
            )
        except ConflictError as error:
            return ItemReport(
                item.number, item.entity, ItemState.REFUSED, ref[1], "bind_conflict", str(error)
            )
        if with_new:
            wake(uow, facts.back_office, [ref])
        state = ItemState.TAKEN if changed else ItemState.UNCHANGED
        return ItemReport(item.number, item.entity, state, ref[1])

    def _create(self, uow: UnitOfWork, facts: Facts, item: Item, decision: Create) -> ItemReport:
        record = decision.record
        ref = (record.entity, record.id)
        try:
            for resource, external_id in decision.bindings.items():
                uow.cross_references.bind(facts.back_office, resource, external_id, ref)
        except ConflictError as error:
            raise Redo from error  # bound since we looked: now it matches
        uow.records.insert(record)
        base: dict[str, Json] = {path: value for path, value in decision.base.items() if value is not None}
        stamps = dict.fromkeys(base, decision.stamp) if decision.stamp is not None else {}
        state = SyncState(facts.back_office, *ref, presence=Presence.BOUND, base=base, stamps=dict(stamps))
        uow.sync_states.put(state)
        cause = self._cause(uow, facts, item, ref)
        fields = tuple(sorted(record.model_dump(exclude_none=True, exclude_defaults=True)))
        self._changed(uow, ref, record.version, facts, cause, fields)
        self.incorporation.planner.saved(uow, record, cause)
        self.incorporation.planner.converge(uow, record, cause, self._back(record.entity, facts.back_office))
        self.incorporation.planner.bound(uow, facts.back_office, [ref], cause)
        return ItemReport(item.number, item.entity, ItemState.TAKEN, record.id)

    def _back(self, entity: str, sender: str) -> list[str]:
        """The sender too may lack something that we know of the new record, where it is sent at all."""
        routed = any(
            sender in route.to and self.landscape.catalogue.find(route.process).entity == entity
            for route in self.landscape.routes
            if self.landscape.catalogue.find(route.process).verb == "send"
        )
        return [sender] if routed else []

    def _delete(self, uow: UnitOfWork, facts: Facts, item: Item, decision: Delete) -> ItemReport:
        record = decision.record
        ref = (record.entity, record.id)
        if uow.records.version_of(ref) != record.version:
            raise Redo
        gone = record.changed(version=record.version + 1, origin=facts.back_office)
        uow.records.entomb(*ref, gone.version, facts.back_office)
        cause = self._cause(uow, facts, item, ref)
        self._changed(uow, ref, gone.version, facts, cause, ("@delete",))
        self.incorporation.planner.deleted(uow, gone, cause)
        return ItemReport(item.number, item.entity, ItemState.TAKEN, record.id)

    def _changed(
        self, uow: UnitOfWork, ref: Ref, version: int, facts: Facts, cause: Cause, fields: tuple[str, ...]
    ) -> None:
        uow.changes.add(
            ref,
            version,
            origin=facts.back_office,
            fields=fields,
            message_id=facts.message_id,
            causation_id=cause.causation_id,
            hop=cause.hop,
        )
        self.incorporation.announcements.changed(ref, version, facts.back_office, fields)

    def _acknowledge(self, uow: UnitOfWork, facts: Facts, item: Item, decision: Acknowledge) -> ItemReport:
        """A late answer settles its send, negative only when no other ticket of it is open."""
        delivery, ticket = decision.delivery, item.inbound.ticket or ""
        uow.ledger.settle_ticket(facts.back_office, ticket)
        report = ItemReport(item.number, item.entity, ItemState.TAKEN, delivery.record_id)
        if item.inbound.refused is not None:
            if uow.ledger.open_tickets(delivery.id):
                return report
            code, text = item.inbound.refused
            verdict = Verdict(State.REJECTED, code, text)
        else:
            bindings = dict(item.inbound.bindings)
            resource = self.landscape.invocation(facts.back_office).resource(delivery.entity)
            if item.inbound.external_id and resource:
                bindings[resource] = item.inbound.external_id
            lane = ClaimedLane(delivery.lane_id, facts.back_office, "", "", 0)
            job = Job(delivery, lane, Step.MERGE, decision.snapshot)
            self.incorporation.completed(uow, job, decision.resolution, bindings, item.inbound.stamp)
            verdict = Verdict(State.COMPLETED, "acknowledged", f"answered under ticket {ticket}")
        current = uow.deliveries.get(delivery.id)
        if current is not None:
            apply_aside(uow, current, verdict)
        wake(uow, facts.back_office, [delivery.ref])
        return report

    def _cause(self, uow: UnitOfWork, facts: Facts, item: Item, ref: Ref) -> Cause:
        """One hop further in the chain, also where the sender names none: quick answers belong together."""
        last = uow.changes.last_of(ref)
        hop = 0
        if last is not None and uow.now - last["at"] <= CHAIN_WINDOW:
            hop = int(last["hop"]) + 1
        causation = item.inbound.causation_id or (last["message_id"] if last is not None and hop else None)
        return Cause(facts.back_office, facts.message_id, causation, hop)


def item_row(
    facts: Facts, item: Item, report: ItemReport, decision: Decision, inbox_id: int
) -> Mapping[str, Any]:
    """The stored form of one record of a message; its content is kept only while it is held."""
    held = isinstance(decision, Hold)
    return {
        "inbox_id": inbox_id,
        "number": item.number,
        "backoffice": facts.back_office,
        "entity": item.entity,
        "external_id": item.inbound.external_id,
        "ticket": item.inbound.ticket,
        "state": report.state.value,
        "reason": report.reason,
        "record_id": report.record_id,
        "inbound": item.dumped() if held else None,
        "waits_for": list(decision.creates) if isinstance(decision, Hold) else None,
        "deadline": decision.deadline if isinstance(decision, Hold) else None,
    }
