"""The support itself: what the proofs stand on must be able to fail."""

from __future__ import annotations

from tests.rules.support.world import World

from backhaul.entities import Account
from backhaul.store.delivery_state import State


def test_a_save_reaches_the_system_and_its_reply_binds(world: World) -> None:
    world.save(Account(id="a1", name="Ada", segment="gold"))
    world.drain()
    assert world.states() == [State.COMPLETED]
    assert world.system.only("account")["segment"] == "GOLD"
    assert world.bound(("account", "a1")) == {"account": "A-1"}


def test_what_the_system_tells_changes_our_record(world: World) -> None:
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    world.system.change("account", "A-1", name="Ada Lovelace")
    assert world.tell("billing", "account", "A-1").changed
    assert world.load("account", "a1").name == "Ada Lovelace"
