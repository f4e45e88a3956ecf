from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backhaul.entities import Account, Address, AddressUsage, Contact, Phone, PhoneType
from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import AmbiguousError, MappingError, Scope
from backhaul.sdk.outcome import Completed, NotNow, Refused, Rejected, Unknown, Unmappable
from backhaul.sdk.repeat import Change
from backhaul.sdk.simulator.process import SimulatorProcess

Sender = Any
Senders = Callable[..., Sender]


def held(simulator: SimulatorProcess, resource: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = simulator.control.state()[resource]
    return found


def edit(simulator: SimulatorProcess, resource: str, identifier: str, patch: dict[str, Any]) -> None:
    simulator.control.call("POST", "/edit", {"resource": resource, "id": identifier, "patch": patch})


def value(document: dict[str, Any], name: str) -> Any:
    items = document.get("characteristic", document.get("partyCharacteristic", []))
    return next((item["value"] for item in items if item["name"] == name), None)


def test_a_contact_becomes_an_individual(tmf: Sender, simulator: SimulatorProcess, ada: Contact) -> None:
    outcome = tmf.send(ada)
    (person,) = held(simulator, "individual")
    assert outcome.external_id == person["id"]
    assert (person["givenName"], person["familyName"]) == ("Ada", "Byron")
    assert value(person, "backhaulId") == "C-1"
    assert outcome.view is not None
    assert outcome.view.stamp == person["lastUpdate"]
    (written,) = simulator.control.call("GET", "/journal")
    assert (written["our_id"], written["message_id"]) == ("C-1", "m-1")


def test_an_account_engages_its_primary_contact(
    tmf: Sender, simulator: SimulatorProcess, ada: Contact, engines: Account
) -> None:
    tmf.send(ada)
    account = engines.changed(primary_contact_id="C-1", contact_ids=["C-1"])
    tmf.send(account)
    (customer,) = held(simulator, "customer")
    person = tmf.theirs(ada)
    assert customer["engagedParty"] == {"id": person, "@referredType": "Individual"}
    assert customer["relatedParty"] == [{"role": "contact", "@referredType": "Individual", "id": person}]
    assert value(customer, "accountNumber") == "ZA-77"
    assert held(simulator, "organization") == []


def test_an_unbound_contact_is_not_sent(tmf: Sender, simulator: SimulatorProcess, engines: Account) -> None:
    with pytest.raises(MappingError, match="send it first"):
        tmf.pin(engines.changed(primary_contact_id="C-1"))
    assert simulator.control.stats()["requests"] == 0


def test_without_a_person_an_organization_is_made_and_bound(
    tmf: Sender, simulator: SimulatorProcess, engines: Account
) -> None:
    outcome = tmf.send(engines)
    (organization,) = held(simulator, "organization")
    (customer,) = held(simulator, "customer")
    assert organization["tradingName"] == "Analytical Engines"
    assert value(organization, "backhaulId") == "A-1"
    assert customer["engagedParty"] == {"id": organization["id"], "@referredType": "Organization"}
    assert tmf.bound["account", "A-1"] == {"customer": customer["id"], "organization": organization["id"]}
    assert outcome.bindings["organization"] == organization["id"]


def test_an_update_keeps_what_is_theirs(tmf: Sender, simulator: SimulatorProcess, ada: Contact) -> None:
    tmf.send(ada)
    (before,) = held(simulator, "individual")
    pager = {"mediumType": "pager", "characteristic": {"phoneNumber": "007"}}
    loyalty = {"name": "loyalty", "value": "gold"}
    theirs = {
        "contactMedium": [pager, *before["contactMedium"]],
        "partyCharacteristic": [loyalty, *before["partyCharacteristic"]],
        "nationality": "GB",
    }
    edit(simulator, "individual", tmf.theirs(ada), theirs)
    moved = ada.changed(
        phones=[Phone(number="+44 20 9", type=PhoneType.HOME)], salutation=None, last_name="King"
    )
    tmf.send(moved)
    (after,) = held(simulator, "individual")
    assert pager in after["contactMedium"]
    assert loyalty in after["partyCharacteristic"]
    assert (after["nationality"], after["familyName"]) == ("GB", "King")
    numbers = [medium["characteristic"].get("phoneNumber") for medium in after["contactMedium"]]
    assert sorted(filter(None, numbers)) == ["+44 20 9", "007"]
    assert value(after, "salutation") == ""


def test_an_update_carries_only_what_differs(tmf: Sender, simulator: SimulatorProcess, ada: Contact) -> None:
    tmf.send(ada)
    edit(simulator, "individual", tmf.theirs(ada), {"givenName": "Augusta"})
    tmf.send(ada.changed(title="Countess"))
    (after,) = held(simulator, "individual")
    assert (after["givenName"], after["title"]) == ("Augusta", "Countess")


def test_an_update_that_is_there_already_writes_nothing(
    tmf: Sender, simulator: SimulatorProcess, ada: Contact
) -> None:
    tmf.send(ada)
    pinned = tmf.pin(ada.changed(title="Countess"))
    first, again = tmf.call(pinned), tmf.call(pinned)
    assert isinstance(first, Completed)
    assert isinstance(again, Completed)
    assert len(simulator.control.call("GET", "/journal")) == 2


def test_a_change_between_read_and_write_is_tried_again(
    tmf: Sender, simulator: SimulatorProcess, ada: Contact
) -> None:
    tmf.send(ada)
    exchange = tmf.adapter.transport.exchange

    def race(request: Any, deadline: Deadline) -> Any:
        if request.method == "PATCH":
            edit(simulator, "individual", tmf.theirs(ada), {"title": "Dr"})
        return exchange(request, deadline)

    pinned = tmf.pin(ada.changed(middle_name="Augusta"))
    tmf.adapter.transport.exchange = race
    outcome = tmf.call(pinned)
    assert isinstance(outcome, NotNow)
    assert outcome.scope is Scope.DELIVERY
    tmf.adapter.transport.exchange = exchange
    assert isinstance(tmf.call(pinned), Completed)
    (after,) = held(simulator, "individual")
    assert (after["title"], after["middleName"]) == ("Dr", "Augusta")


def test_a_probe_finds_what_was_made_without_an_answer(
    tmf: Sender, simulator: SimulatorProcess, ada: Contact
) -> None:
    simulator.control.faults({"fault": "drop_after_commit", "operation": "POST individual"})
    pinned = tmf.pin(ada)
    assert tmf.invocation.probe(pinned) is None
    assert isinstance(tmf.call(pinned), Unknown)
    found = tmf.invocation.probe(pinned)
    (person,) = held(simulator, "individual")
    assert found is not None
    assert (found.external_id, found.stamp) == (person["id"], person["lastUpdate"])


def test_a_probe_finds_customer_and_organization(
    tmf: Sender, simulator: SimulatorProcess, engines: Account
) -> None:
    simulator.control.faults({"fault": "drop_after_commit", "operation": "POST customer"})
    pinned = tmf.pin(engines)
    assert isinstance(tmf.call(pinned), Unknown)
    found = tmf.invocation.probe(pinned)
    (organization,) = held(simulator, "organization")
    assert found is not None
    assert found.external_id == held(simulator, "customer")[0]["id"]
    assert found.bindings == {"organization": organization["id"]}


def test_an_organization_without_an_answer_is_found_again(
    tmf: Sender, simulator: SimulatorProcess, engines: Account
) -> None:
    simulator.control.faults({"fault": "drop_after_commit", "operation": "POST organization", "limit": 1})
    pinned = tmf.pin(engines)
    assert isinstance(tmf.call(pinned), Unknown)
    assert tmf.invocation.probe(pinned) is None
    assert isinstance(tmf.call(pinned), Completed)
    assert len(held(simulator, "organization")) == len(held(simulator, "customer")) == 1


def test_a_customer_refused_after_its_organization_leaves_one_organization(
    tmf: Sender, simulator: SimulatorProcess, engines: Account
) -> None:
    simulator.control.faults({"fault": "throttle", "operation": "POST customer", "limit": 1})
    outcome = tmf.call(tmf.pin(engines))
    assert isinstance(outcome, NotNow)
    assert outcome.sent
    tmf.send(engines)
    assert len(held(simulator, "organization")) == 1


def test_a_probe_of_an_update_reads_the_object(
    tmf: Sender, simulator: SimulatorProcess, ada: Contact
) -> None:
    tmf.send(ada)
    edit(simulator, "individual", tmf.theirs(ada), {"title": "Dr"})
    found = tmf.invocation.probe(tmf.pin(ada.changed(title="Ms")))
    assert found.document["title"] == "Dr"
    simulator.control.call("POST", "/delete", {"resource": "individual", "id": tmf.theirs(ada)})
    assert tmf.invocation.probe(tmf.pin(ada.changed(title="Ms"))) is None


def test_two_objects_with_our_id_are_ambiguous(
    tmf: Sender, simulator: SimulatorProcess, ada: Contact
) -> None:
    simulator.control.faults({"fault": "duplicate", "operation": "POST individual"})
    pinned = tmf.pin(ada)
    assert isinstance(tmf.call(pinned), Completed)
    with pytest.raises(AmbiguousError) as caught:
        tmf.invocation.probe(pinned)
    assert len(caught.value.candidates) == 2


def test_the_party_follows_the_primary_contact(
    tmf: Sender, simulator: SimulatorProcess, ada: Contact, engines: Account
) -> None:
    tmf.send(ada)
    tmf.send(engines)
    tmf.send(engines.changed(primary_contact_id="C-1"))
    (customer,) = held(simulator, "customer")
    assert customer["engagedParty"] == {"id": tmf.theirs(ada), "@referredType": "Individual"}
    tmf.send(engines.changed(name="Engines Ltd"))
    (customer,) = held(simulator, "customer")
    (organization,) = held(simulator, "organization")
    assert customer["engagedParty"] == {"id": organization["id"], "@referredType": "Organization"}
    assert (customer["name"], organization["tradingName"]) == ("Engines Ltd", "Engines Ltd")


def test_removing_an_address_takes_it_out(tmf: Sender, simulator: SimulatorProcess, engines: Account) -> None:
    service = Address(usage=AddressUsage.SERVICE, line1="Shed 4", line2="Yard", city="Hull")
    tmf.send(engines.changed(addresses=[*engines.addresses, service]))
    (customer,) = held(simulator, "customer")
    shown = customer["contactMedium"][1]["characteristic"]
    assert (shown["street1"], shown["street2"]) == ("Shed 4", "Yard")
    tmf.send(engines)
    (customer,) = held(simulator, "customer")
    assert [medium["characteristic"]["contactType"] for medium in customer["contactMedium"]] == ["billing"]


def test_a_business_refusal_is_rejected_with_its_code(
    tmf: Sender, simulator: SimulatorProcess, ada: Contact
) -> None:
    fault = {"fault": "refuse", "operation": "POST individual", "code": "BLACKLISTED", "text": "No."}
    simulator.control.faults(fault)
    outcome = tmf.call(tmf.pin(ada))
    assert isinstance(outcome, Rejected)
    assert outcome.code == "BLACKLISTED"
    assert held(simulator, "individual") == []


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"fault": "unauthorized"}, Refused),
        ({"fault": "throttle", "retry_after": "7"}, NotNow),
        ({"fault": "refuse", "status": 503}, Unknown),
        ({"fault": "fail_after_commit", "status": 502}, Unknown),
        ({"fault": "garble"}, Unknown),
        ({"fault": "garble", "garbling": "truncated"}, Unknown),
        ({"fault": "drop_before"}, Unknown),
    ],
)
def test_faults_mean_what_they_prove(
    tmf: Sender, simulator: SimulatorProcess, ada: Contact, fault: dict[str, Any], outcome: type
) -> None:
    simulator.control.faults({**fault, "operation": "POST individual"})
    found = tmf.call(tmf.pin(ada))
    assert isinstance(found, outcome), found
    if isinstance(found, NotNow):
        assert (found.scope, found.retry_after, found.sent) == (Scope.BACK_OFFICE, 7.0, False)


