"""Discarding: a person gives a delivery up."""

from __future__ import annotations

from backhaul.delivery.settlement import rejoin
from backhaul.processes.operations.closing import before, close, decidable
from backhaul.processes.operations.mandate import Mandate
from backhaul.sdk.errors import ConflictError
from backhaul.sdk.repeat import Change
from backhaul.store.deliveries import Delivery
from backhaul.store.delivery_state import OPEN, PARKED, State, WaitKind
from backhaul.store.unit_of_work import UnitOfWork

DISCARDABLE = OPEN | PARKED
_AWAY = (State.UNKNOWN, State.ACCEPTED)


def discard(uow: UnitOfWork, delivery_id: int, by: Mandate) -> None:
    """End an open delivery, or a parked one. Raises ConflictError where that would lose or double data."""
    delivery = decidable(uow, delivery_id)
    _check(delivery)
    close(uow, delivery, State.DISCARDED, code="person", reason=str(by))
    by.audit(uow, "delivery discard", f"delivery {delivery.id}", before(delivery))
    _tell_waiting(uow, delivery)


def _check(delivery: Delivery) -> None:
    if delivery.state not in DISCARDABLE:
        msg = f"Delivery {delivery.id} is {delivery.state}: there is nothing to discard."
        raise ConflictError(msg)
    if delivery.state in _AWAY and delivery.pin["change"] == Change.CREATE.value:
        # Its object may be there: the next save of the record would make a second one.
        msg = f"Delivery {delivery.id} is {delivery.state}: it may have created its object there."
        raise ConflictError(msg, hint="Look there, then settle it as done or not done.")


def _tell_waiting(uow: UnitOfWork, delivery: Delivery) -> None:
    """What waited for its outcome goes on; what needs the record there goes on waiting, and says why.

    Woken, a child would enqueue what was just discarded again.
    """
    for other in uow.deliveries.waiting_on(delivery.backoffice, [delivery.ref]):
        if other.wait_kind is WaitKind.RECORD:
            rejoin(uow, other, State.PENDING)
        else:
            what = f"{delivery.entity} {delivery.record_id}"
            reason = f"waits: {what} is not there, and delivery {delivery.id} of it was discarded"
            uow.deliveries.change(other.id, reason=reason)
