"""What operators do with deliveries."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from backhaul.delivery.handler import Redo
from backhaul.processes.announcement import Announcements
from backhaul.processes.landscape import Landscape
from backhaul.processes.merging_in import Incorporation
from backhaul.processes.operations.bulk import BulkReport, each
from backhaul.processes.operations.by_hand import OUTSTANDING, ByHand
from backhaul.processes.operations.closing import found
from backhaul.processes.operations.delivery_view import DeliveryLine, DeliveryView, Viewing
from backhaul.processes.operations.discarding import DISCARDABLE, discard
from backhaul.processes.operations.mandate import Mandate
from backhaul.processes.operations.resubmission import RESUBMITTABLE, Resubmission
from backhaul.processes.planning import Planner
from backhaul.sdk.errors import ConflictError
from backhaul.store.delivery_filter import DeliveryFilter
from backhaul.store.unit_of_work import Store, UnitOfWork

T = TypeVar("T")

_TRIES = 20


class DeliveryOperations:
    """List, show, settle, discard and resubmit. `planned` is called after a commit that may need a worker.

    Every verb is audited under the mandate given, in its own transaction. A verb on one delivery raises
    NotFoundError for a number that does not exist and ConflictError where it is refused, an in-flight
    delivery always; a verb on a filter reports both per delivery and goes on.
    """

    def __init__(
        self,
        store: Store,
        landscape: Landscape,
        announcements: Announcements,
        *,
        planned: Callable[[], None] = lambda: None,
    ) -> None:
        planner = Planner(landscape)
        self._store = store
        self._announcements = announcements
        self._planned = planned
        self._viewing = Viewing(landscape)
        self._resubmission = Resubmission(landscape, planner)
        incorporation = Incorporation(landscape, planner, announcements)
        self._by_hand = ByHand(landscape, incorporation, self._resubmission)

    def list(self, chosen: DeliveryFilter, *, limit: int = 100, after: int = 0) -> list[DeliveryLine]:
        """A page of deliveries in the order of planning; `after` is the last id of the page before."""
        with self._store.read() as uow:
            return self._viewing.lines(uow, uow.deliveries.page(chosen, limit=limit, after=after))

    def show(self, delivery_id: int) -> DeliveryView:
        """Everything about one delivery. Raises NotFoundError."""
        with self._store.read() as uow:
            return self._viewing.view(uow, found(uow, delivery_id))

    def settle_done(self, delivery_id: int, by: Mandate, *, external_id: str | None = None) -> None:
        """A person says that it was done there; see ByHand.done."""
        self._do(lambda uow: self._by_hand.done(uow, delivery_id, by, external_id))

    def settle_done_all(self, chosen: DeliveryFilter, by: Mandate) -> BulkReport:
        """The same for many, by default for what is unknown or accepted; creates need their id, one each."""
        return each(self._store, chosen, OUTSTANDING, lambda one: self.settle_done(one, by))

    def settle_not_done(self, delivery_id: int, by: Mandate) -> int | None:
        """A person proved that it was not done there: planned afresh; see ByHand.not_done."""
        return self._do(lambda uow: self._by_hand.not_done(uow, delivery_id, by))

    def settle_not_done_all(self, chosen: DeliveryFilter, by: Mandate) -> BulkReport:
        """The same for many, by default for what is unknown or accepted."""
        return each(self._store, chosen, OUTSTANDING, lambda one: self.settle_not_done(one, by))

    def discard(self, delivery_id: int, by: Mandate) -> None:
        """Give up an open delivery that is not in flight, or a parked one; see `discarding`."""
        self._do(lambda uow: discard(uow, delivery_id, by))

    def discard_all(self, chosen: DeliveryFilter, by: Mandate) -> BulkReport:
        """The same for many, by default for what is open or parked."""
        return each(self._store, chosen, DISCARDABLE, lambda one: self.discard(one, by))

    def resubmit(self, delivery_id: int, by: Mandate, *, as_it_was: bool = False) -> int:
        """Replace a delivery by a new one at the tail of its lane; its id. See Resubmission.resubmit."""
        return self._do(lambda uow: self._resubmission.resubmit(uow, delivery_id, by, as_it_was=as_it_was))

    def resubmit_all(self, chosen: DeliveryFilter, by: Mandate, *, as_it_was: bool = False) -> BulkReport:
        """The same for many, by default for what is parked, unknown, expired or discarded."""
        return each(
            self._store, chosen, RESUBMITTABLE, lambda one: self.resubmit(one, by, as_it_was=as_it_was)
        )

    def _do(self, verb: Callable[[UnitOfWork], T]) -> T:
        """One transaction, worked out again when the record moved meanwhile."""
        for _ in range(_TRIES):
            try:
                with self._store.write() as uow:
                    result = verb(uow)
            except Redo:
                self._announcements.forget()
                continue
            except BaseException:
                self._announcements.forget()
                raise
            self._announcements.tell()
            self._planned()
            return result
        msg = "The record changes faster than the delivery can be settled."
        raise ConflictError(msg, hint="Try again.")
