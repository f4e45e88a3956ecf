"""RULES 1: sync state, what exists unbound, deleting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.rules.support.fault import FaultKind
from tests.rules.support.office import OfficeSettings
from tests.rules.support.world import SEND_ACCOUNT, World

from backhaul.entities import Account, Contact
from backhaul.processes.route import Route
from backhaul.sdk.capability import Role
from backhaul.sdk.errors import ConflictError, NotFoundError
from backhaul.sdk.repeat import Repeat
from backhaul.store.delivery_state import Action, State, WaitKind
from backhaul.store.sync_states import Presence

A1 = ("account", "a1")
MakeWorld = Callable[..., World]


# ---- sync state -----------------------------------------------------------------------------------------


def test_the_base_is_what_was_sent_and_completed_or_received_and_merged(world: World) -> None:
    world.save(Account(id="a1", name="Ada", segment="gold"))
    assert world.sync(A1).presence is Presence.ABSENT
    world.drain()
    sync = world.sync(A1)
    assert (sync.presence, sync.sent_version, sync.base["segment"]) == (Presence.BOUND, 1, "GOLD")
    world.system.change("account", "A-1", description="theirs")
    world.tell("billing", "account", "A-1")
    assert world.sync(A1).base["description"] == "theirs"


def test_a_rejected_send_does_not_move_the_base(world: World) -> None:
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    world.system.fail(FaultKind.REJECT)
    world.edit("account", "a1", name="Bob")
    world.drain()
    sync = world.sync(A1)
    assert world.last("account", "a1").state is State.REJECTED
    assert (sync.base["name"], sync.sent_version) == ("Ada", 1)
    world.edit("account", "a1", description="more")
    world.drain()
    # What was refused is still owed, so the next update says it again.
    assert world.system.writes("account")[-1].said == {"name": "Bob", "description": "more"}


# ---- existing, unbound ----------------------------------------------------------------------------------


def _existing(make_world: MakeWorld, **settings: Any) -> World:
    """An account that the system said yes to without telling its id."""
    world = make_world(
        offices={"billing": OfficeSettings(probe=False, **settings)},
        routes=[Route(SEND_ACCOUNT, ("billing",))],
    )
    world.system.fail(FaultKind.NO_ID)
    world.save(Account(id="a1", name="Ada", account_number="N-1"))
    world.drain()
    return world


def test_a_create_without_a_usable_id_leaves_the_record_existing_and_its_deliveries_wait(
    make_world: MakeWorld,
) -> None:
    world = _existing(make_world)
    first = world.last("account", "a1")
    assert (first.state, first.merge_failed) == (State.COMPLETED, True)
    assert world.sync(A1).presence is Presence.EXISTING
    world.edit("account", "a1", description="later")
    world.settle()
    waiting = world.last("account", "a1")
    assert (waiting.state, waiting.wait_kind) == (State.WAITING, WaitKind.RECORD)
    assert len(world.system.writes("account")) == 1


def test_an_inbound_match_binds_what_exists_unbound_and_the_pinned_payload_is_its_base(
    make_world: MakeWorld,
) -> None:
    world = _existing(make_world)
    world.edit("account", "a1", description="later")
    world.drain()
    world.tell("billing", "account", "A-1", "updated")
    world.drain()
    assert world.bound(A1) == {"account": "A-1"}
    assert world.sync(A1).presence is Presence.BOUND
    (update,) = world.system.writes("account", "update")
    assert update.said == {"description": "later"}


def test_a_probe_binds_what_exists_unbound(make_world: MakeWorld) -> None:
    world = make_world(routes=[Route(SEND_ACCOUNT, ("billing",))])
    world.system.fail(FaultKind.NO_ID)
    world.save(Account(id="a1", name="Ada"))
    world.settle()
    world.edit("account", "a1", description="later")
    world.settle()
    assert world.bound(A1) == {"account": "A-1"}
    assert world.states() == [State.COMPLETED, State.COMPLETED]
    assert len(world.system.writes("account", "create")) == 1


def test_a_person_binds_what_exists_unbound(make_world: MakeWorld) -> None:
    world = _existing(make_world)
    world.edit("account", "a1", description="later")
    world.drain()
    world.import_pair("billing", "account", "A-1", A1)
    world.drain()
    assert world.states() == [State.COMPLETED, State.COMPLETED]
    assert world.system.writes("account", "update")[0].said == {"description": "later"}


def test_an_adapter_that_addresses_by_our_id_needs_no_id_in_the_reply(make_world: MakeWorld) -> None:
    world = _existing(make_world, repeat=Repeat.OUR_ID)
    assert world.bound(A1) == {"account": "a1"}
    assert world.last("account", "a1").state is State.COMPLETED
    assert world.sync(A1).presence is Presence.BOUND


# ---- deleting -------------------------------------------------------------------------------------------


def test_deleting_is_opt_in_and_leaves_a_tombstone_with_its_cross_references(world: World) -> None:
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    assert world.front.delete("account", "a1") == ()
    world.drain()
    stored = world.stored(*A1)
    assert stored is not None
    assert (stored.deleted, stored.version) == (True, 2)
    assert world.bound(A1) == {"account": "A-1"}
    assert list(world.system.all("account")) == ["A-1"]
    with pytest.raises(NotFoundError, match="deleted"):
        world.load("account", "a1")


def test_delete_is_a_capability_of_its_own(make_world: MakeWorld) -> None:
    world = make_world(offices={"billing": OfficeSettings(deletes=True)})
    assert world.landscape.invocation("billing").can(Role.DELETES, "account")
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    (planned,) = world.front.delete("account", "a1")
    delivery = world.delivery(planned)
    assert (delivery.action, delivery.payload) == (Action.DELETE, "frozen")
    assert delivery.document is not None
    assert delivery.document["name"] == "Ada"
    world.drain()
    assert world.system.all("account") == {}
    assert world.bound(A1) == {"account": "A-1"}
    assert world.sync(A1).presence is Presence.ABSENT


def test_a_delete_resolves_its_references_at_the_first_attempt(make_world: MakeWorld) -> None:
    """Deleted while its create is on its way: the id is known only afterwards, and must still be removed."""
    world = make_world(offices={"billing": OfficeSettings(deletes=True)})
    world.system.fail(FaultKind.DROP_AFTER)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    assert world.bound(A1) == {}
    assert len(world.front.delete("account", "a1")) == 1
    world.settle()
    assert world.states() == [State.COMPLETED, State.COMPLETED]
    assert world.system.all("account") == {}


def test_a_delete_of_what_never_reached_a_system_is_skipped(make_world: MakeWorld) -> None:
    world = make_world(offices={"billing": OfficeSettings(deletes=True)})
    world.save(Account(id="a1", name="Ada"))
    world.front.delete("account", "a1")
    world.drain()
    assert set(world.states()) == {State.SKIPPED}
    assert world.system.requests == []


def test_children_are_deleted_before_their_parents(make_world: MakeWorld) -> None:
    settings = OfficeSettings(deletes=True, needs={"account": ("contact",)})
    world = make_world(offices={"billing": settings})
    world.save(Contact(id="c1", last_name="Smith"))
    world.save(Account(id="a1", name="Ada", contact_ids=["c1"]))
    world.settle()
    # The parent is deleted first, here; there the child has to go first.
    world.system.fail(FaultKind.BUSY, "DELETE account")
    world.front.delete("contact", "c1")
    world.front.delete("account", "a1")
    world.settle()
    gone = [one.collection for one in world.system.log if one.verb == "delete"]
    assert gone == ["account", "contact"]
    assert world.states()[-2:] == [State.COMPLETED, State.COMPLETED]


def test_an_inbound_update_for_a_tombstone_is_refused_as_deleted(world: World) -> None:
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    world.front.delete("account", "a1")
    world.system.change("account", "A-1", name="Zombie")
    for kind in ("updated", "created"):
        (report,) = world.tell("billing", "account", "A-1", kind).items
        assert (report.state.value, report.code) == ("refused", "deleted")
    assert len(world.rows("SELECT id FROM records")) == 1


def test_nothing_is_recreated_under_the_id_of_a_tombstone(world: World) -> None:
    world.save(Account(id="a1", name="Ada"))
    world.front.delete("account", "a1")
    with pytest.raises(ConflictError, match="deleted"):
        world.save(Account(id="a1", name="Ada again"))
