"""RULES 7: message ids, stamps, kept bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.rules.support.office import OfficeSettings
from tests.rules.support.receiving import bound, event, kept, outcome
from tests.rules.support.world import TOKEN, World

from backhaul.entities import Account, Contact
from backhaul.processes import receive as receive_module
from backhaul.sdk.errors import ConflictError
from backhaul.sdk.inbound import RawMessage
from backhaul.sdk.repeat import Stamps
from backhaul.store.inbox import Inbox

MakeWorld = Callable[..., World]
A1 = ("account", "a1")

# ---- message ids ----------------------------------------------------------------------------------------


def test_the_same_id_with_the_same_content_gets_the_first_answer_again(world: World) -> None:
    number = bound(world)
    said = (event(number, name="Bob"), event("nobody", name="Eve"))
    first = world.push("billing", *said, message_id="m1")
    world.edit(*A1, name="Carol")
    again = world.push("billing", *said, message_id="m1")
    assert again.repeated
    assert (again.items, again.inbox_id) == (first.items, first.inbox_id)
    assert world.load(*A1).name == "Carol"
    assert len(kept(world)) == 1


def test_the_same_id_with_other_content_is_a_conflict(world: World) -> None:
    number = bound(world)
    world.push("billing", event(number, name="Bob"), message_id="m1")
    with pytest.raises(ConflictError, match="m1"):
        world.push("billing", event(number, name="Carol"), message_id="m1")
    assert world.load(*A1).name == "Bob"
    assert len(kept(world)) == 1


def test_message_ids_are_unique_per_back_office(make_world: MakeWorld) -> None:
    world = make_world(offices={"billing": OfficeSettings(), "assurance": OfficeSettings()})
    number = bound(world)
    assert world.push("billing", event(number, name="Bob"), message_id="m1").changed
    other = world.bound(A1, "assurance")["account"]
    assert world.push("assurance", event(other, description="new"), message_id="m1").changed


def test_a_refused_message_does_not_use_up_its_id(world: World) -> None:
    number = bound(world)
    assert outcome(world, event("nobody", name="Bob"), message_id="m1") == [("refused", "unknown")]
    assert outcome(world, event(number, name="Bob"), message_id="m1") == [("taken", None)]
    with pytest.raises(ConflictError):
        world.push("billing", event(number, name="Carol"), message_id="m1")


def test_a_message_that_cannot_be_read_is_kept_visible_and_does_not_use_up_its_id(world: World) -> None:
    receipt = world.push_bytes("billing", b"<xml/>", message_id="m1")
    assert receipt.refused
    assert receipt.items[0].code == "unreadable"
    assert [(row["state"], bytes(row["body"])) for row in kept(world)] == [("refused", b"<xml/>")]
    assert world.rows("SELECT * FROM message_ids") == []


def test_a_resubmission_uses_up_the_id(world: World) -> None:
    number = "A-77"
    said = json.dumps({"events": [event(number, name="Bob")]}).encode()
    refused = world.push_bytes("billing", said, message_id="m1")
    with world.store.write() as uow:
        uow.cross_references.bind("billing", "account", number, A1)
    world.save(Account(id="a1", name="Ada"))
    receipt = world.receive.take("billing", RawMessage(said, {}, "", "m1"), resubmits=refused.inbox_id)
    assert receipt.changed
    assert kept(world)[1]["resubmits"] == refused.inbox_id
    assert world.push_bytes("billing", said, message_id="m1").repeated


def test_where_a_source_has_no_ids_the_content_is_the_id(world: World) -> None:
    number = bound(world)
    assert not world.push("billing", event(number, name="Bob")).repeated
    assert world.push("billing", event(number, name="Bob")).repeated
    assert not world.push("billing", event(number, name="Bob", number="N-1")).repeated


# ---- stamps ---------------------------------------------------------------------------------------------


def stamped(id_: str, revision: int, **document: Any) -> dict[str, Any]:
    return {**event(id_, **document), "revision": revision}


def test_an_older_stamp_is_recorded_and_not_applied(world: World) -> None:
    number = bound(world, description="old")
    assert world.push("billing", stamped(number, 5, description="newer")).changed
    assert not world.push("billing", stamped(number, 4, description="older")).changed
    assert world.load(*A1).description == "newer"
    assert [(one["path"], one["kind"]) for one in world.conflicts(*A1)] == [("description", "stale")]
    assert len(kept(world)) == 2


def test_the_stamp_is_kept_per_field(world: World) -> None:
    number = bound(world, description="old", location="old")
    world.push("billing", stamped(number, 5, description="newer"))
    assert world.push("billing", stamped(number, 4, description="older", location="moved")).changed
    account = world.load(*A1)
    assert (account.description, account.location) == ("newer", "moved")
    stamps = world.sync(A1).stamps
    assert (stamps["description"], stamps["location"]) == (5, 4)


def test_an_equal_stamp_means_compare_the_fields(world: World) -> None:
    number = bound(world, description="old")
    world.push("billing", stamped(number, 5, description="newer"))
    assert world.push("billing", stamped(number, 5, description="newest")).changed
    assert not world.push("billing", stamped(number, 5, name="Ada", description="newest")).changed


def test_a_stamp_is_compared_only_with_stamps_of_its_sender(make_world: MakeWorld) -> None:
    world = make_world(offices={"billing": OfficeSettings(), "assurance": OfficeSettings()})
    number = bound(world)
    world.push("billing", stamped(number, 900, description="theirs"))
    other = world.bound(A1, "assurance")["account"]
    assert world.push("assurance", stamped(other, 3, description="the other's")).changed
    assert world.load(*A1).description == "the other's"


def test_a_message_overtaken_by_our_own_send_does_not_undo_it(world: World) -> None:
    """Its revision is older than the reply's, which stamped every field that was sent."""
    number = bound(world, description="old")
    world.system.change("account", number, description="theirs")
    late = world.system.event("account", number)
    world.edit(*A1, description="ours")
    world.drain()
    assert not world.push("billing", late).changed
    assert world.load(*A1).description == "ours"
    assert world.system.only("account")["description"] == "ours"


