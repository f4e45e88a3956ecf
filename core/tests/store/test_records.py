from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Barrier, Thread
from types import MappingProxyType
from typing import Any

import pytest

from backhaul.entities import Account, Contact, Key
from backhaul.entities.party.account import ACCOUNT_NUMBER
from backhaul.sdk.errors import ConflictError
from backhaul.store.database import Database
from backhaul.store.unit_of_work import Store, UnitOfWork

NOON = 1_700_000_000.0

Work = Callable[..., AbstractContextManager[UnitOfWork]]


def account(number: int = 1, **fields: Any) -> Account:
    values = {"id": f"a{number}", "version": 1, "name": f"Account {number}", **fields}
    return Account.model_validate(values)


def name_key(text: str) -> Key:
    return Account.key_kind("name").key(text) or pytest.fail("no key")


def number_key(text: str) -> Key:
    return ACCOUNT_NUMBER.key(text) or pytest.fail("no key")


def test_a_record_comes_back_as_it_was_saved(store: Store) -> None:
    saved = account(account_number="N-1", credit_auto_approval_limit={"amount": "12.50", "currency": "EUR"})
    with store.write() as uow:
        uow.records.insert(saved)
    with store.read() as uow:
        found = uow.records.get("account", "a1")
    assert found is not None
    assert found.typed({"account": Account}) == saved
    assert (found.version, found.schema_version, found.deleted, found.origin) == (1, 1, False, "front")


def test_a_document_is_not_in_the_repr(store: Store) -> None:
    with store.write() as uow:
        uow.records.insert(account(name="Ada Lovelace"))
        assert "Lovelace" not in repr(uow.records.get("account", "a1"))


def test_an_older_document_is_brought_to_the_current_schema(store: Store) -> None:
    class Newer(Account):
        schema_version = 2
        upcasters = MappingProxyType({1: lambda document: {**document, "name": document["name"].upper()}})

    with store.write() as uow:
        uow.records.insert(account())
        found = uow.records.get("account", "a1")
    assert found is not None
    typed = found.typed({"account": Newer})
    assert isinstance(typed, Newer)
    assert typed.name == "ACCOUNT 1"


def test_many_finds_what_there_is_and_nothing_else(store: Store) -> None:
    with store.write() as uow:
        uow.records.insert(account(1))
        uow.records.insert(account(2))
        uow.records.insert(Contact(id="a1", version=1, last_name="Same id, other entity"))
        wanted = [
            ("account", "a1"),
            ("contact", "a1"),
            ("account", "a9"),
            ("contact", "a2"),
            ("account", "a1"),
        ]
        assert set(uow.records.many(wanted)) == {("account", "a1"), ("contact", "a1")}
        assert uow.records.many([]) == {}
        assert uow.records.get("account", "a9") is None


def test_an_id_is_used_once(store: Store) -> None:
    with store.write() as uow:
        uow.records.insert(account())
        with pytest.raises(ConflictError, match="account a1 exists already at version 1"):
            uow.records.insert(account())


