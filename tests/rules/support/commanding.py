"""What the tests of RULES 8 share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.rules.support.office import OfficeSettings
from tests.rules.support.payment import Payment
from tests.rules.support.world import World

from backhaul.entities import Money
from backhaul.processes.announcement import Announcements
from backhaul.processes.command import Commanded, Commands

MakeWorld = Callable[..., World]
P1 = ("payment", "p1")


def payment(record_id: str = "p1", amount: str = "12.50", currency: str = "EUR", **fields: Any) -> Payment:
    paid = Money.of(amount, currency)
    return Payment(id=record_id, account_id="a1", billing_profile_id="bp1", amount=paid, **fields)


def world_of(make_world: MakeWorld, **settings: Any) -> World:
    """A back office that takes payments by command only."""
    return make_world(offices={"billing": OfficeSettings(**settings)}, routes=[])


def commands(world: World) -> Commands:
    return Commands(world.store, world.landscape, Announcements(world.landscape.hooks))


def submit(
    world: World,
    record: Payment | None = None,
    key: str | None = "k1",
    caller: str = "shop",
    targets: tuple[str, ...] = ("billing",),
    **options: Any,
) -> Commanded:
    asked = payment() if record is None else record
    return commands(world).submit(asked, targets, caller=caller, key=key, **options)


def planned(world: World) -> int:
    return len(world.deliveries("payment"))
