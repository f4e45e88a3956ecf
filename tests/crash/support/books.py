"""Our own books: whether they balance, and whether each lane's deliveries arrived in their order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from tests.crash.support.deployment import BACK_OFFICE
from tests.crash.support.evidence import Evidence, Write

from backhaul.bootstrap import Backhaul
from backhaul.entities import Record
from backhaul.processes.operations.balance import BalanceRow, balance
from backhaul.store.deliveries import Delivery, DeliveryFilter
from backhaul.store.delivery_state import State
from backhaul.store.records import Ref

#: How a delivery may end here: nobody refuses anything, and nobody has to look.
_WELL_ENDED = {State.COMPLETED, State.SUPERSEDED, State.SKIPPED, State.REPLACED}
_PAGE = 1000


def balance_of(backhaul: Backhaul) -> BalanceRow:
    """The balance of the one back office."""
    (row,) = balance(backhaul.store, backhaul.landscape)
    return row


def deliveries_of(backhaul: Backhaul) -> list[Delivery]:
    """Every delivery that was ever planned."""
    found: list[Delivery] = []
    with backhaul.store.read() as uow:
        while page := uow.deliveries.page(
            DeliveryFilter(BACK_OFFICE), limit=_PAGE, after=found[-1].id if found else 0
        ):
            found += page
    return found


def records_of(backhaul: Backhaul, refs: Sequence[Ref]) -> dict[Ref, Record]:
    """The stored records."""
    with backhaul.store.read() as uow:
        stored = uow.records.many(refs)
    return {ref: found.typed(backhaul.landscape.entities) for ref, found in stored.items()}


def audited(backhaul: Backhaul, evidence: Evidence) -> Iterator[str]:
    """Everything that is wrong in the books, in words."""
    row, deliveries = balance_of(backhaul), deliveries_of(backhaul)
    if not row.holds or row.planned != len(deliveries):
        yield f"the balance does not hold: {row}"
    if row.lanes_parked:
        yield f"{row.lanes_parked} lanes are parked"
    for delivery in deliveries:
        if delivery.state not in _WELL_ENDED or delivery.merge_failed:
            yield f"delivery {delivery.id} of {delivery.ref} is {delivery.state}: {delivery.reason}"
    yield from _unbound(backhaul, evidence)
    yield from _disordered(deliveries, evidence.by_message())


def _unbound(backhaul: Backhaul, evidence: Evidence) -> Iterator[str]:
    """Every object has its cross reference, and every cross reference its object.

    Only an organization that was made by an attempt without an outcome, and is not needed any more, has none.
    """
    with backhaul.store.read() as uow:
        bound = {(one.resource, one.external_id) for one in uow.cross_references.all(BACK_OFFICE)}
    there = {(resource, found["id"]) for resource, held in evidence.objects.items() for found in held}
    engaged = {customer["engagedParty"]["id"] for customer in evidence.objects["customer"]}
    unneeded = {one for one in there if one[0] == "organization" and one[1] not in engaged}
    if bound - there or there - bound - unneeded:
        yield f"cross references and objects differ: {sorted(bound ^ there)}"


def _disordered(deliveries: Sequence[Delivery], writes: Mapping[str, Sequence[Write]]) -> Iterator[str]:
    """Writes of a lane in another order than its deliveries were planned in, or of no delivery at all."""
    lanes: dict[int, list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        if delivery.message_id in writes and not _stepped_aside(delivery):
            lanes[delivery.lane_id].append(delivery)
    for lane in lanes.values():
        for before, after in pairwise(sorted(lane, key=lambda delivery: delivery.seq)):
            if writes[before.message_id][-1].seq > writes[after.message_id][0].seq:
                yield f"deliveries {before.id} and {after.id} of a lane arrived in the wrong order"
    unknown = writes.keys() - {delivery.message_id for delivery in deliveries}
    if unknown:
        yield f"{len(unknown)} messages over there are of no delivery"


def _stepped_aside(delivery: Delivery) -> bool:
    """An account's create waits for its contact without holding the lane: the contact may overtake it."""
    return delivery.entity == "account" and (delivery.pin or {}).get("change") == "create"
