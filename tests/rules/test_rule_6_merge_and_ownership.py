"""RULES 6: three-way, field by field; races; ownership."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.rules.support.fault import FaultKind
from tests.rules.support.merging import bound, lost, owned, say, street
from tests.rules.support.office import OfficeSettings
from tests.rules.support.world import World, routes

from backhaul.entities import Account, Address, AddressUsage, CreditProfile, Money
from backhaul.sdk.errors import RejectedError
from backhaul.sdk.hooks import hookimpl
from backhaul.sdk.repeat import Stamps
from backhaul.sdk.transports.base import Request
from backhaul.store.delivery_state import State

MakeWorld = Callable[..., World]
A1 = ("account", "a1")
FULL: dict[str, Any] = {"name": "Ada", "description": "old", "segment": "gold"}

# ---- three-way, field by field --------------------------------------------------------------------------


def test_changed_there_only_is_taken(world: World) -> None:
    bound(world)
    say(world, description="theirs")
    assert world.load(*A1).description == "theirs"
    assert lost(world) == []


def test_a_value_equal_to_the_base_is_an_echo_and_changes_nothing(world: World) -> None:
    bound(world)
    world.edit(*A1, description="ours")
    assert not say(world, description="old", name="Ada").changed
    assert world.load(*A1).description == "ours"
    assert world.load(*A1).version == 2
    assert lost(world) == []


def test_a_value_pinned_in_an_unsettled_attempt_is_an_echo(world: World) -> None:
    bound(world)
    world.edit(*A1, description="first")
    world.system.fail(FaultKind.DROP_AFTER)
    world.drain()
    assert world.last(*A1).state is State.UNKNOWN
    world.edit(*A1, description="second")
    # The system did it and tells of it, before we know what became of our request.
    assert not world.tell("billing", "account", "A-1").changed
    assert world.load(*A1).description == "second"
    assert lost(world) == []
    world.settle()
    assert world.system.only("account")["description"] == "second"
    assert world.load(*A1).description == "second"


def test_both_sides_changed_different_fields_and_both_are_kept(world: World) -> None:
    bound(world)
    world.edit(*A1, description="ours")
    world.system.change("account", "A-1", location="theirs")
    world.tell("billing", "account", "A-1")
    world.drain()
    account, there = world.load(*A1), world.system.only("account")
    assert (account.description, account.location) == ("ours", "theirs")
    assert (there["description"], there["location"]) == ("ours", "theirs")
    assert lost(world) == []


def test_changed_on_both_sides_the_sender_of_a_shared_field_wins_visibly(world: World) -> None:
    bound(world)
    world.edit(*A1, description="ours")
    say(world, description="theirs")
    assert world.load(*A1).description == "theirs"
    (conflict,) = world.conflicts(*A1)
    assert (conflict["path"], conflict["ours"], conflict["theirs"], conflict["kept"]) == (
        "description",
        "ours",
        "theirs",
        "theirs",
    )
    assert conflict["backoffice"] == "billing"


def test_cleared_here_and_changed_there_is_a_visible_conflict(world: World) -> None:
    bound(world)
    world.edit(*A1, description=None)
    say(world, description="theirs")
    assert world.load(*A1).description == "theirs"
    assert lost(world) == [("description", "both_changed", "theirs")]


def test_both_sides_made_the_same_change_and_nothing_is_lost_or_sent(world: World) -> None:
    bound(world)
    world.edit(*A1, description="same")
    assert not say(world, description="same").changed
    world.drain()
    assert lost(world) == []
    assert len(world.system.writes("account")) == 1
    assert world.last(*A1).state is State.SKIPPED


@pytest.mark.parametrize("owner", ["front", "assurance"])
def test_what_a_sender_does_not_own_is_not_taken_and_put_back_there(
    make_world: MakeWorld, owner: str
) -> None:
    offices = {"billing": OfficeSettings(), "assurance": OfficeSettings()}
    world = make_world(offices=offices, ownership={"account": {"description": owner}})
    bound(world)
    (number,) = world.bound(A1).values()
    world.systems["billing"].change("account", number, description="theirs")
    assert not world.tell("billing", "account", number).changed
    assert lost(world) == [("description", "not_owner", "ours")]
    world.drain()
    assert world.load(*A1).description == "old"
    assert world.systems["billing"].only("account")["description"] == "old"


def test_the_owner_wins_over_a_local_change_that_was_made_before_it_owned(make_world: MakeWorld) -> None:
    world = make_world()
    bound(world)
    world.edit(*A1, description="ours")
    world.restart(ownership={"account": {"description": "billing"}})
    say(world, description="theirs")
    assert world.load(*A1).description == "theirs"
    assert lost(world) == [("description", "both_changed", "theirs")]


def test_what_one_system_tells_is_sent_to_the_others_and_not_back(make_world: MakeWorld) -> None:
    world = make_world(offices={"billing": OfficeSettings(), "assurance": OfficeSettings()})
    bound(world)
    number = world.bound(A1)["account"]
    world.systems["billing"].change("account", number, description="theirs")
    world.tell("billing", "account", number)
    world.drain()
    assert world.systems["assurance"].only("account")["description"] == "theirs"
    assert len(world.systems["billing"].writes("account")) == 2  # its own two
    assert world.systems["billing"].sent("PATCH account") == []


def test_a_declared_normalisation_is_no_difference(world: World) -> None:
    """The segment is stored there in capitals, and the alias is cut: both are declared."""
    world.system.normalise["segment"] = lambda value: str(value).upper()
    world.system.normalise["alias"] = lambda value: str(value)[:10]
    bound(world, alias="a long alias indeed")
    world.tell("billing", "account", "A-1")
    world.drain()
    account = world.load(*A1)
    assert (account.version, account.alias, account.segment) == (1, "a long alias indeed", "gold")
    assert len(world.system.writes("account")) == 1
    assert lost(world) == []


def test_known_limit_a_value_changed_and_changed_back_looks_unchanged(make_world: MakeWorld) -> None:
    """Merging by value cannot see it. It is stated here so that nobody believes otherwise."""
    world = make_world(offices={"billing": OfficeSettings(stamps=Stamps.NEVER)})
    bound(world)
    world.edit(*A1, description="ours")
    world.system.change("account", "A-1", description="other")
    world.system.change("account", "A-1", description="old")
    world.tell("billing", "account", "A-1")
    assert world.load(*A1).description == "ours"
    assert lost(world) == []


# ---- races ----------------------------------------------------------------------------------------------


class Meanwhile:
    """A plugin during whose `before_save` somebody else saves."""

    def __init__(self, times: int = 1) -> None:
        self.times = times
        self.world: World | None = None

    @hookimpl
    def before_save(self, record: Any, origin: str) -> None:
        if origin == "front" or self.world is None or not self.times:
            return
        self.times -= 1
        self.world.edit(*A1, location=f"moved {self.times}")


@pytest.mark.parametrize("times", [1, 5])
def test_an_inbound_merge_that_loses_the_race_is_made_again(make_world: MakeWorld, times: int) -> None:
    race = Meanwhile(times)
    world = make_world(hooks={"race": race})
    bound(world)
    race.world = world
    receipt = say(world, description="theirs")
    assert [item.state.value for item in receipt.items] == ["taken"]
    account = world.load(*A1)
    assert (account.description, account.location, account.version) == ("theirs", "moved 0", 2 + times)


def test_a_reply_whose_merge_loses_the_race_is_merged_again(make_world: MakeWorld) -> None:
    race = Meanwhile()
    world = make_world(hooks={"race": race})
    race.world = world
    world.system.fail(FaultKind.EXTRA, "POST account", fields={"number": "N-1"})
    world.save(Account(id="a1", **FULL))
    world.drain()
    account, there = world.load(*A1), world.system.only("account")
    assert (account.account_number, account.location) == ("N-1", "moved 0")
    assert there["location"] == "moved 0"
    assert set(world.states()) == {State.COMPLETED}


def test_a_record_that_moves_while_it_is_sent_is_sent_again(world: World) -> None:
    moved: list[str] = []

    def move(request: Request) -> None:
        if request.operation == "POST account" and not moved:
            moved.append("once")
            world.edit(*A1, description="newer")

    world.system.gates.append(move)
    bound(world)
    assert world.system.only("account")["description"] == "newer"
    assert world.load(*A1).description == "newer"
    assert lost(world) == []


# ---- ownership ------------------------------------------------------------------------------------------


def test_a_payload_leaves_out_what_its_receiver_owns(make_world: MakeWorld) -> None:
    offices = {"billing": OfficeSettings(), "assurance": OfficeSettings()}
    world = make_world(
        offices=offices,
        ownership={"account": {"credit_profile.*": "billing", "addresses.city": "billing"}},
    )
    credit = CreditProfile(credit_limit=Money.of("10.00", "EUR"))
    bound(world, credit_profile=credit, addresses=[street("billing", "Rome")])
    (made,) = world.systems["billing"].writes("account")
    assert "credit" not in made.said
    assert made.said["addresses"] == [{"usage": "bill", "street": "1 High St"}]
    (other,) = world.systems["assurance"].writes("account")
    assert other.said["credit"]["limit"] == 10
    assert other.said["addresses"][0]["city"] == "Rome"


def test_what_a_back_office_owns_causes_no_send_to_it(make_world: MakeWorld) -> None:
    offices = {"billing": OfficeSettings(), "assurance": OfficeSettings()}
    world = make_world(offices=offices, ownership={"account": {"description": "billing"}})
    bound(world, description=None)
    number = world.bound(A1)["account"]
    world.systems["billing"].change("account", number, description="theirs")
    world.tell("billing", "account", number)
    world.drain()
    assert world.systems["assurance"].only("account")["description"] == "theirs"
    assert world.systems["billing"].sent("PATCH account") == []


@pytest.mark.parametrize(
    ("pattern", "named", "edit"),
    [
        ("description", "description", {"description": "mine"}),
        ("description", "description", {"description": None}),
        ("credit_profile.*", "credit_profile.credit_limit", {"credit_profile": None}),
        ("credit_profile", "credit_profile.credit_score", {"credit_profile": CreditProfile(credit_score=5)}),
        ("credit_profile.credit_limit", "credit_profile.credit_limit", {"credit_profile": None}),
        ("addresses.city", "addresses[p-billing].city", {"addresses": [street("billing", "Oslo")]}),
        ("addresses.*", "addresses[p-ship].city", {"addresses": [street("billing", "Rome", "p-ship")]}),
        ("addresses", "addresses[p-billing].city", {"addresses": []}),
    ],
)
def test_a_local_edit_of_what_a_back_office_owns_is_refused_naming_it(
    make_world: MakeWorld, pattern: str, named: str, edit: dict[str, Any]
) -> None:
    world = make_world()
    credit = CreditProfile(credit_limit=Money.of("10.00", "EUR"))
    before = bound(world, credit_profile=credit, addresses=[street("billing", "Rome")])
    world.restart(ownership={"account": {pattern: "billing"}})
    with pytest.raises(RejectedError, match="billing") as refused:
        world.edit(*A1, **edit)
    assert refused.value.code == "not_owner"
    assert named in refused.value.message
    assert world.load(*A1) == before


def test_a_local_edit_beside_what_a_back_office_owns_is_saved(make_world: MakeWorld) -> None:
    world = owned(make_world, credit_profile__credit_limit="billing", addresses__city="billing")
    bound(world, addresses=[street("billing", "Rome")])
    moved = Address(part_id="p-billing", usage=AddressUsage.BILLING, line1="2 Low St", city="Rome")
    world.edit(*A1, name="Bob", addresses=[moved], credit_profile=CreditProfile(credit_score=5))
    assert world.load(*A1).addresses == [moved]


def test_what_a_plugin_makes_of_a_save_is_a_local_edit_as_well(make_world: MakeWorld) -> None:
    class Meddler:
        @hookimpl
        def before_save(self, record: Any, origin: str) -> Any:
            return record.changed(description="meddled") if origin == "front" and record.version else None

    world = make_world(hooks={"meddler": Meddler()}, ownership={"account": {"description": "billing"}})
    bound(world)
    with pytest.raises(RejectedError, match="billing"):
        world.edit(*A1, name="Bob")


def test_front_may_edit_what_front_owns(make_world: MakeWorld) -> None:
    world = owned(make_world, description="front")
    bound(world)
    world.edit(*A1, description="mine")
    world.drain()
    assert world.system.only("account")["description"] == "mine"


def test_creation_is_owned(make_world: MakeWorld) -> None:
    offices = {"billing": OfficeSettings(), "assurance": OfficeSettings()}
    world = make_world(offices=offices, ownership={"account": {"@create": "billing"}}, routes=())
    with pytest.raises(RejectedError, match="billing"):
        world.save(Account(id="a1", name="Ada"))
    for office, state in (("assurance", "refused"), ("billing", "taken")):
        there = world.systems[office].add("account", name="Eve")
        (report,) = world.tell(office, "account", there["id"], "created").items
        assert report.state.value == state
    assert report.code is None
    assert len(world.rows("SELECT id FROM records")) == 1


def test_deletion_is_owned(make_world: MakeWorld) -> None:
    offices = {"billing": OfficeSettings(), "assurance": OfficeSettings()}
    world = make_world(offices=offices, ownership={"account": {"@delete": "billing"}})
    bound(world)
    with pytest.raises(RejectedError, match="billing"):
        world.front.delete(*A1)
    number = world.bound(A1, "assurance")["account"]
    (report,) = world.tell("assurance", "account", number, "deleted").items
    assert (report.state.value, report.code) == ("refused", "not_owner")
    assert world.load(*A1).version == 1
    assert world.tell("billing", "account", world.bound(A1)["account"], "deleted").changed
    stored = world.stored(*A1)
    assert stored is not None
    assert stored.deleted


def test_ownership_does_not_keep_the_base_from_moving(make_world: MakeWorld) -> None:
    """A sender's value of its own field is the base, also where ours was never sent there."""
    world = make_world(
        routes=routes("billing"), ownership={"account": {"description": "billing", "location": "front"}}
    )
    bound(world, description=None)
    say(world, description="theirs", location="nowhere")
    assert world.sync(A1).base["description"] == "theirs"
    # Not taken, but known to stand there: that is why ours is sent again.
    assert world.sync(A1).base["location"] == "nowhere"
    assert world.load(*A1).location is None
