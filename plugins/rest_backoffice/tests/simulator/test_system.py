from __future__ import annotations

from typing import Any

import pytest

from backhaul_rest_backoffice.simulator.event import Event
from backhaul_rest_backoffice.simulator.refusal import Refusal
from backhaul_rest_backoffice.simulator.system import USER, Author, BackOffice, Options

API = Author(message_id="m-1", correlation_id="c-1")
MEDIUM = {"mediumType": "fax", "characteristic": {"faxNumber": "1"}}


def person(system: BackOffice, **more: Any) -> str:
    return system.create("individual", {"givenName": "Ada", "familyName": "Byron", **more}, API).id


def customer(system: BackOffice, our_id: str = "a-1", **more: Any) -> str:
    body = {
        "name": "Engines",
        "engagedParty": {"id": person(system), "@referredType": "Individual"},
        "characteristic": [{"name": "backhaulId", "value": our_id}],
        **more,
    }
    return system.create("customer", body, API).id


@pytest.fixture
def system() -> BackOffice:
    return BackOffice(Options())


def refused(call: Any, *arguments: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        call(*arguments)
    return caught.value


def test_it_issues_ids_versions_and_moments(system: BackOffice) -> None:
    first, second = system.read("customer", customer(system)), system.read("customer", customer(system))
    assert first.id != second.id
    assert (first.version, first.etag) == (1, '"1"')
    assert first.last_update < second.last_update
    assert first.document["href"].endswith(f"/customer/{first.id}")
    assert first.document["lastUpdate"] == first.last_update


def test_a_repeated_create_makes_a_second_object(system: BackOffice) -> None:
    person(system)
    person(system)
    assert system.counts()["individual"] == 2


def test_a_misspelt_property_is_refused(system: BackOffice) -> None:
    refusal = refused(system.create, "individual", {"givenName": "A", "familyName": "B", "titel": "Dr"}, API)
    assert (refusal.status, refusal.code) == (400, "23")
    assert "titel" in refusal.reason


@pytest.mark.parametrize(
    "body",
    [
        {"familyName": "B"},
        {"familyName": "B", "givenName": ""},
        {"familyName": "B", "givenName": 5},
        {"familyName": "B", "givenName": "A", "birthDate": "2000-01-01"},
        {"familyName": "B", "givenName": "A", "status": "active"},
        {"familyName": "B", "givenName": "A", "contactMedium": MEDIUM},
        {"familyName": "B", "givenName": "A", "id": "mine"},
        [],
    ],
)
def test_a_bad_document_is_refused_with_400(system: BackOffice, body: Any) -> None:
    assert refused(system.create, "individual", body, API).status == 400
    assert system.counts()["individual"] == 0


def test_an_unknown_party_is_a_business_refusal(system: BackOffice) -> None:
    body = {"name": "X", "engagedParty": {"id": "IN-1", "@referredType": "Individual"}}
    refusal = refused(system.create, "customer", body, API)
    assert refusal.status == 422
    assert refusal.document() == {"code": "ENGAGED_PARTY_UNKNOWN", "reason": refusal.reason, "status": "422"}


def test_a_patch_replaces_arrays_and_null_removes(system: BackOffice) -> None:
    identifier = person(system, title="Ms", contactMedium=[MEDIUM, MEDIUM])
    entry = system.patch("individual", identifier, {"title": None, "contactMedium": [MEDIUM]}, None, API)
    assert entry.version == 2
    assert "title" not in entry.document
    assert entry.document["contactMedium"] == [MEDIUM]
    assert entry.document["givenName"] == "Ada"


def test_a_mandatory_property_cannot_be_cleared(system: BackOffice) -> None:
    assert refused(system.patch, "individual", person(system), {"givenName": None}, None, API).status == 400


def test_what_the_system_issues_cannot_be_patched(system: BackOffice) -> None:
    assert refused(system.patch, "individual", person(system), {"lastUpdate": "x"}, None, API).status == 400


def test_a_stale_tag_fails_the_precondition(system: BackOffice) -> None:
    identifier = person(system)
    system.patch("individual", identifier, {"title": "Ms"}, '"1"', API)
    assert refused(system.patch, "individual", identifier, {"title": "Dr"}, '"1"', API).status == 412
    assert system.read("individual", identifier).document["title"] == "Ms"


def test_a_patch_that_changes_nothing_makes_no_version(system: BackOffice) -> None:
    identifier = person(system)
    assert system.patch("individual", identifier, {"givenName": "Ada"}, None, API).version == 1


def test_events_follow_what_changed() -> None:
    told: list[Event] = []
    system = BackOffice(Options(), told.append)
    identifier = person(system)
    system.patch("individual", identifier, {"status": "validated"}, None, API)
    system.patch("individual", identifier, {"status": "initialized", "title": "Ms"}, None, USER)
    system.delete("individual", identifier, None, API)
    assert [event.name for event in told] == [
        "individualCreateEvent",
        "individualStateChangeEvent",
        "individualStateChangeEvent",
        "individualAttributeValueChangeEvent",
        "individualDeleteEvent",
    ]
    assert told[0].document["correlationId"] == "c-1"
    assert "correlationId" not in told[2].document
    assert told[1].document["event"]["individual"]["status"] == "validated"
    assert told[1].document["eventType"] == "IndividualStateChangeEvent"
    assert len({event.document["eventId"] for event in told}) == 5


def test_the_journal_says_who_wrote_what(system: BackOffice) -> None:
    identifier = customer(system, "a-7")
    system.patch("customer", identifier, {"status": "active"}, None, USER)
    created, edited = system.written_since(1)
    assert (created["operation"], created["our_id"], created["message_id"]) == ("create", "a-7", "m-1")
    assert (edited["operation"], edited["version"], edited["by"]) == ("patch", 2, "user")
    assert edited["message_id"] is None


def test_an_engaged_party_cannot_be_deleted(system: BackOffice) -> None:
    party = system.read("customer", customer(system)).document["engagedParty"]["id"]
    assert refused(system.delete, "individual", party, None, API).status == 409
    assert refused(system.delete, "individual", "IN-0", None, API).status == 404


def test_a_system_may_write_names_in_capitals() -> None:
    system = BackOffice(Options(upper_names=True))
    assert system.read("individual", person(system)).document["familyName"] == "BYRON"


def test_an_index_forgets_what_was_replaced(system: BackOffice) -> None:
    identifier = customer(system, "a-1")
    query = {"characteristic.name": "backhaulId", "characteristic.value": "a-1"}
    assert system.page("customer", query).total == 1
    system.patch("customer", identifier, {"characteristic": []}, None, USER)
    assert system.page("customer", query).total == 0
    assert system.state()["customer"][0]["version"] == 2
