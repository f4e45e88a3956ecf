"""Settling by hand: a person looked there and says whether a send was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backhaul.delivery.handler import Job, Step
from backhaul.delivery.settlement import wake
from backhaul.processes.landscape import Landscape
from backhaul.processes.merging_in import Incorporation
from backhaul.processes.operations.closing import before, check_settled, close, decidable
from backhaul.processes.operations.mandate import Mandate
from backhaul.processes.operations.resubmission import Resubmission
from backhaul.processes.pinned import change_of
from backhaul.processes.snapshot import Snapshot, SnapshotLoader
from backhaul.sdk.capability import Role
from backhaul.sdk.errors import ConflictError
from backhaul.sdk.repeat import Change, Repeat
from backhaul.store.deliveries import Delivery
from backhaul.store.delivery_state import OPEN, PARKED, State
from backhaul.store.lanes import ClaimedLane
from backhaul.store.unit_of_work import UnitOfWork

#: What may have been done there although nobody heard of it.
OUTSTANDING = frozenset({State.UNKNOWN, State.ACCEPTED})
SETTLEABLE = OPEN | PARKED


@dataclass(frozen=True, slots=True)
class ByHand:
    """Applies what a person found out, within the caller's transaction. Raises Redo like Incorporation."""

    landscape: Landscape
    incorporation: Incorporation
    resubmission: Resubmission

    def done(self, uow: UnitOfWork, delivery_id: int, by: Mandate, external_id: str | None) -> None:
        """It was done: bind, move the base to what was pinned, complete, wake what waits.

        Also for a parked delivery that a person carried out by hand. Raises ConflictError for one that was
        never rendered, without the id of a new object, or when that id is bound to another record;
        NotFoundError while the back office's plugin is missing.
        """
        delivery = decidable(uow, delivery_id)
        _check_pinned(delivery)
        snapshot = self._snapshot(uow, delivery)
        if delivery.state in PARKED and snapshot.sync.sent_version > (delivery.pinned_version or 0):
            msg = f"Version {snapshot.sync.sent_version} was sent since; delivery {delivery.id} is past."
            raise ConflictError(msg, hint="Discard it.")
        bindings = self._bindings(delivery, snapshot, external_id)
        lane = ClaimedLane(delivery.lane_id, delivery.backoffice, "", "", 0)
        job = Job(delivery, lane, Step.MERGE, snapshot)
        self.incorporation.completed(uow, job, None, bindings, None)
        close(uow, delivery, State.COMPLETED, code="person", reason=str(by))
        for ticket in uow.ledger.open_tickets(delivery.id):
            uow.ledger.settle_ticket(delivery.backoffice, ticket)
        by.audit(
            uow,
            "delivery settle done",
            f"delivery {delivery.id}",
            {**before(delivery), "external_id": external_id},
        )
        wake(uow, delivery.backoffice, [delivery.ref])

    def not_done(self, uow: UnitOfWork, delivery_id: int, by: Mandate) -> int | None:
        """It was not done: replaced by a fresh delivery, rendered anew; its id.

        None when the record was deleted since: then there is nothing left to send. Raises ConflictError
        while the request may still be executed there.
        """
        delivery = decidable(uow, delivery_id)
        if delivery.state not in OUTSTANDING:
            msg = f"Delivery {delivery.id} is {delivery.state}: whether it was done is no question."
            raise ConflictError(msg, hint="Resubmit or discard it instead.")
        check_settled(uow, delivery)
        fresh = self.resubmission.afresh(uow, delivery)
        follows = f"sent anew as delivery {fresh}" if fresh else "the record was deleted since"
        close(uow, delivery, State.REPLACED, code="not_done", reason=f"{by} ({follows})")
        by.audit(
            uow,
            "delivery settle not done",
            f"delivery {delivery.id}",
            {**before(delivery), "planned": fresh},
        )
        wake(uow, delivery.backoffice, [delivery.ref])
        return fresh

    def _snapshot(self, uow: UnitOfWork, delivery: Delivery) -> Snapshot:
        loaded = SnapshotLoader(self.landscape).load(uow, delivery.backoffice, [delivery.ref])
        return loaded[delivery.ref]

    def _bindings(self, delivery: Delivery, snapshot: Snapshot, external_id: str | None) -> Mapping[str, str]:
        invocation = self.landscape.invocation(delivery.backoffice)
        resource = invocation.resource(delivery.entity) or delivery.entity
        change = change_of(delivery)
        if change is Change.DELETE:
            if external_id:
                msg = f"Delivery {delivery.id} deleted its object: there is no id to bind."
                raise ConflictError(msg, hint="Settle it as done without an external id.")
            return {}
        if not external_id and change is Change.CREATE and resource not in snapshot.bindings:
            capability = invocation.capabilities.get(Role.SENDS, delivery.entity)
            if capability is None or capability.repeat is not Repeat.OUR_ID:
                msg = f"Delivery {delivery.id} created a {resource}: without its id nothing could follow."
                raise ConflictError(msg, hint="Give the external id of the new object.")
            external_id = delivery.record_id
        return {resource: external_id} if external_id else {}


def _check_pinned(delivery: Delivery) -> None:
    if delivery.state not in SETTLEABLE:
        msg = f"Delivery {delivery.id} is {delivery.state}: it is settled already."
        raise ConflictError(msg, hint="If its object is not bound, import the pair as a cross reference.")
    if not delivery.pinned:
        msg = f"Delivery {delivery.id} was never sent, so it cannot be settled as done."
        hint = "Import the cross reference if the object is there; discard the delivery if it is not needed."
        raise ConflictError(msg, hint=hint)
