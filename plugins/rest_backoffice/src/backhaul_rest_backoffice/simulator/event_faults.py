"""What the fault plan says about events: some come twice, some after the next one, some never."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from backhaul.sdk.simulator.fault_plan import FaultKind, FaultPlan
from backhaul_rest_backoffice.simulator.event import Event

_PREFIX = "EVENT "


@dataclass(frozen=True, slots=True)
class Handling:
    """How often one event is sent to one listener (0: lost), and whether only after the next one."""

    copies: int = 1
    late: bool = False


class EventFaults:
    """Applies the rules whose operation begins with EVENT, such as ``EVENT customerCreateEvent``.

    `duplicate` sends twice, `delay` after the next event, `drop_before` never. Rules about requests are not
    asked, so events do not shift their chance.
    """

    def __init__(self, plan: Callable[[], FaultPlan]) -> None:
        self._plan = plan
        self._whole: FaultPlan | None = None
        self._rules = FaultPlan()

    def handling(self, event: Event) -> Handling:
        """How this event is sent to one listener."""
        whole = self._plan()
        if whole is not self._whole:
            self._whole = whole
            self._rules = FaultPlan(
                [rule for rule in whole.rules if rule.operation.startswith(_PREFIX)], whole.seed
            )
        kinds = {rule.fault for rule in self._rules.strike(f"{_PREFIX}{event.name}", "POST", event.name)}
        if FaultKind.DROP_BEFORE in kinds:
            return Handling(copies=0)
        return Handling(2 if FaultKind.DUPLICATE in kinds else 1, FaultKind.DELAY in kinds)
