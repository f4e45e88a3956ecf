"""Deliveries as operators see them: a parked delivery and a parked lane are two things, always named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from backhaul.processes.landscape import Landscape
from backhaul.processes.operations.masking import masked
from backhaul.store.deliveries import Delivery
from backhaul.store.delivery_state import PARKED, WaitKind
from backhaul.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One delivery in a list.

    `delivery_parked`: it waits for a person. `lane_parked`: why its lane stands still, None while that goes
    on. `held`: why its back office cannot be served at all, None where it can. Moments are seconds since
    the epoch.
    """

    id: int
    back_office: str
    process: str
    entity: str
    record_id: str
    version: int
    action: str
    mode: str
    state: str
    delivery_parked: bool
    lane_parked: str | None
    held: str | None
    code: str | None
    reason: str | None
    merge_failed: bool
    waits_for: Mapping[str, Any] | None
    attempts: int
    planned_at: float
    settled_at: float | None
    linked_to: int | None

    def as_json(self) -> dict[str, Any]:
        """The line as JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """Everything about one delivery: its line, ids, pin, attempts, lane, and its record there."""

    line: DeliveryLine
    ids: Mapping[str, Any]
    pin: Mapping[str, Any] | None
    attempts: tuple[Mapping[str, Any], ...]
    lane: Mapping[str, Any]
    record: Mapping[str, Any]
    tickets: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """The view as JSON."""
        return {**asdict(self), "attempts": list(self.attempts), "tickets": list(self.tickets)}


@dataclass(frozen=True, slots=True)
class Viewing:
    """Turns stored deliveries into lines and views, within one transaction."""

    landscape: Landscape

    def lines(self, uow: UnitOfWork, deliveries: list[Delivery]) -> list[DeliveryLine]:
        """One line each, in their order."""
        parked = {lane: reason for lane, _, _, reason in uow.lanes.parked()}
        return [self._line(delivery, parked.get(delivery.lane_id)) for delivery in deliveries]

    def view(self, uow: UnitOfWork, delivery: Delivery) -> DeliveryView:
        """All of it, card numbers masked."""
        lane = uow.lanes.get(delivery.lane_id)
        return DeliveryView(
            line=self._line(delivery, lane.parked if lane is not None else None),
            ids={
                "message_id": delivery.message_id,
                "correlation_id": delivery.correlation_id,
                "causation_id": delivery.causation_id,
                "hop": delivery.hop,
                "cause": delivery.cause,
                "batch": delivery.batch,
            },
            pin=_pin(delivery),
            attempts=tuple(masked(attempt) for attempt in uow.attempts.of(delivery.id)),
            lane=_lane(uow, delivery),
            record=_record(uow, delivery),
            tickets=tuple(uow.ledger.open_tickets(delivery.id)),
        )

    def held(self, back_office: str) -> str | None:
        """Why a back office cannot be served: its plugin is missing, or it is not configured."""
        if back_office in self.landscape.invocations:
            return None
        return self.landscape.missing.get(back_office, "it is not in the deployment file")

    def _line(self, delivery: Delivery, lane_parked: str | None) -> DeliveryLine:
        waits = None
        if delivery.wait_kind is not None:
            waits = {
                "kind": delivery.wait_kind.value,
                "entity": delivery.wait_entity,
                "id": delivery.wait_id,
                "deadline": delivery.deadline,
            }
        return DeliveryLine(
            id=delivery.id,
            back_office=delivery.backoffice,
            process=delivery.process,
            entity=delivery.entity,
            record_id=delivery.record_id,
            version=delivery.version,
            action=delivery.action.value,
            mode=delivery.mode,
            state=delivery.state.value,
            delivery_parked=delivery.state in PARKED or delivery.wait_kind is WaitKind.PERSON,
            lane_parked=lane_parked,
            held=self.held(delivery.backoffice) if delivery.state.open else None,
            code=delivery.code,
            reason=masked(delivery.reason),
            merge_failed=delivery.merge_failed,
            waits_for=waits,
            attempts=delivery.attempts,
            planned_at=delivery.planned_at,
            settled_at=delivery.settled_at,
            linked_to=delivery.linked_to,
        )


def _pin(delivery: Delivery) -> dict[str, Any] | None:
    """What every attempt says; None while the next one would be rendered anew."""
    if delivery.pin is None:
        return None
    return {
        "version": delivery.pinned_version,
        "change": delivery.pin["change"],
        "sent": delivery.pin["sent"],
        "changes": masked(delivery.pin["changes"]),
        "payload": masked(delivery.pin["payload"]),
        "settle_until": delivery.settle_until,
    }


def _lane(uow: UnitOfWork, delivery: Delivery) -> dict[str, Any]:
    lane = uow.lanes.get(delivery.lane_id)
    if lane is None:
        return {"id": delivery.lane_id, "seq": delivery.seq, "removed": True}
    state = (
        "parked" if lane.parked else "in work" if lane.owner else "idle" if lane.ready_at is None else "ready"
    )
    return {
        "id": lane.id,
        "key": lane.key,
        "seq": delivery.seq,
        "state": state,
        "lane_parked": lane.parked,
        "ready_at": lane.ready_at,
        "runnable": lane.runnable,
    }


def _record(uow: UnitOfWork, delivery: Delivery) -> dict[str, Any]:
    """Its record as the back office concerns it, with what both sides could not agree on."""
    sync = uow.sync_states.get(delivery.backoffice, delivery.ref)
    conflicts = uow.changes.conflicts_of(delivery.ref)
    return {
        "version": uow.records.version_of(delivery.ref),
        "presence": sync.presence.value,
        "sent_version": sync.sent_version,
        "bindings": dict(uow.cross_references.to_external(delivery.backoffice, [delivery.ref])[delivery.ref]),
        "conflicts": [masked(one) for one in conflicts if one["backoffice"] == delivery.backoffice],
    }
