"""RULES 5: states of a back office, and the balance."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from tests.rules.support.fault import FaultKind
from tests.rules.support.office import OfficeSettings
from tests.rules.support.world import BY, SEND_ACCOUNT, World

from backhaul.entities import Account, Contact
from backhaul.processes.operations.balance import balance
from backhaul.processes.route import Mode, Route
from backhaul.store.backoffice_states import Health
from backhaul.store.delivery_state import State

A1 = ("account", "a1")
MakeWorld = Callable[..., World]


def of(make_world: MakeWorld, **settings: Any) -> World:
    return make_world(offices={"billing": OfficeSettings(**settings)})


def health(world: World, office: str = "billing") -> Health:
    with world.store.read() as uow:
        return uow.backoffices.get(office).health


def save_many(world: World, number: int) -> None:
    for one in range(number):
        world.save(Account(id=f"a{one}", name=f"Account {one}"))


# ---- not the fault of a delivery ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (FaultKind.REFUSE, Health.DOWN),
        (FaultKind.UNAVAILABLE, Health.DOWN),
        (FaultKind.UNAUTHORISED, Health.REFUSED),
    ],
)
def test_unreachable_503_and_401_are_states_of_the_back_office(
    make_world: MakeWorld, kind: FaultKind, expected: Health
) -> None:
    world = of(make_world, attempts=1)
    world.system.fail(kind, times=None)
    save_many(world, 5)
    world.drain()
    assert health(world) is expected
    assert {one.faults for one in world.deliveries()} == {0}
    assert {state.open for state in world.states()} == {True}


def test_throttling_is_a_state_of_the_back_office(make_world: MakeWorld) -> None:
    world = of(make_world, attempts=1)
    world.system.fail(FaultKind.THROTTLE, times=1, retry_after=30.0)
    save_many(world, 5)
    world.drain()
    assert health(world) is Health.THROTTLED
    tried = len(world.system.tried)
    world.drain(advance=29.0)
    assert len(world.system.tried) == tried
    world.settle()
    assert set(world.states()) == {State.COMPLETED}
    assert health(world) is Health.UP


def test_a_weekend_outage_kills_nothing(make_world: MakeWorld) -> None:
    world = of(make_world, attempts=2, backoff_limit=14_400.0)
    outage = world.system.fail(FaultKind.REFUSE, times=None)
    save_many(world, 30)
    weekend = world.clock() + 60.0 * 3_600.0
    while world.clock() < weekend:
        world.drain()
        moment = world.next_moment()
        assert moment is not None
        world.clock.advance_to(moment)
    assert {state.open for state in world.states()} == {True}
    outage.times = 0
    world.settle(within=100_000.0)
    assert set(world.states()) == {State.COMPLETED}
    assert len(world.system.all("account")) == 30
    assert world.rows("SELECT id FROM lanes WHERE parked IS NOT NULL") == []


def test_one_canary_lane_tests_a_back_office_that_is_down(world: World) -> None:
    world.system.fail(FaultKind.REFUSE, times=None)
    save_many(world, 20)
    world.drain()
    for _ in range(6):
        tried = len(world.system.tried)
        moment = world.next_moment()
        assert moment is not None
        world.clock.advance_to(moment)
        world.drain()
        assert len(world.system.tried) == tried + 1


def test_other_back_offices_go_on(make_world: MakeWorld) -> None:
    world = make_world(offices={"billing": OfficeSettings(), "assurance": OfficeSettings()})
    world.systems["billing"].fail(FaultKind.REFUSE, times=None)
    save_many(world, 5)
    world.drain()
    assert set(world.states(office="assurance")) == {State.COMPLETED}
    assert health(world, "assurance") is Health.UP


def test_the_state_is_persisted_and_shared_by_all_workers(world: World) -> None:
    world.system.fail(FaultKind.REFUSE, times=None)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    tried = len(world.system.tried)
    world.restart()
    assert health(world) is Health.DOWN
    # Another worker, another process: it does not find out for itself.
    world.save(Account(id="a2", name="Bob"))
    world.drain()
    assert len(world.system.tried) == tried


def test_credentials_refused_pauses_and_alarms_until_a_person_resumes(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.system.fail(FaultKind.UNAUTHORISED, times=None)
    save_many(world, 3)
    world.drain()
    assert health(world) is Health.REFUSED
    assert [one for one in caplog.records if one.levelno >= logging.ERROR and "refused" in one.getMessage()]
    tried = len(world.system.tried)
    world.drain(advance=100_000.0)
    assert len(world.system.tried) == tried
    world.system.heal()
    assert world.back_offices.resume("billing", BY)
    world.settle()
    assert set(world.states()) == {State.COMPLETED}
    assert {one.faults for one in world.deliveries()} == {0}


def test_a_paused_back_office_is_not_called_until_it_is_resumed(world: World) -> None:
    assert world.back_offices.pause("billing", BY)
    world.save(Account(id="a1", name="Ada"))
    world.drain(advance=100_000.0)
    assert world.states() == [State.PENDING]
    assert world.system.tried == []
    assert world.back_offices.resume("billing", BY)
    world.drain()
    assert world.states() == [State.COMPLETED]


def test_an_unsent_delivery_is_rendered_again_when_the_back_office_is_up(world: World) -> None:
    world.system.fail(FaultKind.REFUSE)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    world.edit(*A1, name="Changed since")
    world.settle()
    assert [one.said["name"] for one in world.system.writes("account")] == ["Changed since"]


# ---- the balance ----------------------------------------------------------------------------------------


def test_planned_is_always_the_sum_of_every_state(make_world: MakeWorld) -> None:
    """One delivery in every state that there is; nothing is counted twice, nothing is missing."""
    world = _mixed(make_world)
    (row,) = balance(world.store, world.landscape)
    counts = row.as_json()
    final = {state.value for state in State if not state.open}
    assert {name for name in final if counts[name]} == final
    assert {state.value for state in State if state.open and counts[state.value]} >= {
        "pending",
        "backing_off",
        "accepted",
        "unknown",
    }
    assert row.planned == len(world.deliveries()) == sum(counts[state.value] for state in State)
    assert row.open == sum(1 for state in world.states() if state.open)
    assert row.holds


def _mixed(make_world: MakeWorld) -> World:
    world = make_world(
        offices={"billing": OfficeSettings(attempts=1, probe=True)},
        routes=[
            Route(SEND_ACCOUNT, ("billing",), when={"segment": ["live"]}),
            Route(SEND_ACCOUNT, ("billing",), when={"segment": ["dry"]}, mode=Mode.DRY),
            Route(SEND_ACCOUNT, ("billing",), when={"segment": ["late"]}, not_after=1.0),
        ],
    )

    def account(number: str, segment: str = "live", name: str = "Ada") -> None:
        world.save(Account(id=number, name=name, segment=segment))

    account("late", "late")
    world.clock.advance(2.0)
    account("dry", "dry")
    account("completed")
    world.edit("account", "completed", description="superseded")
    account("unmappable", name="x" * 41)
    account("skipped")
    world.edit("account", "skipped", segment="other")
    world.drain()
    for number, kind in (
        ("rejected", FaultKind.REJECT),
        ("dead", FaultKind.BUSY),
        ("discarded", FaultKind.BUSY),
    ):
        world.system.fail(kind)
        account(number)
        world.drain()
    world.operations.discard(world.last("account", "discarded").id, BY)
    return _open(world, account)


def _open(world: World, account: Callable[..., None]) -> World:
    world.restart(offices={"billing": OfficeSettings(attempts=5)})
    world.system.fail(FaultKind.DROP_AFTER)
    world.edit("account", "completed", description="replaced by what a probe found")
    world.drain()
    world.drain(advance=60.0)
    for number, kind in (("accepted", FaultKind.ACCEPT), ("unknown", FaultKind.DROP_BEFORE)):
        world.system.fail(kind)
        account(number)
        world.drain()
    world.system.fail(FaultKind.BUSY)
    account("backing_off")
    world.drain()
    account("pending")
    return world


def test_the_balance_holds_after_every_step_of_a_bad_day(make_world: MakeWorld) -> None:
    world = of(make_world, attempts=2, needs={"account": ("contact",)})
    world.save(Contact(id="c1", last_name="Smith"))
    for number, kind in enumerate(FaultKind):
        world.system.fail(kind, fields={"location": "Rome"})
        world.save(Account(id=f"a{number}", name=f"Account {number}", contact_ids=["c1"]))
        world.drain(advance=7.0)
        for row in balance(world.store, world.landscape):
            assert row.holds, row
    world.back_offices.resume("billing", BY)
    world.settle()
    (row,) = balance(world.store, world.landscape)
    assert row.holds
    assert row.planned == len(world.deliveries())


def test_deliveries_held_for_a_missing_plugin_are_counted(make_world: MakeWorld) -> None:
    world = make_world(missing={"gone": "its plugin is not installed"})
    world.restart(routes=[Route(SEND_ACCOUNT, ("billing", "gone"))])
    world.save(Account(id="a1", name="Ada"))
    world.settle()
    rows = {row.back_office: row for row in balance(world.store, world.landscape)}
    assert (rows["gone"].held, rows["gone"].open, rows["gone"].holds) == (1, 1, True)
    assert rows["billing"].completed == 1
