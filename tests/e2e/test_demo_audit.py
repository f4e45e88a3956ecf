"""The demo's judgement sees what is wrong: each test spoils one thing in a back office that was right."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from backhaul.bootstrap import Backhaul, opened
from backhaul.cli.demo.audit import Finding, Holdings, audit
from backhaul.entities import Account, Contact
from backhaul.sdk.simulator.process import SimulatorProcess

DEPLOYMENT = """
[store]
url = "sqlite:///backhaul.db"

[backoffice.crm]
plugin = "rest_backoffice"
url = "{url}/tmf-api"

[[route]]
process = "CUT Send Account Data"
to = ["crm"]

[[route]]
process = "Send Contact Data"
to = ["crm"]
"""


@dataclass(frozen=True)
class World:
    backhaul: Backhaul
    objects: dict[str, list[dict[str, Any]]]
    journal: list[dict[str, Any]]

    def judged(self) -> Finding:
        return audit(self.backhaul, "crm", Holdings(self.objects, self.journal))


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("audit")
    with SimulatorProcess("backhaul_rest_backoffice.simulator") as simulator:
        (folder / "backhaul.toml").write_text(DEPLOYMENT.format(url=simulator.url), encoding="utf-8")
        with opened(folder / "backhaul.toml") as backhaul:
            contact = Contact(id="C-1", first_name="Zoë", last_name="Ødegård")
            accounts = [
                Account(id="A-1", name="Ødegård & Co.", contact_ids=["C-1"], primary_contact_id="C-1"),
                Account(id="A-2", name="O'Brien", parent_account_id="A-1"),
            ]
            backhaul.front_office.save_all([contact, *accounts])
            backhaul.dispatcher().drain(30)
            journal = simulator.control.call("GET", "/journal")
            yield World(backhaul, simulator.control.state(), journal)


@pytest.fixture
def world(sent: World) -> World:
    """The same, to be spoilt."""
    return World(sent.backhaul, deepcopy(sent.objects), deepcopy(sent.journal))


def customer(world: World, name: str) -> dict[str, Any]:
    return next(found for found in world.objects["customer"] if found["name"] == name)


def test_nothing_is_wrong_where_everything_is_right(world: World) -> None:
    finding = world.judged()
    assert finding.wrong == []
    assert {one.entity: (one.expected, one.there, one.bound, one.created) for one in finding.compared} == {
        "account": (2, 2, 2, 2),
        "contact": (1, 1, 1, 1),
    }


def test_an_object_that_is_missing_is_seen(world: World) -> None:
    world.objects["customer"].remove(customer(world, "O'Brien"))
    finding = world.judged()
    assert [one.missing for one in finding.compared if one.entity == "account"] == [["A-2"]]
    assert "crm: accounts missing: A-2" in finding.wrong
    assert any("cross references without an object" in text for text in finding.wrong)


def test_an_object_that_is_there_twice_is_seen(world: World) -> None:
    world.objects["customer"].append({**customer(world, "O'Brien"), "id": "CU-999"})
    finding = world.judged()
    assert "crm: accounts doubled: A-2" in finding.wrong
    assert any("objects without a cross reference" in text for text in finding.wrong)


def test_a_value_that_differs_is_seen_with_its_field(world: World) -> None:
    customer(world, "O'Brien")["name"] = "O Brien"
    assert world.judged().wrong == ["crm: accounts differing: A-2 (name)"]


def test_a_reference_that_is_missing_is_seen(world: World) -> None:
    parent = customer(world, "O'Brien")
    parent["relatedParty"] = [one for one in parent["relatedParty"] if one["role"] != "parentCustomer"]
    assert world.judged().wrong == ["crm: accounts differing: A-2 (parent_account_id)"]


def test_an_object_of_nobody_is_seen(world: World) -> None:
    stranger = {
        "id": "CU-998",
        "name": "Stranger",
        "engagedParty": {"id": "OR-1", "@referredType": "Organization"},
    }
    world.objects["customer"].append(stranger)
    assert any("belong to no account here" in text for text in world.judged().wrong)


def test_a_create_that_was_accepted_twice_is_seen(world: World) -> None:
    world.journal.extend([entry for entry in world.journal if entry["operation"] == "create"])
    wrong = world.judged().wrong
    assert "crm: customer created more than once for: A-1, A-2" in wrong
    assert "crm: individual created more than once for: C-1" in wrong


def test_a_create_that_nobody_knows_of_is_seen(world: World) -> None:
    made = {"operation": "create", "resource": "customer", "by": "api", "our_id": "A-9"}
    world.journal.append(made)
    assert any("A-9" in text for text in world.judged().wrong)


def test_what_is_still_open_is_wrong(sent: World) -> None:
    record = sent.backhaul.get.by_id("contact", "C-1")
    sent.backhaul.front_office.save(record.changed(job_title="Director"))
    try:
        assert "crm: deliveries that are still open: 1" in sent.judged().wrong
    finally:
        sent.backhaul.dispatcher().drain(30)
