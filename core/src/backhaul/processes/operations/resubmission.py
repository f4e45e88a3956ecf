"""Resubmission: a new delivery at the tail of the lane, linked to the one that it replaces."""

from __future__ import annotations

from dataclasses import dataclass

from backhaul.entities import Record
from backhaul.processes.landscape import Landscape
from backhaul.processes.operations.closing import before, check_settled, close, decidable
from backhaul.processes.operations.mandate import Mandate
from backhaul.processes.planning import Cause, Intent, Planner
from backhaul.processes.route import FirstSend, Mode, Payload, Route
from backhaul.sdk.capability import Role
from backhaul.sdk.envelope import FRONT
from backhaul.sdk.errors import ConflictError, UnsupportedError
from backhaul.sdk.repeat import Change, Repeat
from backhaul.store.deliveries import Delivery
from backhaul.store.delivery_state import PARKED, Action, State
from backhaul.store.unit_of_work import UnitOfWork

RESUBMITTABLE = PARKED | {State.UNKNOWN, State.EXPIRED, State.DISCARDED}


@dataclass(frozen=True, slots=True)
class Resubmission:
    """Plans the new delivery within the caller's transaction."""

    landscape: Landscape
    planner: Planner

    def resubmit(self, uow: UnitOfWork, delivery_id: int, by: Mandate, *, as_it_was: bool) -> int:
        """Replace a delivery by a new one, rendered anew from the record; the new id.

        `as_it_was` sends the pinned document again instead. While the old outcome is unknown it is always
        as it was, under the same message id, and is probed first where that is possible. Raises
        ConflictError where the new one would overtake, overwrite or double something.
        """
        old = decidable(uow, delivery_id)
        self._check(uow, old)
        if as_it_was or old.payload == Payload.FROZEN:
            self._check_current(uow, old, as_it_was=as_it_was)
        unknown = old.state is State.UNKNOWN
        fresh = self._plan(uow, old, self._record(uow, old), old.message_id if unknown else None)
        if old.pinned and (as_it_was or unknown):
            _pin(uow, old, fresh)
        close(uow, old, State.REPLACED, code="resubmitted", reason=f"{by} (sent anew as delivery {fresh})")
        detail = {**before(old), "planned": fresh, "as_it_was": as_it_was}
        by.audit(uow, "delivery resubmit", f"delivery {old.id}", detail)
        return fresh

    def afresh(self, uow: UnitOfWork, old: Delivery) -> int | None:
        """A delivery like the old one, whose request is proven not done; None if its record was deleted."""
        if old.action is Action.SAVE and uow.records.version_of(old.ref) is None:
            return None
        return self._plan(uow, old, self._record(uow, old), None)

    def _check(self, uow: UnitOfWork, old: Delivery) -> None:
        if old.state not in RESUBMITTABLE:
            on_its_way = "it is still on its way" if old.state.open else "there is nothing to repeat"
            msg = f"Delivery {old.id} is {old.state}: {on_its_way}."
            raise ConflictError(msg, hint="To send its record now, use its send process.")
        if old.state is State.UNKNOWN:
            check_settled(uow, old)
            self._check_repeatable(old)

    def _check_repeatable(self, old: Delivery) -> None:
        """What can be neither probed nor repeated waits for a person's finding, not for another try."""
        invocation = self.landscape.invocations.get(old.backoffice)
        if invocation is None or invocation.can(Role.PROBES, old.entity):
            return
        role = Role.DELETES if old.action is Action.DELETE else Role.SENDS
        capability = invocation.capabilities.get(role, old.entity)
        if capability is None or capability.repeat is Repeat.NONE:
            msg = f"Delivery {old.id} may have been done, and {old.backoffice} would do it twice."
            raise UnsupportedError(msg, hint="Look there, then settle it as done or not done.")

    def _check_current(self, uow: UnitOfWork, old: Delivery, *, as_it_was: bool) -> None:
        """Refuse what would overwrite something newer, or create something twice."""
        version = old.pinned_version or old.version
        if as_it_was and not old.pinned and old.document is None:
            msg = f"Delivery {old.id} was never rendered: nobody knows how it was."
            raise ConflictError(msg, hint="Resubmit it as the record is now.")
        if old.action is not Action.SAVE:
            return
        newer = self._newest(uow, old)
        if newer > version:
            msg = (
                f"Delivery {old.id} says version {version} of its record, and version {newer} was sent since."
            )
            raise ConflictError(msg, hint="Send the record as it is now, by its send process.")
        if old.pinned and old.pin["change"] == Change.CREATE.value and self._bound(uow, old):
            msg = f"Delivery {old.id} created its object, and the record is bound at {old.backoffice} by now."
            raise ConflictError(msg, hint="Resubmit it as the record is now: that updates the object.")

    def _newest(self, uow: UnitOfWork, old: Delivery) -> int:
        """The newest version that was sent there or is being sent."""
        away = [
            other.pinned_version or 0
            for other in uow.deliveries.open_of(old.backoffice, [old.ref])[old.ref]
            if other.id != old.id
        ]
        return max([uow.sync_states.get(old.backoffice, old.ref).sent_version, *away])

    def _bound(self, uow: UnitOfWork, old: Delivery) -> bool:
        bindings = uow.cross_references.to_external(old.backoffice, [old.ref])[old.ref]
        invocation = self.landscape.invocations.get(old.backoffice)
        resource = invocation.resource(old.entity) if invocation is not None else None
        return resource in bindings if resource is not None else bool(bindings)

    def _record(self, uow: UnitOfWork, old: Delivery) -> Record:
        """The record as the new delivery will say it. Raises ConflictError when there is none to say."""
        if old.document is not None:
            try:
                return self.landscape.model(old.entity).model_validate(old.document)
            except ValueError:
                # Without the validation's text: it quotes values.
                msg = f"The document of delivery {old.id} cannot be read by this release."
                raise ConflictError(msg, hint="Send the record as it is now, by its send process.") from None
        stored = uow.records.get(*old.ref)
        if stored is None or stored.deleted:
            msg = f"The {old.entity} {old.record_id} was deleted: there is nothing to send."
            raise ConflictError(msg, hint="Discard the delivery.")
        return stored.typed(self.landscape.entities)

    def _plan(self, uow: UnitOfWork, old: Delivery, record: Record, message_id: str | None) -> int:
        cause = Cause(FRONT, old.correlation_id, old.message_id, name="resubmission")
        intent = Intent(
            back_office=old.backoffice,
            record=record,
            process=old.process,
            cause=cause,
            action=old.action,
            route=_route(old),
            document=old.document,
            linked_to=old.id,
            message_id=message_id,
        )
        return self.planner.enqueue(uow, intent)


def _route(old: Delivery) -> Route:
    """The options that it was planned with, whatever the deployment file says today."""
    return Route(
        process=old.process,
        to=(old.backoffice,),
        when=old.condition or {},
        first_send=FirstSend(old.first_send),
        mode=Mode(old.mode),
        not_after=old.not_after - old.planned_at if old.not_after is not None else None,
    )


def _pin(uow: UnitOfWork, old: Delivery, fresh: int) -> None:
    """The same bytes. Marked as sent: they may never be rendered again, not even after a "not now"."""
    uow.deliveries.update(
        fresh,
        state=(State.UNKNOWN if old.state is State.UNKNOWN else State.PENDING).value,
        payload=Payload.FROZEN.value,
        version=old.pinned_version,
        pin={**old.pin, "sent": True},
        pinned_version=old.pinned_version,
    )
