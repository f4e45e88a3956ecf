"""The state of a back office as answers and troubles change it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backhaul.delivery.backoff import Backoff
from backhaul.delivery.health import Trouble, allowance, record_answer, record_trouble
from backhaul.store.backoffice_states import BackOfficeState, Health
from backhaul.store.database import Database
from backhaul.store.schema import upgrade
from backhaul.store.unit_of_work import Store, UnitOfWork


@pytest.fixture
def uow(tmp_path: Path) -> Iterator[UnitOfWork]:
    database = Database(f"sqlite:///{tmp_path}/store.db")
    upgrade(database)
    store = Store(database)
    with store.write() as unit:
        yield unit
    store.close()


def throttled(uow: UnitOfWork) -> BackOfficeState:
    record_trouble(uow, "crm", Trouble(Health.THROTTLED, "429", 30.0), Backoff(1.0, 300.0))
    return uow.backoffices.get("crm")


def test_an_answer_to_a_call_that_began_before_does_not_undo_a_retry_after(uow: UnitOfWork) -> None:
    state = throttled(uow)
    record_answer(uow, "crm", state)
    assert uow.backoffices.get("crm").health is Health.THROTTLED
    assert allowance(uow.backoffices.get("crm"), uow.now + 29.0) == 0


def test_the_answer_to_its_canary_brings_it_up_again(uow: UnitOfWork) -> None:
    state = throttled(uow)
    assert allowance(state, uow.now + 31.0) == 1
    uow.now += 31.0
    record_answer(uow, "crm", state)
    assert uow.backoffices.get("crm").health is Health.UP


def test_an_answer_does_not_resume_what_a_person_has_paused(uow: UnitOfWork) -> None:
    paused = BackOfficeState("crm", Health.PAUSED, "maintenance", uow.now)
    uow.backoffices.put(paused)
    record_answer(uow, "crm", paused)
    assert uow.backoffices.get("crm").health is Health.PAUSED
