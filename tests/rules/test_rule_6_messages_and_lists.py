"""RULES 6: a message is a patch, and lists merge by element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.rules.support.fault import FaultKind
from tests.rules.support.merging import bound, lost, owned, say, street
from tests.rules.support.office import OfficeSettings
from tests.rules.support.world import World

from backhaul.entities import AddressUsage, Contact

MakeWorld = Callable[..., World]
A1 = ("account", "a1")
FULL: dict[str, Any] = {"name": "Ada", "description": "old", "segment": "gold"}

# ---- a message is a patch -------------------------------------------------------------------------------


def test_what_is_absent_from_a_message_is_unchanged(world: World) -> None:
    before = bound(world)
    assert say(world, description="new").changed
    after = world.load(*A1)
    assert after == before.changed(
        description="new", version=2, origin="billing", updated_at=after.updated_at
    )


def test_what_is_absent_from_a_reply_is_unchanged(world: World) -> None:
    world.system.terse = True
    bound(world)
    assert world.load(*A1).description == "old"
    assert world.load(*A1).version == 1
    assert world.sync(A1).base["description"] == "old"


def test_an_explicit_null_clears(world: World) -> None:
    bound(world)
    say(world, description=None)
    assert world.load(*A1).description is None
    assert world.load(*A1).segment == "gold"


def test_an_explicit_null_clears_only_where_the_sender_may_change_the_field(make_world: MakeWorld) -> None:
    world = owned(make_world, description="front")
    bound(world)
    assert not say(world, description=None).changed
    assert world.load(*A1).description == "old"
    assert lost(world) == [("description", "not_owner", "ours")]
    world.drain()
    assert world.system.only("account")["description"] == "old"


def test_a_reply_is_merged_as_a_patch(world: World) -> None:
    world.system.fail(FaultKind.EXTRA, fields={"number": "N-1", "alias": "ada"})
    bound(world)
    account = world.load(*A1)
    assert (account.account_number, account.alias, account.description) == ("N-1", "ada", "old")
    assert (account.version, account.origin) == (2, "billing")
    world.drain()
    # What came from there is not sent back.
    assert len(world.system.writes("account")) == 1


# ---- lists ----------------------------------------------------------------------------------------------


def test_lists_merge_by_the_declared_element_key(world: World) -> None:
    bound(world, addresses=[street("billing", "Rome"), street("service", "Oslo")])
    say(world, addresses=[{"usage": "site", "city": "Bergen"}])
    found = {part.usage: part for part in world.load(*A1).addresses}
    assert (found[AddressUsage.SERVICE].city, found[AddressUsage.SERVICE].line1) == ("Bergen", "1 High St")
    assert found[AddressUsage.SERVICE].part_id == "p-service"
    assert found[AddressUsage.BILLING] == street("billing", "Rome")


def test_an_element_that_is_new_there_is_added(world: World) -> None:
    bound(world, addresses=[street("billing", "Rome")])
    say(world, addresses=[{"usage": "ship", "city": "Riga"}])
    assert [(part.usage, part.city) for part in world.load(*A1).addresses] == [
        (AddressUsage.BILLING, "Rome"),
        (AddressUsage.SHIPPING, "Riga"),
    ]


def test_an_element_missing_from_a_message_stays_unless_the_list_is_declared_complete(world: World) -> None:
    bound(world, addresses=[street("billing", "Rome"), street("service", "Oslo")])
    say(world, addresses=[{"usage": "bill", "city": "Rome"}])
    assert len(world.load(*A1).addresses) == 2


def closed(make_world: MakeWorld, **options: Any) -> World:
    return make_world(offices={"billing": OfficeSettings(closed_addresses=True)}, **options)


def test_an_element_missing_from_a_complete_list_is_removed(make_world: MakeWorld) -> None:
    world = closed(make_world)
    bound(world, addresses=[street("billing", "Rome"), street("service", "Oslo")])
    say(world, addresses=[{"usage": "bill", "street": "1 High St", "city": "Rome"}])
    assert [part.usage for part in world.load(*A1).addresses] == [AddressUsage.BILLING]
    world.drain()
    assert len(world.system.writes("account")) == 1


def test_a_complete_list_that_is_absent_removes_nothing(make_world: MakeWorld) -> None:
    world = closed(make_world)
    bound(world, addresses=[street("billing", "Rome")])
    say(world, description="new")
    assert len(world.load(*A1).addresses) == 1


def test_a_complete_list_removes_nothing_where_the_sender_may_not_delete(make_world: MakeWorld) -> None:
    world = closed(make_world, ownership={"account": {"addresses.*": "front"}})
    bound(world, addresses=[street("billing", "Rome"), street("service", "Oslo")])
    say(world, addresses=[{"usage": "bill", "street": "1 High St", "city": "Rome"}])
    assert len(world.load(*A1).addresses) == 2
    assert lost(world) == [("addresses[service]", "not_owner", "ours")]
    world.drain()
    assert len(world.system.only("account")["addresses"]) == 2


def test_a_complete_list_does_not_remove_what_was_never_agreed(make_world: MakeWorld) -> None:
    """Added here and not sent yet: the system cannot have removed it."""
    world = closed(make_world)
    account = bound(world, addresses=[street("billing", "Rome")])
    world.edit(*A1, addresses=[*account.addresses, street("service", "Oslo")])
    say(world, addresses=[{"usage": "bill", "street": "1 High St", "city": "Rome"}])
    assert len(world.load(*A1).addresses) == 2
    world.drain()
    assert len(world.system.only("account")["addresses"]) == 2


def test_an_element_removed_there_and_changed_here_is_a_visible_conflict(make_world: MakeWorld) -> None:
    world = closed(make_world)
    bound(world, addresses=[street("billing", "Rome"), street("service", "Oslo")])
    world.edit(*A1, addresses=[street("billing", "Rome"), street("service", "Bergen")])
    say(world, addresses=[{"usage": "bill", "street": "1 High St", "city": "Rome"}])
    assert [part.usage for part in world.load(*A1).addresses] == [AddressUsage.BILLING]
    assert lost(world) == [("addresses[service]", "both_changed", "theirs")]
    assert "Bergen" in str(world.conflicts(*A1)[0]["ours"])


def test_an_element_removed_here_and_changed_there_comes_back_whole(world: World) -> None:
    bound(world, addresses=[street("billing", "Rome"), street("service", "Oslo")])
    world.edit(*A1, addresses=[street("billing", "Rome")])
    say(world, addresses=[{"usage": "site", "city": "Bergen"}])
    (service,) = [part for part in world.load(*A1).addresses if part.usage is AddressUsage.SERVICE]
    assert (service.line1, service.city) == ("1 High St", "Bergen")
    assert [kind for _, kind, _ in lost(world)] == ["both_changed"]


def test_references_of_a_complete_list_are_removed_and_added(world: World) -> None:
    for name in ("c1", "c2", "c3"):
        world.save(Contact(id=name, last_name=name))
    world.drain()
    bound(world, contact_ids=["c1", "c2"])
    numbers = {name: world.bound(("contact", name))["contact"] for name in ("c1", "c2", "c3")}
    say(world, contacts=[{"id": numbers["c2"]}, {"id": numbers["c3"]}])
    assert world.load(*A1).contact_ids == ["c2", "c3"]