def test_a_system_that_is_away_was_sent_nothing(
    tmf: Sender, simulator: SimulatorProcess, ada: Contact
) -> None:
    simulator.control.outage()
    outcome = tmf.call(tmf.pin(ada))
    assert isinstance(outcome, NotNow)
    assert outcome.scope is Scope.BACK_OFFICE


def test_a_503_is_proof_where_the_system_says_so(
    sender_with: Senders, simulator: SimulatorProcess, ada: Contact
) -> None:
    simulator.control.faults({"fault": "refuse", "status": 503})
    tmf = sender_with(unavailable_is_unsent=True)
    assert isinstance(tmf.call(tmf.pin(ada)), NotNow)


def test_an_object_that_is_gone_cannot_be_changed(
    tmf: Sender, simulator: SimulatorProcess, ada: Contact
) -> None:
    tmf.send(ada)
    simulator.control.call("POST", "/delete", {"resource": "individual", "id": tmf.theirs(ada)})
    assert isinstance(tmf.call(tmf.pin(ada.changed(title="Ms"))), Rejected)


def test_an_unbound_update_is_not_sent(tmf: Sender, simulator: SimulatorProcess, ada: Contact) -> None:
    outcome = tmf.call(tmf.pin(ada, Change.UPDATE))
    assert isinstance(outcome, Unmappable)
    assert simulator.control.stats()["requests"] == 0
