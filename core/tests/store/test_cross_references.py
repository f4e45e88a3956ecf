from __future__ import annotations

import pytest

from backhaul.sdk.errors import ConflictError
from backhaul.store.cross_references import CrossReference
from backhaul.store.unit_of_work import Store

A1, A2 = ("account", "a1"), ("account", "a2")


def test_a_pair_is_found_both_ways(store: Store) -> None:
    with store.write() as uow:
        assert uow.cross_references.bind("billing", "account", "X1", A1)
    with store.read() as uow:
        known = uow.cross_references
        assert known.to_internal("billing", [("account", "X1"), ("account", "X9")]) == {("account", "X1"): A1}
        assert known.to_external("billing", [A1, A2]) == {A1: {"account": "X1"}}
        assert known.to_internal("billing", []) == {}
        assert known.to_external("billing", []) == {}


def test_binding_the_same_pair_again_changes_nothing(store: Store) -> None:
    with store.write() as uow:
        assert uow.cross_references.bind("billing", "account", "X1", A1)
        assert not uow.cross_references.bind("billing", "account", "X1", A1)
        assert len(list(uow.cross_references.all())) == 1


@pytest.mark.parametrize(
    ("external_id", "ref", "told"),
    [("X1", A2, "X1 is bound to account a1"), ("X2", A1, "X1 is bound to account a1")],
)
def test_a_bind_never_rebinds(store: Store, external_id: str, ref: tuple[str, str], told: str) -> None:
    with store.write() as uow:
        uow.cross_references.bind("billing", "account", "X1", A1)
        with pytest.raises(ConflictError, match=told):
            uow.cross_references.bind("billing", "account", external_id, ref)
    with store.read() as uow:
        assert list(uow.cross_references.all()) == [
            CrossReference("billing", "account", "X1", "account", "a1")
        ]


def test_one_record_may_be_several_objects_there(store: Store) -> None:
    with store.write() as uow:
        for resource in ("individual", "customer", "billingAccount"):
            assert uow.cross_references.bind("tmf", resource, "7", A1)
        assert uow.cross_references.to_external("tmf", [A1])[A1] == {
            "individual": "7",
            "customer": "7",
            "billingAccount": "7",
        }


def test_back_offices_do_not_share_ids(store: Store) -> None:
    with store.write() as uow:
        assert uow.cross_references.bind("billing", "account", "X1", A1)
        assert uow.cross_references.bind("assurance", "account", "X1", A2)
        assert uow.cross_references.bound_at(A1) == {"billing"}
        assert [one.backoffice for one in uow.cross_references.all()] == ["assurance", "billing"]
        assert [one.record_id for one in uow.cross_references.all("assurance")] == ["a2"]


def test_an_unbound_pair_is_free_again(store: Store) -> None:
    with store.write() as uow:
        uow.cross_references.bind("billing", "account", "X1", A1)
        assert uow.cross_references.unbind("billing", "account", "X1")
        assert not uow.cross_references.unbind("billing", "account", "X1")
        assert uow.cross_references.bind("billing", "account", "X1", A2)


def test_many_new_pairs_are_bound_all_or_none(store: Store) -> None:
    with store.write() as uow:
        uow.cross_references.bind_new("billing", [])
        uow.cross_references.bind_new("billing", [("account", "X1", A1), ("account", "X2", A2)])
        assert uow.cross_references.to_external("billing", [A1, A2]) == {
            A1: {"account": "X1"},
            A2: {"account": "X2"},
        }
        fresh = ("account", "X3", ("account", "a3"))
        with pytest.raises(ConflictError), uow.savepoint():
            uow.cross_references.bind_new("billing", [fresh, ("account", "X1", ("account", "a4"))])
        assert len(list(uow.cross_references.all())) == 2
