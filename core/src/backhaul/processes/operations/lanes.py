"""What operators do with lanes. A parked lane is not a parked delivery: it holds back all that follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from backhaul.processes.operations.bulk import lanes_of
from backhaul.processes.operations.mandate import Mandate
from backhaul.processes.operations.masking import masked_text
from backhaul.sdk.errors import ConflictError, NotFoundError
from backhaul.store.delivery_filter import DeliveryFilter
from backhaul.store.unit_of_work import Store


@dataclass(frozen=True, slots=True)
class ParkedLane:
    """A lane that stands still until a person unparks it, why, and how many deliveries it holds back."""

    id: int
    back_office: str
    key: str
    reason: str
    held_back: int

    def as_json(self) -> dict[str, Any]:
        """The lane as JSON."""
        return asdict(self)


class LaneOperations:
    """List and unpark. `planned` is called after a commit that gives workers something to do."""

    def __init__(self, store: Store, *, planned: Callable[[], None] = lambda: None) -> None:
        self._store = store
        self._planned = planned

    def parked(self, back_office: str | None = None) -> list[ParkedLane]:
        """Every parked lane, of one back office or of all."""
        found: list[ParkedLane] = []
        with self._store.read() as uow:
            for lane, name, key, reason in uow.lanes.parked():
                stored = uow.lanes.get(lane)
                if stored is not None and back_office in (None, name):
                    found.append(ParkedLane(lane, name, key, masked_text(reason), stored.runnable))
        return found

    def unpark(self, lane_id: int, by: Mandate) -> None:
        """Let a lane go on with the next delivery that can run.

        Raises NotFoundError, or ConflictError when it is not parked.
        """
        with self._store.write() as uow:
            lane = uow.lanes.get(lane_id)
            if lane is None:
                msg = f"There is no lane {lane_id}."
                raise NotFoundError(msg, hint="List the parked lanes to see their numbers.")
            if lane.parked is None or not uow.lanes.unpark(lane_id):
                msg = f"Lane {lane_id} of {lane.backoffice} ({lane.key}) is not parked."
                raise ConflictError(msg, hint="A parked delivery is another thing: resubmit or discard that.")
            detail = {"back_office": lane.backoffice, "key": lane.key, "reason": lane.parked}
            by.audit(uow, "lane unpark", f"lane {lane_id}", detail)
        self._planned()

    def unpark_all(self, chosen: DeliveryFilter, by: Mandate) -> list[int]:
        """Unpark every parked lane of the chosen deliveries, or of a back office; their numbers."""
        unparked: list[int] = []
        for lane in self._chosen(chosen):
            try:
                self.unpark(lane, by)
            except ConflictError:
                continue  # somebody else was faster: it goes on
            unparked.append(lane)
        return unparked

    def _chosen(self, chosen: DeliveryFilter) -> list[int]:
        if replace(chosen, backoffice=None) == DeliveryFilter() and chosen.backoffice is not None:
            # Also a lane whose deliveries were all discarded or resubmitted since.
            return [lane.id for lane in self.parked(chosen.backoffice)]
        wanted = lanes_of(self._store, chosen)
        return [lane.id for lane in self.parked() if lane.id in wanted]
