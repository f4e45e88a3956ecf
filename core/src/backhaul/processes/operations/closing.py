"""Closing a delivery by a person's decision, lane counters included."""

from __future__ import annotations

from typing import Any

from backhaul.processes.operations.moment import moment
from backhaul.sdk.errors import ConflictError, NotFoundError
from backhaul.store.deliveries import Delivery
from backhaul.store.delivery_state import State
from backhaul.store.unit_of_work import UnitOfWork


def found(uow: UnitOfWork, delivery_id: int) -> Delivery:
    """The delivery. Raises NotFoundError when there is none."""
    delivery = uow.deliveries.get(delivery_id)
    if delivery is None:
        msg = f"There is no delivery {delivery_id}."
        raise NotFoundError(msg, hint="List deliveries to see their numbers.")
    return delivery


def decidable(uow: UnitOfWork, delivery_id: int) -> Delivery:
    """A delivery that a person may decide about. Raises ConflictError for one that is in flight."""
    delivery = found(uow, delivery_id)
    if delivery.state is State.IN_FLIGHT:
        msg = f"Delivery {delivery_id} is in flight: {delivery.backoffice} is being called right now."
        hint = "Wait for its outcome. If its worker has died, it becomes unknown when the lease ends."
        raise ConflictError(msg, hint=hint)
    return delivery


def check_settled(uow: UnitOfWork, delivery: Delivery) -> None:
    """Refuse while its last request may still be executed there: "not there" proves nothing before that."""
    if delivery.settle_until is not None and delivery.settle_until > uow.now:
        until = moment(delivery.settle_until)
        msg = f"{delivery.backoffice} may still execute the request of delivery {delivery.id} until {until}."
        raise ConflictError(msg, hint="Look there again after that, then decide.")


def close(
    uow: UnitOfWork, delivery: Delivery, state: State, *, code: str, reason: str, **values: Any
) -> None:
    """Give it its final state and take it off its lane, leased or not.

    Raises ConflictError when it is not any more what the person saw: a worker or another person was faster.
    """
    if not uow.deliveries.settle(delivery.id, state, code=code, reason=reason, was=delivery, **values):
        msg = f"Delivery {delivery.id} is not {delivery.state} any more."
        raise ConflictError(msg, hint="Look at it again, then decide again.")
    if delivery.runnable:
        uow.lanes.leave(delivery.lane_id, 1, int(delivery.interactive))


def before(delivery: Delivery) -> dict[str, Any]:
    """What it was before the decision, for the audit trail."""
    return {
        "back_office": delivery.backoffice,
        "entity": delivery.entity,
        "record_id": delivery.record_id,
        "state": delivery.state.value,
        "code": delivery.code,
        "reason": delivery.reason,
    }
