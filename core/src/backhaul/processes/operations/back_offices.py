"""What operators do with back offices: see how each is, pause, resume."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from backhaul.processes.landscape import Landscape
from backhaul.processes.operations.balance import BalanceRow, balance_in
from backhaul.processes.operations.mandate import Mandate
from backhaul.processes.operations.masking import masked_text
from backhaul.store.backoffice_states import BackOfficeState, Health
from backhaul.store.unit_of_work import Store, UnitOfWork


@dataclass(frozen=True, slots=True)
class BackOfficeStatus:
    """How a back office is. Moments are seconds since the epoch, None where nothing ever happened.

    `held`: why it cannot be served at all, its plugin missing or its name not configured. `try_at`: when one
    canary lane tests a back office that is down or throttled; `failures` counts those tests.
    """

    name: str
    plugin: str | None
    state: str
    since: float | None
    reason: str | None
    held: str | None
    try_at: float | None
    failures: int
    lanes_ready: int
    lanes_parked: int
    deliveries: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The status as JSON."""
        return asdict(self)


class BackOfficeOperations:
    """Status, pause and resume. `planned` is called after a commit that gives workers something to do."""

    def __init__(
        self, store: Store, landscape: Landscape, *, planned: Callable[[], None] = lambda: None
    ) -> None:
        self._store = store
        self._landscape = landscape
        self._planned = planned

    def status(self) -> list[BackOfficeStatus]:
        """Every back office that is configured or has deliveries, by name."""
        with self._store.read() as uow:
            states = uow.backoffices.all()
            return [self._status(uow, row, states) for row in balance_in(uow, self._landscape)]

    def pause(self, name: str, by: Mandate) -> bool:
        """Call it no more until somebody resumes it; what is being called is finished.

        Deliveries are planned and wait. False when it was paused already. Raises NotFoundError.
        """
        self._check(name)
        with self._store.write() as uow:
            state = uow.backoffices.get(name)
            if state.health is Health.PAUSED:
                return False
            uow.backoffices.put(BackOfficeState(name, Health.PAUSED, str(by), uow.now))
            by.audit(uow, "backoffice pause", name, _was(state))
        return True

    def resume(self, name: str, by: Mandate) -> bool:
        """Call it again at once, whatever it was: paused, refused, down or throttled.

        False when it was up already. Raises NotFoundError.
        """
        self._check(name)
        with self._store.write() as uow:
            state = uow.backoffices.get(name)
            if state.health is Health.UP:
                return False
            uow.backoffices.put(BackOfficeState(name, since=uow.now))
            by.audit(uow, "backoffice resume", name, _was(state))
        self._planned()
        return True

    def _check(self, name: str) -> None:
        """One whose plugin is missing can be paused as well: it is configured."""
        if name not in self._landscape.missing:
            self._landscape.invocation(name)

    def _status(
        self, uow: UnitOfWork, row: BalanceRow, states: Mapping[str, BackOfficeState]
    ) -> BackOfficeStatus:
        name = row.back_office
        state = states.get(name, BackOfficeState(name))
        invocation = self._landscape.invocations.get(name)
        held = None
        if invocation is None:
            held = self._landscape.missing.get(name, "it is not in the deployment file")
        return BackOfficeStatus(
            name=name,
            plugin=invocation.plugin if invocation is not None else None,
            state=state.health.value,
            since=state.since or None,
            reason=masked_text(state.reason) if state.reason is not None else None,
            held=held,
            try_at=state.try_at,
            failures=state.failures,
            lanes_ready=uow.lanes.ready_count(name),
            lanes_parked=row.lanes_parked,
            deliveries=row.as_json(),
        )


def _was(state: BackOfficeState) -> dict[str, Any]:
    """What it was before, for the audit trail."""
    return {"state": state.health.value, "reason": state.reason, "since": state.since or None}
