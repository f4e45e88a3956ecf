"""The same verb for many deliveries: each is done or refused on its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from backhaul.sdk.errors import BackhaulError, RejectedError
from backhaul.store.deliveries import Delivery
from backhaul.store.delivery_filter import DeliveryFilter
from backhaul.store.delivery_state import State
from backhaul.store.unit_of_work import Store

_PAGE = 500
#: Other writers must get a turn between two transactions, or they starve (RULES 9).
_BREATHER = 0.001


@dataclass(frozen=True, slots=True)
class Refused:
    """A delivery that was left as it is, and why."""

    delivery: int
    reason: str


@dataclass(slots=True)
class BulkReport:
    """What became of the chosen deliveries; `planned` maps a delivery to the one that replaces it."""

    done: list[int] = field(default_factory=list)
    planned: dict[int, int] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The report as JSON."""
        return asdict(self)


def narrowed(chosen: DeliveryFilter, states: frozenset[State]) -> DeliveryFilter:
    """The filter, by default over the states in which a verb makes sense. Raises as `named` does."""
    named(chosen)
    # Whoever names deliveries wants to hear about each of them.
    return chosen if chosen.states is not None or chosen.ids is not None else replace(chosen, states=states)


def named(chosen: DeliveryFilter) -> DeliveryFilter:
    """The filter, if it chooses anything. Raises RejectedError: a slip must not treat everything."""
    if replace(chosen, person=chosen.person or None) == DeliveryFilter():
        msg = "This filter takes every delivery of every back office."
        raise RejectedError(msg, code="filter", hint="Name at least a back office, a state, a record or ids.")
    return chosen


def ids_of(store: Store, chosen: DeliveryFilter) -> list[int]:
    """The chosen deliveries at this moment: what a verb plans is never treated by the same run."""
    return [delivery.id for delivery in _pages(store, chosen)]


def lanes_of(store: Store, chosen: DeliveryFilter) -> set[int]:
    """The lanes of the chosen deliveries. Raises RejectedError for a filter that chooses everything."""
    return {delivery.lane_id for delivery in _pages(store, named(chosen))}


def _pages(store: Store, chosen: DeliveryFilter) -> Iterator[Delivery]:
    last = 0
    with store.read() as uow:
        while page := uow.deliveries.page(chosen, limit=_PAGE, after=last):
            yield from page
            last = page[-1].id


def each(
    store: Store, chosen: DeliveryFilter, states: frozenset[State], verb: Callable[[int], int | None]
) -> BulkReport:
    """Apply a verb, a transaction a delivery: short ones, so that workers go on meanwhile."""
    report = BulkReport()
    for delivery_id in _wanted(store, narrowed(chosen, states)):
        try:
            planned = verb(delivery_id)
        except BackhaulError as error:
            report.refused.append(Refused(delivery_id, str(error)))
        except ValueError as error:
            # A stored record that this release cannot read; its text may quote values.
            report.refused.append(Refused(delivery_id, f"its record cannot be read ({type(error).__name__})"))
        else:
            report.done.append(delivery_id)
            if planned is not None:
                report.planned[delivery_id] = planned
        time.sleep(_BREATHER)
    return report


def _wanted(store: Store, chosen: DeliveryFilter) -> Iterator[int]:
    found = ids_of(store, chosen)
    yield from found
    others = replace(chosen, ids=None)
    if chosen.ids is not None and others == DeliveryFilter():
        # Ids that do not exist are told as such by the verb itself.
        yield from sorted(set(chosen.ids) - set(found))
