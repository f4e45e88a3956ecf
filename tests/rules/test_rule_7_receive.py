"""RULES 7: receive."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from tests.rules.support.fault import FaultKind
from tests.rules.support.office import Office, OfficeSettings
from tests.rules.support.payment import Payment
from tests.rules.support.world import SEND_ACCOUNT, TOKEN, World, routes

from backhaul.entities import Account, Contact, Money
from backhaul.processes import receive as receive_module
from backhaul.processes.receive import MAX_BYTES
from backhaul.processes.route import Route, UnmatchedUpdate
from backhaul.sdk.errors import AuthenticationError, ConflictError, RejectedError, TransientError
from backhaul.sdk.hooks import hookimpl
from backhaul.sdk.inbound import RawMessage
from backhaul.sdk.repeat import Stamps
from backhaul.store.delivery_state import State
from backhaul.store.inbox import Inbox

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


# ---- the order of the steps -----------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"{}", b"not even JSON", b"x" * (MAX_BYTES + 1)])
def test_bytes_are_kept_only_after_authentication(world: World, body: bytes) -> None:
    with pytest.raises(AuthenticationError):
        world.push_bytes("billing", body, token="somebody else's", message_id="m1")
    assert kept(world) == []
    assert world.rows("SELECT * FROM message_ids") == []


def test_limits_come_before_parsing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bytes] = []

    def receive_account(_: Office, message: RawMessage) -> list[Any]:
        parsed.append(message.body)
        return []

    monkeypatch.setattr(Office, "receive_account", receive_account)
    with pytest.raises(RejectedError) as refused:
        world.push_bytes("billing", b"x" * (MAX_BYTES + 1))
    assert refused.value.code == "too_large"
    assert (parsed, kept(world)) == ([], [])


@pytest.mark.parametrize("last_step", ["use_up", "add_item", "answer"])
def test_everything_of_a_message_is_one_transaction(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, last_step: str
) -> None:
    world = make_world(offices={"billing": OfficeSettings(), "assurance": OfficeSettings()})
    number = bound(world)
    before = {name: world.rows(f"SELECT * FROM {name}") for name in ("changes", "deliveries", "sync_states")}  # noqa: S608

    def fail(*_: object, **__: object) -> None:
        msg = "the power fails"
        raise OSError(msg)

    with monkeypatch.context() as patch:
        patch.setattr(Inbox, last_step, fail)
        with pytest.raises(OSError, match="power"):
            world.push("billing", event(number, name="Bob"), message_id="m1")
    assert world.load(*A1).name == "Ada"
    assert before == {name: world.rows(f"SELECT * FROM {name}") for name in before}  # noqa: S608
    assert kept(world) == []
    # The sender had no answer and says it again.
    assert outcome(world, event(number, name="Bob"), message_id="m1") == [("taken", None)]
    assert len(world.deliveries(*A1, "assurance")) == 2


def _is_locked(world: World) -> bool:
    """Whether somebody has a write transaction open."""
    connection = sqlite3.connect(world.file, timeout=0.0, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return True
    finally:
        connection.close()
    return False


class Watcher:
    """A plugin that notes whether a transaction was open whenever it was called."""

    def __init__(self) -> None:
        self.world: World | None = None
        self.seen: dict[str, bool] = {}

    def _note(self, hook: str) -> None:
        if self.world is not None:
            self.seen[hook] = _is_locked(self.world)

    @hookimpl
    def after_map(self) -> None:
        self._note("after_map")

    @hookimpl
    def before_save(self) -> None:
        self._note("before_save")

    @hookimpl
    def entity_changed(self, change: Any) -> None:
        self._note("entity_changed")
        if self.world is not None:
            assert self.world.row("SELECT version FROM records")["version"] == change.version


def test_plugin_code_runs_outside_the_transaction(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher = Watcher()
    world = make_world(hooks={"watcher": watcher})
    number = bound(world)
    watcher.world = world
    original = Office.receive_account

    def receive_account(self: Office, message: RawMessage) -> Any:
        watcher._note("receive")
        return original(self, message)

    monkeypatch.setattr(Office, "receive_account", receive_account)
    assert world.push("billing", event(number, name="Bob")).changed
    assert watcher.seen == dict.fromkeys(("receive", "after_map", "before_save", "entity_changed"), False)


def test_it_is_acknowledged_only_after_the_commit(world: World) -> None:
    number = bound(world)
    receipt = world.push("billing", event(number, name="Bob"), message_id="m1")
    # Through a connection of its own: what is not committed is not there.
    assert world.row("SELECT version, origin FROM records") == {"version": 2, "origin": "billing"}
    assert world.row("SELECT inbox_id FROM message_ids")["inbox_id"] == receipt.inbox_id


def test_a_veto_or_defect_of_a_plugin_refuses_the_record_and_changes_nothing(make_world: MakeWorld) -> None:
    class Veto:
        @hookimpl
        def before_save(self, record: Any, origin: str) -> None:
            if origin == "billing" and record.name == "Bob":
                msg = "no Bobs"
                raise RejectedError(msg, code="no_bobs")
            if origin == "billing" and record.name == "Eve":
                msg = "a defect"
                raise LookupError(msg)

    world = make_world(hooks={"veto": Veto()})
    number = bound(world)
    assert outcome(world, event(number, name="Bob")) == [("refused", "no_bobs")]
    assert outcome(world, event(number, name="Eve")) == [("refused", "hook")]
    assert outcome(world, event(number, status=5)) == [("refused", "unreadable")]
    assert world.load(*A1).version == 1


# ---- sources --------------------------------------------------------------------------------------------


def test_a_source_is_pushed_to_an_address_of_each_back_office(make_world: MakeWorld) -> None:
    world = make_world(offices={"billing": OfficeSettings(), "assurance": OfficeSettings()})
    bound(world)
    with world.store.write() as uow:
        uow.cross_references.bind("assurance", "account", "X-9", ("account", "other"))
    world.push("assurance", event(world.bound(A1, "assurance")["account"], name="Bob"))
    assert (world.load(*A1).name, world.load(*A1).origin) == ("Bob", "assurance")


def feed(world: World, *entries: dict[str, Any], ids: tuple[str, ...] = ()) -> None:
    for place, entry in enumerate(entries):
        named = {"messageId": ids[place]} if ids else {}
        world.system.feed.append({"events": [entry], **named})


def test_cursor_and_messages_of_a_poll_commit_together(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    number = bound(world)
    feed(world, event(number, name="Bob"))

    def fail(*_: object) -> None:
        msg = "the power fails"
        raise OSError(msg)

    with monkeypatch.context() as patch:
        patch.setattr(Inbox, "move_cursor", fail)
        with pytest.raises(OSError, match="power"):
            world.receive.poll("billing", "feed")
    assert (world.load(*A1).name, kept(world)) == ("Ada", [])
    assert world.receive.poll("billing", "feed") is False
    assert world.load(*A1).name == "Bob"
    assert world.row("SELECT position FROM cursors")["position"] == "1"


def test_a_source_that_cannot_be_reached_leaves_the_cursor(world: World) -> None:
    world.system.fail(FaultKind.REFUSE, "GET feed")
    with pytest.raises(TransientError):
        world.receive.poll("billing", "feed")
    assert world.rows("SELECT * FROM cursors") == []


def test_a_poll_says_whether_there_is_more_and_goes_on_at_the_cursor(world: World) -> None:
    number = bound(world)
    feed(world, *(event(number, name=f"name {turn}") for turn in range(5)))
    assert [world.receive.poll("billing", "feed") for _ in range(3)] == [True, True, False]
    assert world.load(*A1).name == "name 4"
    assert len(kept(world)) == 5


def test_what_an_overlap_window_brings_again_is_known_by_its_hash(world: World) -> None:
    number = bound(world)
    feed(world, event(number, name="Bob"), event(number, name="Carol"))
    world.receive.poll("billing", "feed")
    assert world.load(*A1).name == "Carol"
    with world.store.write() as uow:
        uow.inbox.move_cursor("billing", "feed", "0")
    world.receive.poll("billing", "feed")
    assert world.load(*A1).name == "Carol"
    assert len(kept(world)) == 2


def test_one_bad_message_of_a_feed_does_not_keep_the_others_back(world: World) -> None:
    number = bound(world)
    feed(
        world,
        event(number, name="Bob"),
        event(number, name="Carol"),
        event(number, name="Dora"),
        ids=("m1", "m1", "m2"),
    )
    while world.receive.poll("billing", "feed"):
        pass
    assert world.load(*A1).name == "Dora"
    assert [row["state"] for row in kept(world)] == ["taken", "refused", "taken"]
    assert "m1" in kept(world)[1]["answer"]


# ---- many records in one message ------------------------------------------------------------------------


def test_each_record_of_a_message_is_taken_or_refused_on_its_own(world: World) -> None:
    number = bound(world)
    receipt = world.push(
        "billing",
        event(number, name="Bob"),
        event("nobody", name="Eve"),
        event(number, entity="contact"),
        event("C-77", "created", "contact", lastName="Smith"),
        event("C-78", "created", "contact", lastName=["not a text"]),
    )
    assert {(item.number, item.entity): (item.state.value, item.code) for item in receipt.items} == {
        (0, "account"): ("taken", None),
        (1, "account"): ("refused", "unknown"),
        (2, "contact"): ("refused", "unknown"),
        (3, "contact"): ("taken", None),
        (4, "contact"): ("refused", "unreadable"),
    }
    assert not receipt.refused
    assert world.load(*A1).name == "Bob"
    items = world.rows("SELECT number, state FROM inbox_items ORDER BY id")
    assert [item["state"] for item in items] == ["taken", "refused", "refused", "taken", "refused"]


def test_a_message_may_say_several_things_of_one_record_in_order(world: World) -> None:
    number = bound(world)
    states = outcome(
        world,
        event(number, name="Bob"),
        event(number, description="second"),
        event(number, name="Carol"),
        message_id="m1",
    )
    assert states == [("taken", None)] * 3
    account = world.load(*A1)
    assert (account.name, account.description, account.version) == ("Carol", "second", 4)
    assert world.push("billing", event(number, name="Bob"), event(number, description="second"),
                      event(number, name="Carol"), message_id="m1").repeated  # fmt: skip
    world.drain()
    assert len(world.system.writes("account")) == 1


def test_a_record_made_by_a_message_can_be_changed_and_named_in_it(world: World) -> None:
    receipt = world.push(
        "billing",
        event("A-7", "created", name="Ada", number="N-7", contacts=[{"id": "C-5"}]),
        event("A-7", "updated", description="known by now"),
        event("A-7", "created", name="Ada again"),
        event("A-8", "created", name="Twin", number="N-7"),
        event("C-5", "created", "contact", lastName="Smith"),
    )
    assert [(item.state.value, item.code) for item in receipt.items] == [
        ("taken", None),
        ("taken", None),
        ("taken", None),
        ("refused", "ambiguous"),
        ("taken", None),
    ]
    assert held(world) == []
    (account,) = world.rows("SELECT id FROM records WHERE entity = 'account'")
    (contact,) = world.rows("SELECT id FROM records WHERE entity = 'contact'")
    found = world.load("account", account["id"])
    assert (found.name, found.description) == ("Ada again", "known by now")
    assert found.contact_ids == [contact["id"]]


def test_a_page_of_a_feed_may_say_several_things_of_one_record(world: World) -> None:
    number = bound(world)
    feed(world, event(number, name="Bob"), event(number, name="Carol"))
    assert world.receive.poll("billing", "feed") is False
    assert world.load(*A1).name == "Carol"
    assert world.load(*A1).version == 3


def test_a_record_deleted_in_a_message_is_not_brought_back_by_it(world: World) -> None:
    number = bound(world)
    states = outcome(world, event(number, "deleted"), event(number, name="Zombie"))
    assert states == [("taken", None), ("refused", "deleted")]


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


# ---- what nobody knows ----------------------------------------------------------------------------------


def lost_create(make_world: MakeWorld, kind: FaultKind = FaultKind.DROP_AFTER, **settings: Any) -> World:
    """An account that was made there, and whose reply has not come."""
    world = make_world(
        offices={"billing": OfficeSettings(**settings)}, routes=[Route(SEND_ACCOUNT, ("billing",))]
    )
    world.system.fail(kind)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    return world


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.ACCEPT])
def test_an_unmatched_message_is_held_while_a_create_is_open_that_may_have_made_it(
    make_world: MakeWorld, kind: FaultKind
) -> None:
    world = lost_create(make_world, kind)
    if kind is FaultKind.ACCEPT:
        answer = world.system.answer("T-1")
    (number,) = world.system.all("account")
    receipt = world.tell("billing", "account", number, "created")
    assert [(item.state.value, item.code) for item in receipt.items] == [("held", "create_open")]
    assert len(world.rows("SELECT id FROM records")) == 1
    if kind is FaultKind.ACCEPT:
        world.push("billing", answer)
    world.settle()
    assert world.states() == [State.COMPLETED]
    assert held(world) == []
    assert len(world.rows("SELECT id FROM records")) == 1
    assert world.bound(A1) == {"account": number}


def test_it_is_held_while_the_create_is_in_flight(make_world: MakeWorld) -> None:
    world = make_world(routes=[Route(SEND_ACCOUNT, ("billing",))])
    states: list[str] = []

    def tell(request: Any) -> None:
        if request.operation == "POST account":
            there = world.system.add("account", name="Somebody else")
            receipt = world.tell("billing", "account", there["id"], "created")
            states.append(receipt.items[0].state.value)

    world.system.gates.append(tell)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    assert states == ["held"]
    # It was not the one: when the create had settled it became a record of its own.
    assert held(world) == []
    assert len(world.rows("SELECT id FROM records")) == 2
    assert len(world.system.all("account")) == 2


def test_it_is_held_while_a_command_is_open_that_may_have_made_it(make_world: MakeWorld) -> None:
    world = make_world(routes=[])
    world.system.fail(FaultKind.DROP_AFTER)
    paid = Money.of("1.00", "EUR")
    world.command(Payment(id="p1", account_id="a1", billing_profile_id="b1", amount=paid))
    world.drain()
    (number,) = world.system.all("payment")
    assert world.tell("billing", "payment", number, "created").items[0].state.value == "held"
    world.settle()
    assert held(world) == []
    assert len(world.rows("SELECT id FROM records WHERE entity = 'payment'")) == 1


def test_only_creates_of_that_entity_at_that_sender_hold_it(make_world: MakeWorld) -> None:
    world = make_world(
        offices={"billing": OfficeSettings(), "assurance": OfficeSettings()}, routes=routes("billing")
    )
    world.systems["billing"].fail(FaultKind.DROP_AFTER)
    world.save(Account(id="a1", name="Ada"))
    world.drain()
    there = world.systems["assurance"].add("account", name="Eve")
    assert world.tell("assurance", "account", there["id"], "created").changed
    person = world.systems["billing"].add("contact", lastName="Smith")
    assert world.tell("billing", "contact", person["id"], "created").changed


def test_creates_that_began_after_it_had_arrived_do_not_hold_it(make_world: MakeWorld) -> None:
    world = lost_create(make_world)
    there = world.system.add("account", name="Eve")
    assert world.tell("billing", "account", there["id"], "created").items[0].state.value == "held"
    world.clock.advance(30.0)
    world.system.fail(FaultKind.DROP_AFTER)
    world.save(Account(id="a2", name="Bob"))
    world.settle(within=40.0)
    # The first create is settled; the second, still open, began later.
    assert world.states("account", "a1") == [State.COMPLETED]
    assert world.states("account", "a2") == [State.UNKNOWN]
    assert held(world) == []


def test_created_makes_a_record_and_updated_is_refused_as_unknown(make_world: MakeWorld) -> None:
    world = make_world(routes=[])
    there = world.system.add("account", name="Eve")
    (refused,) = world.tell("billing", "account", there["id"], "updated").items
    assert (refused.state.value, refused.code) == ("refused", "unknown")
    (taken,) = world.tell("billing", "account", there["id"], "created").items
    record = world.load("account", taken.record_id or "")
    assert (record.name, record.origin, record.version) == ("Eve", "billing", 1)
    assert world.bound(("account", record.id)) == {"account": there["id"]}
    (again,) = world.tell("billing", "account", there["id"], "created", extra=1).items
    assert (again.state.value, again.record_id) == ("unchanged", record.id)


def test_updated_makes_a_record_where_the_route_says_so(make_world: MakeWorld) -> None:
    route = Route("CUT Receive Account Data", ("billing",), unmatched_update=UnmatchedUpdate.CREATE)
    world = make_world(routes=[route])
    there = world.system.add("account", name="Eve")
    assert world.tell("billing", "account", there["id"], "updated").changed


def test_a_record_that_comes_in_is_sent_to_the_others(make_world: MakeWorld) -> None:
    world = make_world(offices={"billing": OfficeSettings(), "assurance": OfficeSettings()})
    there = world.systems["billing"].add("account", name="Eve")
    world.tell("billing", "account", there["id"], "created")
    world.drain()
    assert world.systems["assurance"].only("account")["name"] == "Eve"
    assert len(world.systems["billing"].all("account")) == 1


def test_a_child_whose_parent_is_unknown_waits_and_is_not_refused(make_world: MakeWorld) -> None:
    settings = OfficeSettings(needs={"payment": ("account",)})
    world = make_world(offices={"billing": settings}, routes=[])
    boss = world.system.add("account", name="Boss")
    paid = world.system.add(
        "payment", account=boss["id"], profile="b1", amount={"value": 5, "currency": "EUR"}
    )
    (waiting,) = world.tell("billing", "payment", paid["id"], "created").items
    assert (waiting.state.value, waiting.code) == ("held", "parent")
    world.drain()
    assert len(held(world)) == 1
    world.tell("billing", "account", boss["id"], "created")
    world.drain()
    assert held(world) == []
    (row,) = world.rows("SELECT id FROM records WHERE entity = 'payment'")
    (parent,) = world.rows("SELECT id FROM records WHERE entity = 'account'")
    assert world.load("payment", row["id"]).account_id == parent["id"]


def test_past_its_deadline_a_child_is_refused(make_world: MakeWorld) -> None:
    settings = OfficeSettings(needs={"payment": ("account",)}, wait_limit=600.0)
    world = make_world(offices={"billing": settings}, routes=[])
    paid = world.system.add("payment", account="A-9", profile="b1", amount={"value": 5, "currency": "EUR"})
    world.tell("billing", "payment", paid["id"], "created")
    world.drain(advance=599.0)
    assert len(held(world)) == 1
    world.drain(advance=1.0)
    (item,) = world.rows("SELECT state, reason FROM inbox_items")
    assert item["state"] == "refused"
    assert "A-9" in item["reason"]


def test_what_is_held_survives_a_restart(make_world: MakeWorld) -> None:
    world = lost_create(make_world)
    there = world.system.add("account", name="Eve", credit={"limit": 12.34, "currency": "EUR"})
    world.tell("billing", "account", there["id"], "created")
    world.restart()
    world.settle()
    assert held(world) == []
    (row,) = world.rows("SELECT id FROM records WHERE id != 'a1'")
    assert world.load("account", row["id"]).credit_profile.credit_limit == Money.of("12.34", "EUR")


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


def test_a_merge_that_always_loses_is_told_to_come_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = bound(world)
    monkeypatch.setattr(receive_module, "_TRIES", 0)
    with pytest.raises(ConflictError, match="faster"):
        world.push("billing", event(number, name="Bob"))
    assert kept(world) == []


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
