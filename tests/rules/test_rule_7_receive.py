"""RULES 7: the order of the steps, sources, and messages with many records."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from tests.rules.support.fault import FaultKind
from tests.rules.support.office import Office, OfficeSettings
from tests.rules.support.receiving import bound, event, held, kept, outcome
from tests.rules.support.world import World

from backhaul.processes.receive import MAX_BYTES
from backhaul.sdk.errors import AuthenticationError, RejectedError, TransientError
from backhaul.sdk.hooks import hookimpl
from backhaul.sdk.inbound import RawMessage
from backhaul.store.inbox import Inbox

MakeWorld = Callable[..., World]
A1 = ("account", "a1")

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


def test_a_message_of_a_feed_that_is_too_large_is_refused_unread_and_kept_capped(world: World) -> None:
    number = bound(world)
    feed(world, event(number, name="x" * MAX_BYTES), event(number, name="Bob"))
    world.receive.poll("billing", "feed")
    assert world.load(*A1).name == "Bob"
    large, small = kept(world)
    assert (large["state"], len(large["body"]), small["state"]) == ("refused", MAX_BYTES, "taken")


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
