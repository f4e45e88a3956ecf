"""The judges themselves: what the crash tests stand on must be able to fail."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from tests.crash.support.evidence import Evidence, Write
from tests.crash.support.judgement import judged
from tests.crash.support.records import account, contact, saved_again

PERSON = contact("C1").changed(version=1)
CUSTOMER = account("A1", person=None).changed(version=1)
RECORDS = {("contact", "C1"): PERSON, ("account", "A1"): saved_again(CUSTOMER).changed(version=2)}
SAVED = {("contact", "C1"): 1, ("account", "A1"): 2}

Objects = dict[str, list[dict[str, Any]]]


def named(**values: str) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def objects() -> Objects:
    individual = {
        "id": "IN-1",
        "givenName": "Ann",
        "familyName": "Lee C1",
        "partyCharacteristic": named(backhaulId="C1", jobTitle="1"),
        "contactMedium": [{"characteristic": {"emailAddress": "C1@example.org"}}],
    }
    organization = {
        "id": "OR-1",
        "tradingName": "Account A1, even",
        "partyCharacteristic": named(backhaulId="A1"),
    }
    characteristic = named(
        backhaulId="A1", alias="2", description="text 2", accountNumber="NA1", currency="EUR"
    )
    customer = {
        "id": "CU-1",
        "name": "Account A1, even",
        "engagedParty": {"id": "OR-1"},
        "characteristic": characteristic,
    }
    return {"individual": [individual], "organization": [organization], "customer": [customer]}


def write(seq: int, operation: str, alias: str) -> Write:
    document = {"characteristic": named(alias=alias)}
    return Write(seq, operation, "customer", "CU-1", "A1", f"m-{seq}", document)


WRITES = [write(1, "create", "1"), write(2, "patch", "2")]


def of_customer(name: str, value: Any) -> Callable[[Objects], None]:
    return lambda held: held["customer"][0].update({name: value})


def doubled(resource: str) -> Callable[[Objects], None]:
    return lambda held: held[resource].append({**held[resource][0], "id": "X-2"})


def lost(resource: str) -> Callable[[Objects], None]:
    return lambda held: held[resource].clear()


def renamed(held: Objects) -> None:
    held["organization"][0]["tradingName"] = "Account A1, odd"


def test_nothing_is_wrong_when_all_is_well() -> None:
    assert list(judged(Evidence(objects(), WRITES), RECORDS, SAVED)) == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lost("individual"), "contact C1 is not there"),
        (doubled("customer"), "account A1 is there 2 times"),
        (doubled("organization"), "account A1 has 2 organizations"),
        (lost("organization"), "account A1 has 0 organizations"),
        (renamed, "the organization of A1 is "),
        (of_customer("characteristic", named(backhaulId="A2")), "customer of 'A2' is nobody's"),
        (of_customer("name", "Account A1, odd"), "account A1 is {'name': 'Account A1, odd'"),
        (of_customer("engagedParty", {"id": "IN-1"}), "account A1 is {"),
    ],
)
def test_what_is_wrong_over_there_is_said(spoil: Callable[[Objects], None], said: str) -> None:
    held = deepcopy(objects())
    spoil(held)
    problems = list(judged(Evidence(held, WRITES), RECORDS, SAVED))
    assert any(problem.startswith(said) for problem in problems), problems


@pytest.mark.parametrize(
    ("late", "said"),
    [
        (write(3, "create", "2"), "customer of A1 was made 2 times"),
        (write(3, "patch", "1"), "customer CU-1 of A1 went from save 2"),
    ],
)
def test_what_was_wrong_for_a_moment_is_said(late: Write, said: str) -> None:
    (problem,) = judged(Evidence(objects(), [*WRITES, late]), RECORDS, SAVED)
    assert problem.startswith(said)


@pytest.mark.parametrize("count", [1, 3])
def test_a_save_that_the_store_lost_or_invented_is_said(count: int) -> None:
    (problem,) = judged(Evidence(objects(), WRITES), RECORDS, {**SAVED, ("account", "A1"): count})
    assert problem == f"('account', 'A1') was saved {count} times, says 2, is at 2"
