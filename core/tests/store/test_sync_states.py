from __future__ import annotations

from backhaul.store.sync_states import Presence, SyncState
from backhaul.store.unit_of_work import Store

A1, A2 = ("account", "a1"), ("account", "a2")


def test_what_is_not_known_is_absent(store: Store) -> None:
    with store.read() as uow:
        assert uow.sync_states.get("billing", A1) == SyncState("billing", "account", "a1")
        assert uow.sync_states.get("billing", A1).presence is Presence.ABSENT
        assert uow.sync_states.many("billing", [A1]) == {}
        assert uow.sync_states.many("billing", []) == {}


def test_a_state_comes_back_as_it_was_put(store: Store) -> None:
    state = SyncState(
        "billing",
        "account",
        "a1",
        Presence.BOUND,
        sent_version=3,
        base={"name": "Ada", "limit": None, "tags": ["x"]},
        stamps={"name": 7, "limit": "2026-01-01"},
        disputes={"name": {"count": 2}},
    )
    with store.write() as uow:
        assert uow.sync_states.put(state)
    with store.read() as uow:
        assert uow.sync_states.get("billing", A1) == state
        assert set(uow.sync_states.many("billing", [A1, A2])) == {A1}
        assert uow.sync_states.many("assurance", [A1]) == {}
    assert "Ada" not in repr(state)


def test_a_state_that_changed_since_it_was_read_is_not_overwritten(store: Store) -> None:
    with store.write() as uow:
        uow.sync_states.put(SyncState("billing", "account", "a1", sent_version=1))
    with store.write() as uow:
        mine, theirs = uow.sync_states.get("billing", A1), uow.sync_states.get("billing", A1)
        theirs.sent_version, mine.sent_version = 2, 3
        assert uow.sync_states.put(theirs)
        assert not uow.sync_states.put(mine)
        assert uow.sync_states.get("billing", A1).sent_version == 2


def test_a_state_thought_new_does_not_overwrite_one_stored_meanwhile(store: Store) -> None:
    with store.write() as uow:
        mine = uow.sync_states.get("billing", A1)
        assert uow.sync_states.put(SyncState("billing", "account", "a1", sent_version=2))
        assert not uow.sync_states.put(mine)
        assert uow.sync_states.get("billing", A1).sent_version == 2


def test_one_may_store_a_state_twice_without_reading_it_again(store: Store) -> None:
    with store.write() as uow:
        state = uow.sync_states.get("billing", A1)
        for version in (1, 2, 3):
            state.sent_version = version
            assert uow.sync_states.put(state)
        assert uow.sync_states.get("billing", A1).sent_version == 3


def test_where_a_record_is_bound(store: Store) -> None:
    with store.write() as uow:
        for name, presence in (
            ("billing", Presence.BOUND),
            ("field", Presence.EXISTING),
            ("fraud", Presence.ABSENT),
        ):
            uow.sync_states.put(SyncState(name, "account", "a1", presence))
        uow.sync_states.put(SyncState("care", "account", "a2", Presence.BOUND))
        assert uow.sync_states.bound_to(A1) == ["billing"]


def test_revisions_tell_what_changed_since(store: Store) -> None:
    with store.write() as uow:
        state = uow.sync_states.get("billing", A1)
        assert uow.sync_states.revisions("billing", [A1]) == {}
        uow.sync_states.put_all([])
        uow.sync_states.put_all([state, SyncState("billing", *A2, sent_version=4)])
        assert uow.sync_states.revisions("billing", [A1, A2]) == {A1: 1, A2: 1}
        assert uow.sync_states.get("billing", A2).sent_version == 4
