"""The state of each back office as outcomes change it: faults of the system cost no delivery an attempt."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from backhaul.delivery.backoff import Backoff
from backhaul.store.backoffice_states import BackOfficeState, Health
from backhaul.store.unit_of_work import UnitOfWork

_log = logging.getLogger(__name__)
_WAITS_FOR_A_PERSON = (Health.REFUSED, Health.PAUSED)


@dataclass(frozen=True, slots=True)
class Trouble:
    """The back office itself cannot be served now."""

    health: Health
    reason: str
    retry_after: float | None = None


def allowance(state: BackOfficeState, now: float) -> int | None:
    """How many lanes may be in work: None for no limit, 1 for a canary, 0 for none."""
    if state.health is Health.UP:
        return None
    if state.health in _WAITS_FOR_A_PERSON:
        return 0
    return 1 if (state.try_at or 0.0) <= now else 0


def record_trouble(uow: UnitOfWork, name: str, trouble: Trouble, backoff: Backoff) -> None:
    """Note that a back office is down, throttled or refuses our credentials."""
    state = uow.backoffices.get(name)
    if state.health in _WAITS_FOR_A_PERSON:
        return
    known = state.health is trouble.health
    if known and (state.try_at or 0.0) > uow.now:
        return  # one of many calls that were in flight when it went down
    failures = state.failures + 1
    waits = trouble.health in _WAITS_FOR_A_PERSON
    try_at = None if waits else uow.now + backoff.after(failures, trouble.retry_after)
    since = state.since if known else uow.now
    uow.backoffices.put(BackOfficeState(name, trouble.health, trouble.reason, since, try_at, failures))
    if not known:
        _log.error("back office %s is %s: %s", name, trouble.health, trouble.reason)


def record_answer(uow: UnitOfWork, name: str, state: BackOfficeState) -> None:
    """It answered, so it is up again, unless a person paused it or its canary's time has not come.

    Until then only calls answer that had begun before the trouble: they would undo a Retry-After.
    """
    if state.health is Health.UP or state.health in _WAITS_FOR_A_PERSON or (state.try_at or 0.0) > uow.now:
        return
    uow.backoffices.put(BackOfficeState(name, since=uow.now))
    _log.warning("back office %s is up again", name)