def test_an_older_complete_list_removes_nothing_and_a_removed_element_is_not_brought_back(
    make_world: MakeWorld,
) -> None:
    world = make_world(offices={"billing": OfficeSettings(closed_addresses=True)})
    number = bound(world)
    rome, oslo = {"usage": "bill", "city": "Rome"}, {"usage": "site", "city": "Oslo"}
    world.push("billing", stamped(number, 5, addresses=[rome, oslo]))
    world.push("billing", stamped(number, 4, addresses=[rome]))
    assert [part.city for part in world.load(*A1).addresses] == ["Rome", "Oslo"]
    world.push("billing", stamped(number, 7, addresses=[rome]))
    world.push("billing", stamped(number, 6, addresses=[rome, {"usage": "site", "city": "Bergen"}]))
    assert [part.city for part in world.load(*A1).addresses] == ["Rome"]


# ---- kept bytes -----------------------------------------------------------------------------------------


def test_kept_bytes_are_scrubbed_and_what_they_say_is_taken(world: World) -> None:
    number = bound(world)
    world.push("billing", event(number, name="Bob", number="4111 1111 1111 1111"), message_id="m1")
    (row,) = kept(world)
    assert b"4111" not in bytes(row["body"])
    assert b"Bob" in bytes(row["body"])
    assert "4111 1111" not in str(row)


def test_a_held_record_that_is_refused_at_last_keeps_no_card_number(make_world: MakeWorld) -> None:
    settings = OfficeSettings(needs={"payment": ("account",)}, wait_limit=600.0)
    world = make_world(offices={"billing": settings}, routes=[])
    paid = world.system.add("payment", account="A-9", profile="b1", note="card 4111111111111111")
    world.tell("billing", "payment", paid["id"], "created")
    world.drain(advance=600.0)
    assert "4111111111111111" not in str(world.rows("SELECT * FROM inbox_items"))


def test_a_merge_that_always_loses_is_kept_and_made_later_and_the_sender_sees_no_error(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = bound(world)
    with monkeypatch.context() as patch:
        patch.setattr(receive_module, "_TRIES", 0)
        receipt = world.push("billing", event(number, name="Bob"), message_id="m1")
    assert [(item.state.value, item.code) for item in receipt.items] == [("held", "busy")]
    assert world.load(*A1).name == "Ada"
    assert world.receive.take_held()
    assert world.load(*A1).name == "Bob"
    assert world.push("billing", event(number, name="Bob"), message_id="m1").repeated


def test_the_same_message_twice_at_the_same_moment_gets_one_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = bound(world)
    original = Inbox.use_up

    def overtaken(self: Inbox, *given: Any) -> None:
        monkeypatch.setattr(Inbox, "use_up", original)
        msg = "used up by another message"
        raise ConflictError(msg)

    monkeypatch.setattr(Inbox, "use_up", overtaken)
    assert world.push("billing", event(number, name="Bob"), message_id="m1").changed
    assert len(kept(world)) == 1


def test_a_system_without_stamps_is_merged_by_value(make_world: MakeWorld) -> None:
    world = make_world(offices={"billing": OfficeSettings(stamps=Stamps.NEVER)})
    number = bound(world, description="old")
    world.push("billing", event(number, description="newer"))
    assert world.push("billing", event(number, description="old")).changed
    assert world.sync(A1).stamps == {}


def test_contacts_and_accounts_are_told_apart(world: World) -> None:
    """One id may name an object of each kind."""
    world.save(Contact(id="c1", last_name="Smith"))
    world.save(Account(id="a1", name="Ada"))
    with world.store.write() as uow:
        uow.cross_references.bind("billing", "contact", "7", ("contact", "c1"))
        uow.cross_references.bind("billing", "account", "7", A1)
    world.push("billing", event("7", entity="contact", jobTitle="Boss"))
    assert world.load("contact", "c1").job_title == "Boss"
    assert world.load(*A1).version == 1
    assert TOKEN not in str(kept(world))
