from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from backhaul.entities import Account, AccountStatus, Address, CreditProfile, Money, RiskClass
from backhaul.sdk.errors import MappingError
from backhaul.sdk.mapping import MapContext, ValueMap
from backhaul_rest_backoffice.mapping.customer import CustomerSchema

SCHEMA = CustomerSchema()
CONTEXT = MapContext("assurance", internal_ids={("individual", "IN-1"): ("contact", "C-1")})


def account(**fields: Any) -> Account:
    return Account.model_validate({"id": "A-1", "name": "Engines", **fields})


def document(record: Account, context: MapContext = CONTEXT) -> Any:
    return SCHEMA.render(SCHEMA.flatten(record, context), nulls=False)


def read(fields: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, Any]:
    return SCHEMA.apply(before or {}, SCHEMA.parse({"name": "E", **fields}).fields, CONTEXT)


def test_the_smallest_account() -> None:
    assert document(account()) == {
        "name": "Engines",
        "status": "active",
        "characteristic": [{"name": "backhaulId", "value": "A-1"}],
    }


def test_a_name_that_does_not_fit_is_an_error_not_a_loss() -> None:
    with pytest.raises(MappingError, match="room for 200"):
        document(account(name="x" * 201))
    assert len(document(account(description="x" * 3000))["characteristic"][1]["value"]) == 2000


def test_statuses_are_spelled_by_the_value_map_of_the_deployment() -> None:
    prospect = account(status=AccountStatus.PROSPECT)
    assert document(prospect)["status"] == "prospective"
    own = {"account_status": ValueMap("account_status", {"prospect": "P"})}
    assert document(prospect, MapContext("assurance", value_maps=own))["status"] == "P"
    with pytest.raises(MappingError, match="unknown"):
        read({"status": "weird"})


def test_an_organization_says_nothing_about_the_contact() -> None:
    party: dict[str, Any] = {"engagedParty": {"id": "OR-1", "@referredType": "Organization"}}
    assert read(party, {"primary_contact_id": "C-9"})["primary_contact_id"] == "C-9"
    assert SCHEMA.unresolved(SCHEMA.parse({"name": "E", **party}).fields) == set()


def test_a_person_is_the_primary_contact() -> None:
    party: dict[str, Any] = {
        "engagedParty": {"id": "IN-1", "@referredType": "Individual", "name": "Ada", "href": "/x"}
    }
    assert read(party)["primary_contact_id"] == "C-1"
    assert SCHEMA.unresolved(SCHEMA.parse({"name": "E", **party}).fields) == {("individual", "IN-1")}
    unknown = {"engagedParty": {"id": "IN-2", "@referredType": "Individual"}}
    assert "primary_contact_id" not in read(unknown)
    with pytest.raises(MappingError, match="reference with an id"):
        read({"engagedParty": "IN-1"})


CREDIT = CreditProfile(
    credit_score=700, risk_class=RiskClass.HIGH, credit_limit=Money.of("12.50", "EUR"), bureau="B"
)


def test_a_credit_profile_has_the_date_that_is_known() -> None:
    dated = "2030-01-31T00:00:00Z"
    checked = CREDIT.changed(last_check_date=date(2030, 1, 31), status_date=date(2031, 1, 1))
    expected = {
        "creditProfileDate": dated,
        "validFor": {"startDateTime": dated},
        "creditScore": 700,
        "creditRiskRating": 3,
    }
    assert document(account(credit_profile=checked))["creditProfile"] == [expected]
    by_account = document(account(credit_profile=CREDIT, credit_status_date="2030-01-31"))
    assert by_account["creditProfile"] == [expected]
    undated = document(account(credit_profile=CREDIT))
    assert "creditProfile" not in undated
    assert undated["characteristic"][1] == {"name": "creditLimit", "value": {"amount": 12.5, "unit": "EUR"}}


def test_a_credit_profile_of_theirs_keeps_what_only_we_know() -> None:
    told = {"creditProfileDate": "2030-02-01T13:00:00.000+01:00", "creditScore": 5, "validFor": {}}
    held = {"credit_profile": CREDIT.model_dump(mode="json")}
    profile = read({"creditProfile": [told]}, held)["credit_profile"]
    assert (profile["credit_score"], profile["last_check_date"]) == (5, "2030-02-01")
    assert (profile["bureau"], profile["risk_class"]) == ("B", "high")
    assert read({"creditProfile": [{**told, "creditRiskRating": 1}]})["credit_profile"]["risk_class"] == "low"
    for wrong in ([5], [{**told, "creditScore": "5"}], [{"creditScore": 5}]):
        with pytest.raises(MappingError):
            read({"creditProfile": wrong})


def test_a_patch_keeps_the_credit_history() -> None:
    current: Any = {
        "name": "E",
        "engagedParty": {"id": "OR-1", "@referredType": "Organization"},
        "creditProfile": [
            {
                "creditProfileDate": "2029-01-01T00:00:00Z",
                "@type": "Own",
                "validFor": {"endDateTime": "2031-01-01T00:00:00Z"},
            },
            {"creditProfileDate": "2020-01-01T00:00:00Z", "validFor": {}},
        ],
    }
    checked = account(credit_profile=CREDIT.changed(last_check_date=date(2030, 1, 31)))
    fields = SCHEMA.flatten(checked, CONTEXT)
    patch: Any = SCHEMA.patch_document(current, {"credit_profile": fields["credit_profile"]})
    first, second = patch["creditProfile"]
    assert first["@type"] == "Own"
    assert first["validFor"] == {
        "startDateTime": "2030-01-31T00:00:00Z",
        "endDateTime": "2031-01-01T00:00:00Z",
    }
    assert second == current["creditProfile"][1]
    cleared = SCHEMA.patch_document(current, {"credit_profile": None})
    assert cleared["creditProfile"] == [second]
    assert cleared["engagedParty"] == current["engagedParty"]


def test_an_address_keeps_the_form_it_has_here() -> None:
    lines = Address(part_id="p", line1="Shed 4", line2="Yard")
    medium = document(account(addresses=[lines]))["contactMedium"][0]
    assert medium["characteristic"] == {"contactType": "standard", "street1": "Shed 4", "street2": "Yard"}
    medium["characteristic"]["street1"] = "Shed 5"
    before = account(addresses=[lines]).model_dump(mode="json")
    (after,) = read({"contactMedium": [medium]}, before)["addresses"]
    assert (after["line1"], after["street"], after["part_id"]) == ("Shed 5", None, "p")
    (made,) = read({"contactMedium": [medium]})["addresses"]
    assert (made["street"], made["house_number"]) == ("Shed 5", "Yard")


def test_media_that_mean_nothing_here_are_theirs() -> None:
    media = [
        {"mediumType": "postalAddress", "characteristic": {"city": "Hull"}},
        {"mediumType": "postalAddress", "characteristic": {"contactType": "castle", "city": "Hull"}},
        {"mediumType": "fax", "characteristic": {"faxNumber": "1"}},
        {"mediumType": "postalAddress", "characteristic": {"contactType": "billing", "city": "Hull"}},
        {"mediumType": "postalAddress", "characteristic": {"contactType": "billing", "city": "York"}},
    ]
    (address,) = read({"contactMedium": media})["addresses"]
    assert (address["usage"], address["city"]) == ("billing", "Hull")


def test_what_is_absent_is_unchanged_and_null_clears() -> None:
    before = {"alias": "AE", "segment": "KEY"}
    after = read({"characteristic": [{"name": "alias", "value": ""}]}, before)
    assert (after["alias"], after["segment"]) == (None, "KEY")
