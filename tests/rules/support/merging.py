"""What the tests of RULES 6 share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.rules.support.world import World

from backhaul.entities import Account, Address, AddressUsage
from backhaul.processes.receiving.item import Receipt

MakeWorld = Callable[..., World]
A1 = ("account", "a1")
FULL: dict[str, Any] = {"name": "Ada", "description": "old", "segment": "gold"}


def bound(world: World, **fields: Any) -> Account:
    """The account a1, known to every back office."""
    world.save(Account(id="a1", **{**FULL, **fields}))
    world.drain()
    account: Account = world.load(*A1)
    return account


def say(world: World, office: str = "billing", **document: Any) -> Receipt:
    """A message with nothing on the wire but this."""
    (number,) = world.bound(A1, office).values()
    event = {"entity": "account", "kind": "updated", "id": number, "document": document}
    return world.push(office, event)


def lost(world: World) -> list[tuple[str, str, str]]:
    return [(one["path"], one["kind"], one["kept"]) for one in world.conflicts(*A1)]


def owned(make_world: MakeWorld, **owners: str) -> World:
    return make_world(ownership={"account": {name.replace("__", "."): one for name, one in owners.items()}})


def street(usage: str, city: str, part: str = "") -> Address:
    return Address(part_id=part or f"p-{usage}", usage=AddressUsage(usage), line1="1 High St", city=city)
