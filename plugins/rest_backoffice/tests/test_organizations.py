"""Changes of an account that break off between its organization and its customer."""

from __future__ import annotations

from typing import Any

from backhaul.entities import Account, Contact
from backhaul.sdk.outcome import Completed, Unknown
from backhaul.sdk.simulator.process import SimulatorProcess

Sender = Any


def only(simulator: SimulatorProcess, resource: str) -> dict[str, Any]:
    (found,) = simulator.control.state()[resource]
    assert isinstance(found, dict)
    return found


def broken_off(tmf: Sender, simulator: SimulatorProcess, account: Account, after: str) -> Any:
    simulator.control.faults({"fault": "drop_after_commit", "operation": after, "limit": 1})
    pinned = tmf.pin(account)
    assert isinstance(tmf.call(pinned), Unknown)
    return pinned


def test_an_organization_that_an_attempt_has_left_gets_the_name_of_now(
    tmf: Sender, simulator: SimulatorProcess, ada: Contact, engines: Account
) -> None:
    tmf.send(ada)
    tmf.send(engines.changed(primary_contact_id="C-1"))
    broken_off(tmf, simulator, engines, "POST organization")
    tmf.send(engines.changed(name="Engines Ltd"))
    customer, organization = only(simulator, "customer"), only(simulator, "organization")
    assert customer["engagedParty"]["id"] == organization["id"]
    assert (customer["name"], organization["tradingName"]) == ("Engines Ltd", "Engines Ltd")


def test_a_probe_does_not_tell_a_name_that_only_one_of_the_two_carries(
    tmf: Sender, simulator: SimulatorProcess, engines: Account
) -> None:
    tmf.send(engines)
    pinned = broken_off(
        tmf, simulator, engines.changed(name="Engines Ltd", alias="E"), "PATCH organization/{id}"
    )
    assert "name" not in tmf.invocation.probe(pinned).document
    assert isinstance(tmf.call(pinned), Completed)
    assert tmf.invocation.probe(pinned).document["name"] == "Engines Ltd"


def test_a_probe_of_another_change_tells_the_name(
    tmf: Sender, simulator: SimulatorProcess, engines: Account
) -> None:
    tmf.send(engines)
    pinned = tmf.pin(engines.changed(alias="E"))
    edit = {"resource": "organization", "id": only(simulator, "organization")["id"]}
    simulator.control.call("POST", "/edit", {**edit, "patch": {"tradingName": "Babbage"}})
    assert tmf.invocation.probe(pinned).document["name"] == "Analytical Engines"
