"""The balance: nothing that was planned is ever lost (RULES 5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from backhaul.processes.landscape import Landscape
from backhaul.store.delivery_state import OPEN, State
from backhaul.store.unit_of_work import Store, UnitOfWork


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """One back office: planned = every final state + open.

    `held` are all open deliveries of a back office whose plugin is missing or which is not configured; its
    other open counts are 0 then. `unsettled` is counted apart from the states, as a check on them.
    """

    back_office: str
    planned: int
    completed: int
    rejected: int
    unmappable: int
    dead: int
    skipped: int
    superseded: int
    expired: int
    discarded: int
    replaced: int
    dry: int
    pending: int
    waiting: int
    in_flight: int
    backing_off: int
    accepted: int
    unknown: int
    held: int
    unsettled: int
    lanes_parked: int

    @property
    def open(self) -> int:
        """What still has to become something else."""
        return self.held + self._sum(OPEN)

    @property
    def holds(self) -> bool:
        """Whether every planned delivery is in exactly one state, and exactly the open ones are unsettled."""
        final = self._sum(set(State) - OPEN)
        return self.planned == final + self.open and self.open == self.unsettled

    def _sum(self, states: Iterable[State]) -> int:
        counts: list[int] = [getattr(self, state.value) for state in states]
        return sum(counts)

    def as_json(self) -> dict[str, Any]:
        """The row with its sums, as JSON."""
        return {**asdict(self), "open": self.open, "holds": self.holds}


def balance(store: Store, landscape: Landscape) -> list[BalanceRow]:
    """One row per back office that is configured or has deliveries, by name, from one snapshot."""
    with store.read() as uow:
        return balance_in(uow, landscape)


def balance_in(uow: UnitOfWork, landscape: Landscape) -> list[BalanceRow]:
    """The same within a transaction."""
    counts = uow.deliveries.counts()
    unsettled = uow.deliveries.open_counts()
    parked = Counter(name for _, name, _, _ in uow.lanes.parked())
    names = {*counts, *parked, *landscape.invocations, *landscape.missing}
    return [
        _row(
            name,
            counts.get(name, {}),
            unsettled=unsettled.get(name, 0),
            lanes_parked=parked[name],
            served=name in landscape.invocations,
        )
        for name in sorted(names)
    ]


def _row(
    name: str, counts: Mapping[str, int], *, unsettled: int, lanes_parked: int, served: bool
) -> BalanceRow:
    by_state = {state.value: counts.get(state.value, 0) for state in State}
    held = 0
    if not served:
        held = sum(by_state[state.value] for state in OPEN)
        by_state |= dict.fromkeys((state.value for state in OPEN), 0)
    # Every row is planned, also one in a state that this release does not know: then it does not hold.
    planned = sum(counts.values())
    return BalanceRow(
        back_office=name,
        planned=planned,
        held=held,
        unsettled=unsettled,
        lanes_parked=lanes_parked,
        **by_state,
    )
