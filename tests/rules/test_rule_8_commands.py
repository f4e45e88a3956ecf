"""RULES 8: what a command sends, and that it is never repeated blindly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.rules.support.commanding import payment, planned, submit, world_of
from tests.rules.support.fault import FaultKind
from tests.rules.support.office import OfficeSettings
from tests.rules.support.world import SEND_PAYMENT, World

from backhaul.entities import ENTITIES, Account, CreditProfile, Money
from backhaul.processes.announcement import Announcements
from backhaul.processes.command import quantised
from backhaul.processes.route import Route
from backhaul.processes.send import SendHandler
from backhaul.sdk.hooks import hookimpl
from backhaul.sdk.repeat import Repeat
from backhaul.store.delivery_state import Action, State, WaitKind
from backhaul.store.sync_states import Presence

MakeWorld = Callable[..., World]
P1 = ("payment", "p1")

# ---- what is sent ---------------------------------------------------------------------------------------


def test_the_payload_is_frozen_when_the_command_is_given(make_world: MakeWorld) -> None:
    world = world_of(make_world)
    (delivery,) = submit(world).deliveries
    world.edit(*P1, amount=Money.of("99.00", "EUR"), note="corrected")
    world.drain()
    # What happened there is not corrected by another send either.
    (written,) = world.system.writes("payment")
    assert written.said["amount"] == {"value": 12.5, "currency": "EUR"}
    assert "note" not in written.said
    stored = world.delivery(delivery)
    assert (stored.action, stored.payload, stored.pinned_version) == (Action.COMMAND, "frozen", 1)


def test_two_commands_of_one_record_are_two_with_a_key_each(make_world: MakeWorld) -> None:
    world = world_of(make_world, repeat=Repeat.MESSAGE_ID, probe=False)
    submit(world, key="k1")
    submit(world, world.load(*P1), key="k2")
    world.system.fail(FaultKind.DROP_AFTER)
    world.system.fail(FaultKind.NO_ID, times=None)
    world.settle()
    assert world.states("payment") == [State.COMPLETED, State.COMPLETED]
    asked = world.system.sent("POST payment")
    assert len(asked) == 3
    assert len({request.headers["x-key"] for request in asked}) == 2
    assert len({request.headers["x-message-id"] for request in asked}) == 2
    assert len(world.system.writes("payment")) == 2


def test_a_command_whose_time_has_passed_is_not_given_any_more(make_world: MakeWorld) -> None:
    world = world_of(make_world)
    (early,) = submit(world, not_after=60.0).deliveries
    world.clock.advance(59.0)
    world.drain()
    assert world.delivery(early).state is State.COMPLETED
    (late,) = submit(world, payment("p2"), key="k2", not_after=60.0).deliveries
    world.clock.advance(60.0)
    world.settle()
    assert world.delivery(late).state is State.EXPIRED
    assert len(world.system.writes("payment")) == 1


def test_somebody_waits_for_a_command(make_world: MakeWorld) -> None:
    world = world_of(make_world)
    (one,) = submit(world).deliveries
    (other,) = submit(world, payment("p2"), key="k2", interactive=False).deliveries
    assert (world.delivery(one).interactive, world.delivery(other).interactive) == (True, False)


def test_the_record_is_saved_with_it_and_the_save_is_not_sent_as_well(make_world: MakeWorld) -> None:
    offices = {"billing": OfficeSettings(), "audit": OfficeSettings()}
    world = make_world(offices=offices, routes=[Route(SEND_PAYMENT, ("billing", "audit"))])
    submit(world)
    stored = world.stored(*P1)
    assert stored is not None
    assert (stored.version, stored.origin) == (1, "front")
    assert [(one.backoffice, one.action) for one in world.deliveries()] == [
        ("audit", Action.SAVE),
        ("billing", Action.COMMAND),
    ]
    world.drain()
    assert len(world.systems["billing"].writes("payment")) == 1


def test_a_command_of_something_that_is_not_kept_here_is_only_sent(make_world: MakeWorld) -> None:
    world = world_of(make_world)
    world.landscape = replace(world.landscape, entities=ENTITIES)
    world.handler = SendHandler(world.landscape, Announcements(world.landscape.hooks))
    answer = submit(world)
    world.drain()
    assert (answer.version, world.stored(*P1)) == (0, None)
    assert world.delivery(answer.deliveries[0]).state is State.COMPLETED
    assert world.system.only("payment")["amount"]["value"] == 12.5


def test_a_payment_captured_here_is_our_record_and_its_confirmation_is_merged(make_world: MakeWorld) -> None:
    world = world_of(make_world)
    submit(world)
    world.drain()
    assert world.sync(P1).presence is Presence.BOUND
    (number,) = world.bound(P1).values()
    world.system.change("payment", number, note="captured")
    world.tell("billing", "payment", number)
    assert world.load(*P1).note == "captured"
    world.drain()
    assert planned(world) == 1


# ---- no repeat without a probe or a key -----------------------------------------------------------------


@pytest.mark.parametrize("repeat", [Repeat.NONE, Repeat.NATURAL_KEY])
def test_without_a_probe_or_an_idempotency_key_a_person_decides(
    make_world: MakeWorld, repeat: Repeat
) -> None:
    world = world_of(make_world, repeat=repeat, probe=False)
    world.system.fail(FaultKind.DROP_BEFORE)
    (delivery,) = submit(world).deliveries
    world.settle(within=100_000.0)
    parked = world.delivery(delivery)
    assert (parked.state, parked.wait_kind) == (State.UNKNOWN, WaitKind.PERSON)
    assert len(world.system.sent("POST payment")) == 1


def test_with_an_idempotency_key_it_is_repeated_under_it(make_world: MakeWorld) -> None:
    world = world_of(make_world, repeat=Repeat.MESSAGE_ID, probe=False)
    world.system.fail(FaultKind.DROP_AFTER)
    (delivery,) = submit(world).deliveries
    world.settle()
    assert world.delivery(delivery).state is State.COMPLETED
    asked = world.system.sent("POST payment")
    assert len(asked) == 2
    assert len({(request.headers["x-message-id"], request.body) for request in asked}) == 1
    assert len(world.system.all("payment")) == 1


@pytest.mark.parametrize(("lost", "asked"), [(FaultKind.DROP_AFTER, 1), (FaultKind.DROP_BEFORE, 2)])
def test_with_a_probe_it_is_repeated_only_where_it_is_not_there(
    make_world: MakeWorld, lost: FaultKind, asked: int
) -> None:
    world = world_of(make_world, repeat=Repeat.NONE)
    world.system.fail(lost)
    (delivery,) = submit(world).deliveries
    world.settle()
    assert world.delivery(delivery).state is State.COMPLETED
    assert len(world.system.sent("POST payment")) == asked
    assert len(world.system.all("payment")) == 1


# ---- amounts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "currency", "fitted", "wire"),
    [
        ("1234.5", "JPY", "1235", 1235),
        ("1.2345", "KWD", "1.235", 1.235),
        ("10", "EUR", "10.00", 10),
        ("10.005", "EUR", "10.01", 10.01),
        ("1.23456", "XAU", "1.23456", 1.23456),
    ],
)
def test_amounts_are_quantised_to_the_minor_unit(
    make_world: MakeWorld, amount: str, currency: str, fitted: str, wire: float
) -> None:
    world = world_of(make_world)
    submit(world, payment(amount=amount, currency=currency))
    world.drain()
    stored = world.stored(*P1)
    assert stored is not None
    assert stored.document["amount"] == {"amount": fitted, "currency": currency}
    assert world.system.only("payment")["amount"] == {"value": wire, "currency": currency}


def test_the_same_amount_written_in_another_way_is_the_same_command(make_world: MakeWorld) -> None:
    world = world_of(make_world)
    first = submit(world, payment(amount="10"))
    assert submit(world, payment(amount="10.00")) == replace(first, repeated=True)


def test_what_a_hook_makes_of_an_amount_is_quantised_as_well(make_world: MakeWorld) -> None:
    class Discount:
        @hookimpl
        def before_save(self, record: Any) -> Any:
            return record.changed(amount=Money.of(record.amount.amount * Decimal("0.3333"), "EUR"))

    world = make_world(offices={"billing": OfficeSettings()}, routes=[], hooks={"discount": Discount()})
    submit(world, payment(amount="10.00"))
    assert world.load(*P1).amount == Money.of("3.33", "EUR")


def test_amounts_are_quantised_wherever_they_stand() -> None:
    account = Account(
        id="a1",
        name="Ada",
        credit_profile=CreditProfile(credit_limit=Money.of("1.005", "EUR")),
        credit_auto_approval_limit=Money.of("1.5", "JPY"),
    )
    fitted = quantised(account)
    assert fitted.credit_profile is not None
    assert fitted.credit_profile.credit_limit == Money.of("1.01", "EUR")
    assert fitted.credit_auto_approval_limit == Money.of("2", "JPY")
    assert fitted.changed(credit_profile=None, credit_auto_approval_limit=None) == account.changed(
        credit_profile=None, credit_auto_approval_limit=None
    )


def test_what_is_no_command_keeps_its_decimals(make_world: MakeWorld) -> None:
    """Rated usage has more decimals than money: only commands round."""
    world = world_of(make_world)
    world.save(payment(amount="0.000123"))
    assert world.load(*P1).amount == Money.of("0.000123", "EUR")
