from __future__ import annotations

from backhaul.store.backoffice_states import BackOfficeState, Health
from backhaul.store.unit_of_work import Store


def test_a_back_office_that_nothing_is_recorded_of_is_up(store: Store) -> None:
    with store.read() as uow:
        assert uow.backoffices.get("billing") == BackOfficeState("billing", Health.UP)
        assert uow.backoffices.all() == {}


def test_the_last_state_counts(store: Store) -> None:
    down = BackOfficeState("billing", Health.DOWN, "refused the connection", 5.0, 9.5, 3)
    paused = BackOfficeState("assurance", Health.PAUSED, "release night", 6.0)
    with store.write() as uow:
        uow.backoffices.put(BackOfficeState("billing", Health.THROTTLED, "429", 4.0, 4.5, 1))
        uow.backoffices.put(down)
        uow.backoffices.put(paused)
    with store.read() as uow:
        assert uow.backoffices.all() == {"billing": down, "assurance": paused}
        assert uow.backoffices.get("billing") == down