@pytest.mark.needs("postgresql")
def test_two_inserts_at_once_are_a_conflict_for_one_of_them(postgresql: Database) -> None:
    store, both_looked = Store(postgresql), Barrier(2)
    outcomes: list[str] = []

    def save() -> None:
        try:
            with store.write() as uow:
                assert uow.records.get("account", "a1") is None
                both_looked.wait(timeout=30)
                uow.records.insert(account())
            outcomes.append("saved")
        except ConflictError as error:
            outcomes.append(str(error))

    threads = [Thread(target=save) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lost, saved = sorted(outcomes)
    assert saved == "saved"
    assert lost.startswith("The account a1 exists already at version 1")


def test_an_update_needs_the_version_that_was_read(store: Store) -> None:
    with store.write() as uow:
        uow.records.insert(account())
        uow.records.update(account(version=2, name="Second"), expected_version=1)
        with pytest.raises(ConflictError, match="account a1 is no longer at version 1"):
            uow.records.update(account(version=2, name="Lost"), expected_version=1)
        found = uow.records.get("account", "a1")
    assert found is not None
    assert (found.version, found.document["name"]) == (2, "Second")


def test_the_moment_of_creation_stays_and_that_of_the_update_moves(work: Work) -> None:
    with work(NOON) as uow:
        uow.records.insert(account())
    with work(NOON + 5) as uow:
        uow.records.update(account(version=2), expected_version=1)
        row = uow._connection.exec_driver_sql("SELECT created_at, updated_at FROM records").one()
    assert tuple(row) == (NOON, NOON + 5)


def test_a_tombstone_stays_readable_but_loses_its_keys(store: Store) -> None:
    key = number_key("N-1")
    with store.write() as uow:
        uow.records.insert(account(account_number="N-1"))
        uow.records.entomb("account", "a1", 2, "billing")
        found = uow.records.get("account", "a1")
        assert uow.records.by_keys("account", [key]) == []
        assert uow.records.with_all_keys("account", [], after=None, limit=10) == []
    assert found is not None
    assert (found.deleted, found.version, found.origin) == (True, 2, "billing")
    assert found.document["version"] == 2


def test_nothing_is_saved_over_a_tombstone(store: Store) -> None:
    with store.write() as uow:
        uow.records.insert(account())
        uow.records.entomb("account", "a1", 2, "front")
        with pytest.raises(ConflictError):
            uow.records.update(account(version=3), expected_version=2)
        with pytest.raises(ConflictError):
            uow.records.entomb("account", "a1", 3, "front")
        with pytest.raises(ConflictError):
            uow.records.insert(account())


def test_a_deletion_does_not_overrun_a_change_it_did_not_see(store: Store) -> None:
    with store.write() as uow:
        uow.records.insert(account())
        uow.records.update(account(version=2), expected_version=1)
        with pytest.raises(ConflictError, match="before it could be deleted as version 2"):
            uow.records.entomb("account", "a1", 2, "front")
        found = uow.records.get("account", "a1")
    assert found is not None
    assert not found.deleted


def test_the_keys_follow_the_record(store: Store) -> None:
    with store.write() as uow:
        uow.records.insert(account(account_number="N-1", alias="Old alias"))
        assert uow.records.by_keys("account", [name_key("OLD  alias")]) == ["a1"]
        uow.records.update(account(version=2, account_number="N-1", alias="New alias"), expected_version=1)
        assert uow.records.by_keys("account", [name_key("old alias")]) == []
        assert uow.records.by_keys("account", [name_key("new alias")]) == ["a1"]
        assert uow.records.by_keys("account", [number_key("N-1")]) == ["a1"]


def test_any_of_the_keys_finds_each_record_once_in_order(store: Store) -> None:
    with store.write() as uow:
        uow.records.insert(account(3, name="Smith"))
        uow.records.insert(account(1, name="Smith", account_number="N-1"))
        uow.records.insert(account(2, name="Jones"))
        keys = [name_key("smith"), number_key("N-1")]
        assert uow.records.by_keys("account", keys) == ["a1", "a3"]
        assert uow.records.by_keys("account", []) == []
        assert uow.records.by_keys("contact", keys) == []


def test_all_of_the_keys_page_by_page(store: Store) -> None:
    with store.write() as uow:
        for number in range(1, 6):
            uow.records.insert(account(number, name="Smith", csn="odd" if number % 2 else "even"))
        csn = Account.key_kind("csn").key("odd")
        assert csn is not None
        keys = [name_key("smith"), csn]
        first = uow.records.with_all_keys("account", keys, after=None, limit=2)
        second = uow.records.with_all_keys("account", keys, after=first[-1].id, limit=2)
    assert [one.id for one in first] == ["a1", "a3"]
    assert [one.id for one in second] == ["a5"]


def test_two_long_keys_that_begin_alike_stay_two_keys(store: Store) -> None:
    common = "N" * 300
    with store.write() as uow:
        uow.records.insert(account(1, account_number=f"{common}-1"))
        uow.records.insert(account(2, account_number=f"{common}-2"))
        assert uow.records.by_keys("account", [number_key(f"{common}-2")]) == ["a2"]
        assert uow.records.by_keys("account", [number_key(common)]) == []


def test_the_versions_of_live_records(store: Store) -> None:
    with store.write() as uow:
        uow.records.insert(account(1))
        uow.records.insert(account(2))
        uow.records.update(account(2, version=2), expected_version=1)
        uow.records.insert(account(3))
        uow.records.entomb("account", "a3", 2, "front")
        wanted = [("account", "a1"), ("account", "a2"), ("account", "a3"), ("contact", "a1")]
        assert uow.records.versions_of(wanted) == {("account", "a1"): 1, ("account", "a2"): 2}
        assert uow.records.version_of(("account", "a2")) == 2
        assert uow.records.version_of(("account", "a3")) is None
        assert uow.records.version_of(("account", "a9")) is None
