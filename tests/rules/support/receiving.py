"""What the tests of RULES 7 share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.rules.support.world import World

from backhaul.entities import Account

MakeWorld = Callable[..., World]
A1 = ("account", "a1")


def bound(world: World, **fields: Any) -> str:
    """The account a1, known to every back office; its id at the first."""
    world.save(Account(id="a1", name="Ada", **fields))
    world.drain()
    return world.bound(A1, next(iter(world.offices)))["account"]


def event(id_: str, kind: str = "updated", entity: str = "account", **document: Any) -> dict[str, Any]:
    return {"entity": entity, "kind": kind, "id": id_, "document": document}


def kept(world: World) -> list[dict[str, Any]]:
    return world.rows("SELECT * FROM inbox ORDER BY id")


def held(world: World) -> list[dict[str, Any]]:
    return world.rows("SELECT * FROM inbox_items WHERE state = 'held'")


def outcome(world: World, *events: dict[str, Any], **options: Any) -> list[tuple[str, str | None]]:
    receipt = world.push("billing", *events, **options)
    return [(item.state.value, item.code) for item in receipt.items]
