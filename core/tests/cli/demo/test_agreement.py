"""Objects of two systems side by side."""

from __future__ import annotations

from typing import Any

from backhaul.cli.demo.agreement import disagreements


def system(prefix: str, **changes: Any) -> dict[str, list[dict[str, Any]]]:
    ours = [{"name": "backhaulId", "value": "A-1"}]
    person = [{"name": "backhaulId", "value": "C-1"}]
    customer = {
        "id": f"{prefix}1",
        "href": f"/{prefix}1",
        "lastUpdate": prefix,
        "version": len(prefix),
        "name": "Ødegård",
        "characteristic": ours,
        "engagedParty": {"id": f"{prefix}2", "@referredType": "Individual"},
    }
    return {
        "customer": [{**customer, **changes}],
        "individual": [{"id": f"{prefix}2", "partyCharacteristic": person}],
    }


def test_their_own_ids_make_no_difference() -> None:
    assert list(disagreements(system("N"), system("SS"), ["customer", "individual"])) == []


def test_a_value_that_differs_is_named() -> None:
    found = disagreements(system("N"), system("S", name="Odegard"), ["customer", "individual"])
    assert list(found) == ["customer of A-1"]


def test_a_reference_to_another_object_differs() -> None:
    other = {"id": "S9", "@referredType": "Individual"}
    assert list(disagreements(system("N"), system("S", engagedParty=other), ["customer"])) == [
        "customer of A-1"
    ]


def test_the_order_of_a_list_makes_no_difference() -> None:
    one = [{"name": "backhaulId", "value": "A-1"}, {"name": "alias", "value": "x"}]
    found = disagreements(
        system("N", characteristic=one), system("S", characteristic=one[::-1]), ["customer"]
    )
    assert list(found) == []


def test_an_object_that_is_missing_is_named() -> None:
    assert list(disagreements(system("N"), {"customer": []}, ["customer"])) == ["customer of A-1"]
