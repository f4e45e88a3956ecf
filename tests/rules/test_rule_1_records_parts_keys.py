"""RULES 1: records, parts, keys."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any, ClassVar

import pytest
from tests.rules.support.fault import FaultKind
from tests.rules.support.office import OfficeSettings
from tests.rules.support.world import SEND_ACCOUNT, World

from backhaul.entities import Account, Address, Contact, Extensions, Upcaster
from backhaul.processes.route import Route
from backhaul.sdk.errors import AmbiguousError, ConflictError
from backhaul.sdk.repeat import Repeat
from backhaul.sdk.transports.base import Request
from backhaul.store.delivery_state import State

A1 = ("account", "a1")
MakeWorld = Callable[..., World]


# ---- records and parts ----------------------------------------------------------------------------------


def test_parts_carry_a_part_id_and_live_inside_their_record(world: World) -> None:
    world.save(Account(id="a1", name="Ada", addresses=[Address(part_id="p1", city="Rome")]))
    world.edit("account", "a1", addresses=[Address(part_id="p1", city="Oslo")])
    account = world.load("account", "a1")
    assert [(part.part_id, part.city) for part in account.addresses] == [("p1", "Oslo")]
    assert account.version == 2
    assert {row["entity"] for row in world.rows("SELECT entity FROM records")} == {"account"}


def test_accounts_refer_to_contacts_by_id_and_each_has_a_version_of_its_own(world: World) -> None:
    world.save(Contact(id="c1", last_name="Smith"))
    world.save(Account(id="a1", name="Ada", contact_ids=["c1"]))
    world.edit("contact", "c1", last_name="Smythe")
    assert (world.load("account", "a1").version, world.load("contact", "c1").version) == (1, 2)
    assert world.load("account", "a1").contact_ids == ["c1"]


# ---- schema versions and extensions ---------------------------------------------------------------------


def _renamed(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "alias": document.get("description")}


class AccountOfTheNextRelease(Account):
    schema_version: ClassVar[int] = 2
    upcasters: ClassVar[MappingProxyType[int, Upcaster]] = MappingProxyType({1: _renamed})


def test_stored_documents_carry_their_schema_version_and_the_entity_upcasts_them(world: World) -> None:
    world.save(Account(id="a1", name="Ada", description="Countess"))
    stored = world.stored(*A1)
    assert stored is not None
    assert stored.schema_version == 1
    world.restart(entities={"account": AccountOfTheNextRelease})
    assert world.load("account", "a1").alias == "Countess"
    world.edit("account", "a1", name="Ada L.")
    stored = world.stored(*A1)
    assert stored is not None
    assert stored.schema_version == 2


def test_a_document_of_a_newer_release_is_not_read_and_spoils_no_other_delivery(world: World) -> None:
    world.restart(entities={"account": AccountOfTheNextRelease})
    world.save(Account.model_construct(**AccountOfTheNextRelease(id="new", name="New").__dict__))
    world.save(AccountOfTheNextRelease(id="a1", name="Ada"))
    with world.store.database.write() as connection:
        connection.exec_driver_sql("UPDATE records SET schema_version = 9 WHERE id = 'new'")
    world.drain()
    assert world.states("account", "a1") == [State.COMPLETED]
    parked = world.last("account", "new")
    assert parked.state is State.UNMAPPABLE
    assert "newer release" in (parked.reason or "")
    assert world.system.only("account")["name"] == "Ada"


def test_extensions_of_a_plugin_that_is_no_longer_installed_survive(world: World) -> None:
    kept: Extensions = {"gone_plugin": {"tier": "gold", "since": [1, 2]}}
    world.save(Account(id="a1", name="Ada", extensions=kept))
    world.drain()
    world.restart()
    world.edit("account", "a1", name="Ada L.")
    world.drain()
    world.system.change("account", "A-1", description="theirs")
    assert world.tell("billing", "account", "A-1").changed
    assert world.load("account", "a1").extensions == kept


# ---- keys -----------------------------------------------------------------------------------------------


def test_two_john_smiths_are_never_merged_by_a_machine(world: World) -> None:
    world.save(Contact(id="c1", last_name="Smith", first_name="John"))
    world.drain()
    there = world.system.add("contact", lastName="Smith", firstName="John")
    receipt = world.tell("billing", "contact", there["id"], "created")
    assert receipt.items[0].record_id != "c1"
    assert len(world.rows("SELECT id FROM records WHERE entity = 'contact'")) == 2


def test_only_a_strong_key_matches_automatically(world: World) -> None:
    world.save(Account(id="a1", name="Ada", account_number="N-1"))
    world.save(Account(id="a2", name="Ada"))
    there = world.system.add("account", name="Somebody", number="N-1")
    receipt = world.tell("billing", "account", there["id"], "created")
    assert receipt.items[0].record_id == "a1"
    assert world.bound(A1) == {"account": there["id"]}


def test_more_than_one_hit_is_refused_as_ambiguous_with_the_candidates(world: World) -> None:
    world.save(Account(id="a1", name="Ada", account_number="N-1"))
    world.save(Account(id="a2", name="Bob", account_number="N-1"))
    there = world.system.add("account", name="Eve", number="N-1")
    (report,) = world.tell("billing", "account", there["id"], "created").items
    assert (report.state.value, report.code) == ("refused", "ambiguous")
    assert "a1" in (report.reason or "")
    assert "a2" in (report.reason or "")
    assert world.bound(A1) == {}


def test_a_get_by_key_refuses_more_than_one_hit_and_search_keys_always(world: World) -> None:
    world.save(Account(id="a1", name="Ada", account_number="N-1"))
    world.save(Account(id="a2", name="Bob", account_number="N-1"))
    with pytest.raises(AmbiguousError) as refused:
        world.get.by_key("account", "account_number", "N-1")
    assert refused.value.candidates == ("a1", "a2")
    with pytest.raises(AmbiguousError):
        world.get.by_key("account", "name", "Ada")


def test_an_object_whose_strong_key_names_a_record_bound_elsewhere_is_refused(world: World) -> None:
    world.save(Account(id="a1", name="Ada", account_number="N-1"))
    world.drain()
    twin = world.system.add("account", name="Ada", number="N-1")
    (report,) = world.tell("billing", "account", twin["id"], "created").items
    assert report.code == "ambiguous"
    assert world.bound(A1) == {"account": "A-1"}


# ---- cross references -----------------------------------------------------------------------------------


def test_cross_references_are_unique_on_the_external_id(world: World) -> None:
    with world.store.write() as uow:
        assert uow.cross_references.bind("billing", "account", "X-1", A1)
        assert not uow.cross_references.bind("billing", "account", "X-1", A1)
    with pytest.raises(ConflictError, match="a1"), world.store.write() as uow:
        uow.cross_references.bind("billing", "account", "X-1", ("account", "a2"))


def test_cross_references_are_unique_on_the_record(world: World) -> None:
    with world.store.write() as uow:
        uow.cross_references.bind("billing", "account", "X-1", A1)
    with pytest.raises(ConflictError, match="X-1"), world.store.write() as uow:
        uow.cross_references.bind("billing", "account", "X-2", A1)
    assert world.bound(A1) == {"account": "X-1"}


def test_one_account_may_be_several_resources_and_known_to_several_systems(world: World) -> None:
    with world.store.write() as uow:
        for name, resource in (
            ("billing", "individual"),
            ("billing", "customer"),
            ("billing", "billing_account"),
            ("assurance", "customer"),
        ):
            assert uow.cross_references.bind(name, resource, "X-1", A1)
    assert set(world.bound(A1)) == {"individual", "customer", "billing_account"}


def test_a_call_that_makes_several_objects_binds_each_durably_before_the_next_step(
    make_world: MakeWorld,
) -> None:
    world = make_world(
        offices={"billing": OfficeSettings(two_steps=True)}, routes=[Route(SEND_ACCOUNT, ("billing",))]
    )
    committed: list[list[str]] = []

    def look(request: Request) -> None:
        if request.operation == "POST account":
            rows = world.rows("SELECT external_id FROM cross_references WHERE resource = 'holder'")
            committed.append([row["external_id"] for row in rows])

    world.system.gates.append(look)
    world.system.fail(FaultKind.DROP_BEFORE, "POST account")
    world.save(Account(id="a1", name="Ada"))
    world.settle()
    assert committed == [["H-1"], ["H-1"]]
    assert len(world.system.all("holder")) == 1
    assert world.bound(A1) == {"holder": "H-1", "account": "A-2"}


def test_a_bind_that_meets_another_pair_parks_the_delivery_and_never_rebinds(make_world: MakeWorld) -> None:
    settings = OfficeSettings(repeat=Repeat.NATURAL_KEY)
    world = make_world(offices={"billing": settings}, routes=[Route(SEND_ACCOUNT, ("billing",))])
    world.save(Account(id="a1", name="Same name"))
    world.drain()
    world.save(Account(id="a2", name="Same name"))
    world.drain()
    parked = world.last("account", "a2")
    assert (parked.state, parked.code) == (State.REJECTED, "bind_conflict")
    assert "a1" in (parked.reason or "")
    assert world.bound(A1) == {"account": "A-1"}
    assert world.bound(("account", "a2")) == {}
