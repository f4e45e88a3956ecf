from __future__ import annotations

import json
from typing import Any

import pytest

from backhaul.entities import Account
from backhaul.sdk.errors import ConfigurationError, MappingError
from backhaul.sdk.json import Document
from backhaul.sdk.mapping import (
    MapContext,
    Text,
    ValueMap,
    WireSchema,
)


def test_flat_fields_are_keyed_by_canonical_path(
    schema: WireSchema[Account], account: Account, context: MapContext
) -> None:
    fields = schema.flatten(account, context)
    assert fields["name"] == "Ada Lovelace"
    assert fields["status"] == "In Service"
    assert fields["credit_profile.credit_limit"] == [1000.5, "EUR"]
    assert fields["credit_profile.last_update"] == "20300701123005"
    assert fields["addresses[billing].city"] == "LONDON"
    assert fields["addresses[service].validated"] == "Y"
    assert fields["contact_ids[I-1]"] == "I-1"
    assert fields["extensions.acme.tier"] == "gold"
    assert fields["industries[4813]"] == "4813"
    assert fields["account_number"] is None


def test_creation_leaves_out_what_is_unset(
    schema: WireSchema[Account], account: Account, context: MapContext
) -> None:
    document: Any = schema.render(schema.flatten(account, context), nulls=False)
    assert "accountNumber" not in document
    assert document["@type"] == "Customer"
    assert document["channel"] == "crm"
    assert document["engagedParty"] == {"name": "Ada Lovelace"}
    assert document["characteristic"] == [{"name": "ourId", "value": "a-1"}]
    assert document["relatedParty"] == [{"role": "contact", "id": "I-1"}]
    assert document["contactMedium"][0] == {
        "mediumType": "postalAddress",
        "characteristic": {
            "contactType": "bill",
            "street1": "1 High St",
            "city": "LONDON",
            "country": "GB",
            "validated": "N",
        },
    }


def test_an_update_says_only_its_fields_and_spells_cleared(schema: WireSchema[Account]) -> None:
    changes = {
        "account_number": None,
        "credit_profile.credit_rating": None,
        "addresses[billing].city": "YORK",
    }
    assert schema.render(changes, nulls=True) == {
        "@type": "Customer",
        "accountNumber": None,
        "creditProfile": [{"rating": ""}],
        "contactMedium": [
            {"mediumType": "postalAddress", "characteristic": {"contactType": "bill", "city": "YORK"}}
        ],
    }


def test_a_removed_element_is_left_to_the_caller(schema: WireSchema[Account]) -> None:
    removed = {"addresses[billing]": None, "contact_ids[I-1]": None}
    assert schema.render(removed, nulls=True) == {"@type": "Customer"}
    postal, contact = schema.removals(removed)
    assert postal.path == "addresses[billing]"
    assert postal.wire_path == "contactMedium[mediumType=postalAddress]"
    assert postal.element == {"mediumType": "postalAddress", "characteristic": {"contactType": "bill"}}
    assert contact.element == {"role": "contact", "id": "I-1"}


def test_absent_is_not_said_and_null_is_cleared(schema: WireSchema[Account]) -> None:
    parsed = schema.parse({"name": "Ada", "accountNumber": None, "creditProfile": [{"rating": ""}]})
    assert parsed.fields == {"name": "Ada", "account_number": None, "credit_profile.credit_rating": None}


def test_null_clears_what_lies_below(schema: WireSchema[Account]) -> None:
    assert schema.parse({"name": "Ada", "parent": None}).fields == {"name": "Ada", "parent_account_id": None}


def test_a_list_is_complete_only_where_that_is_declared(schema: WireSchema[Account]) -> None:
    said: Document = {"name": "Ada", "industry": [{"id": "1"}], "contactMedium": []}
    assert schema.parse(said).complete == {"industries"}
    assert schema.parse({"name": "Ada"}).complete == frozenset()


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({}, "name"),
        ({"name": None}, "name"),
        ({"name": 7}, "expected text, found a number"),
        ({"name": "Ada", "isCompetitor": "yes"}, "competitor"),
        ({"name": "Ada", "parent": "C-0"}, "text stands where an object belongs"),
        ({"name": "Ada", "contactMedium": {"mediumType": "postalAddress"}}, "where a list belongs"),
        ({"name": "Ada", "contactMedium": [{"mediumType": "postalAddress"}]}, "does not say its usage"),
        ({"name": "Ada", "creditProfile": [{"limit": {"value": 5}}]}, "no currency"),
    ],
)
def test_a_wrong_document_is_refused_by_path(
    schema: WireSchema[Account], document: Document, named: str
) -> None:
    with pytest.raises(MappingError, match=named) as caught:
        schema.parse(document)
    assert caught.value.path


def test_a_partial_document_may_leave_out_what_is_required(schema: WireSchema[Account]) -> None:
    assert schema.parse({"status": "Closed"}, partial=True).fields == {"status": "Closed"}


def test_a_required_field_that_is_unset_names_both_paths(context: MapContext) -> None:
    class Numbered(WireSchema[Account]):
        resource = "customer"
        account_number = Text(path="party.no", required=True)

    with pytest.raises(MappingError, match=r"account_number \(on the wire: party\.no\).*fill it in"):
        Numbered().flatten(Account(id="1", name="A"), context)
    assert Numbered().flatten(Account(id="1", name="A"), context, received=True) == {"account_number": None}


def test_our_id_and_theirs_are_read_for_matching(schema: WireSchema[Account]) -> None:
    document: Document = {"id": 77, "characteristic": [{"name": "ourId", "value": "a-1"}]}
    assert schema.our_id(document) == "a-1"
    assert schema.their_id(document) == "77"
    assert schema.our_id({}) is None
    assert schema.their_id({}) is None
    with pytest.raises(MappingError, match="expected an id"):
        schema.their_id({"id": {}})


def test_a_message_never_changes_our_id(schema: WireSchema[Account], context: MapContext) -> None:
    assert schema.apply({"id": "a-1"}, {"id": "a-2"}, context) == {"id": "a-1"}


def test_apply_leaves_the_given_document_alone(
    schema: WireSchema[Account], account: Account, context: MapContext
) -> None:
    document = account.model_dump(mode="json")
    before = json.dumps(document)
    changed: Any = schema.apply(document, {"addresses[billing].city": "YORK", "name": "Ada"}, context)
    assert json.dumps(document) == before
    assert changed["addresses"][0] == {**document["addresses"][0], "city": "YORK"}
    assert Account.model_validate(changed).name == "Ada"


def test_clearing_gives_the_default_and_refuses_what_is_mandatory(
    schema: WireSchema[Account], context: MapContext
) -> None:
    changed = schema.apply(
        {"competitor": True, "status": "closed"}, {"competitor": None, "status": None}, context
    )
    assert changed == {"competitor": False, "status": "active"}
    with pytest.raises(MappingError, match="mandatory here"):
        schema.apply({"name": "Ada"}, {"name": None}, context)


def test_a_missing_holder_is_made_to_hold_a_value_but_not_to_hold_nothing(
    schema: WireSchema[Account], context: MapContext
) -> None:
    assert schema.apply({}, {"credit_profile.credit_status": None}, context) == {}
    made: Any = schema.apply({}, {"credit_profile.credit_status": "denied"}, context)
    assert made["credit_profile"]["credit_status"] == "denied"
    assert made["credit_profile"]["part_id"]


def test_an_optional_object_goes_with_a_field_that_it_cannot_be_without(
    schema: WireSchema[Account], context: MapContext
) -> None:
    point: Document = {"latitude": "1", "longitude": "2"}
    document: Document = {"addresses": [{"usage": "billing", "position": point}]}
    whole = "addresses[billing].position"
    cleared: Document = {f"{whole}.latitude": None, f"{whole}.longitude": None}
    assert schema.apply(document, cleared, context) == {"addresses": [{"usage": "billing", "position": None}]}


def test_an_extension_is_set_and_taken_away(schema: WireSchema[Account], context: MapContext) -> None:
    set_there = schema.apply({"extensions": {"b": {"x": 1}}}, {"extensions.acme.tier": "gold"}, context)
    assert set_there == {"extensions": {"b": {"x": 1}, "acme": {"tier": "gold"}}}
    assert schema.apply(set_there, {"extensions.acme.tier": None}, context) == {
        "extensions": {"b": {"x": 1}, "acme": {}}
    }


def test_a_path_that_is_not_mapped_is_refused(schema: WireSchema[Account], context: MapContext) -> None:
    for path in ("nmae", "addresses[billing].nmae", "phones[work].number"):
        with pytest.raises(MappingError, match="maps no field"):
            schema.render({path: "x"}, nulls=True)
        with pytest.raises(MappingError, match="maps no field"):
            schema.apply({}, {path: "x"}, context)


def test_explain_shows_rule_value_map_value_and_loss(
    schema: WireSchema[Account], account: Account, context: MapContext
) -> None:
    rows = {(row.wire_path, row.source): row for row in schema.explain(account, context)}
    status = rows["status", "status"]
    assert (status.rule, status.value_map, status.value) == (
        "value map account_status",
        "account_status",
        "In Service",
    )
    name = rows["engagedParty.name", "name"]
    assert (name.value, name.loss) == ("Ada Lovelace", "what follows character 40")
    city = rows["contactMedium[mediumType=postalAddress].characteristic.city", "addresses[billing].city"]
    assert (city.value, city.loss) == ("LONDON", "case: upper there")
    assert rows["creditProfile[0].limit.unit", "credit_profile.credit_limit"].value == "EUR"
    assert rows["@type", ""].value == "Customer"


def test_explain_shows_a_problem_in_its_row(
    schema: WireSchema[Account], account: Account, context: MapContext
) -> None:
    rows = {row.source: row for row in schema.explain(account.changed(parent_account_id="a-9"), context)}
    problem = rows["parent_account_id"].problem
    assert problem is not None
    assert "send it first" in problem
    assert rows["name"].problem is None


def test_the_manifest_lists_every_wire_field_with_its_type(schema: WireSchema[Account]) -> None:
    manifest = schema.manifest()
    assert manifest == sorted(manifest)
    assert "@type: constant text" in manifest
    assert "engagedParty.name: text" in manifest
    assert "creditProfile[0].limit.unit: currency" in manifest
    assert "contactMedium[mediumType=postalAddress].mediumType: constant text" in manifest
    assert "contactMedium[mediumType=postalAddress].characteristic.contactType: code" in manifest
    assert "relatedParty[role=contact].id: external id" in manifest
    assert "id: their id" in manifest


def test_losses_are_declared_with_their_paths(schema: WireSchema[Account]) -> None:
    losses = {(loss.source, loss.wire_path): loss.what for loss in schema.declared_losses}
    assert losses["addresses[*].city", "contactMedium[mediumType=postalAddress].characteristic.city"]
    assert "credit_profile.last_update" in {source for source, _ in losses}
    assert not any(source == "account_number" for source, _ in losses)


def test_value_maps_of_the_deployment_are_checked(schema: WireSchema[Account]) -> None:
    assert schema.value_map_names == {"account_status"}
    schema.check_value_maps(
        {"account_status": ValueMap("account_status", {"active": "A"}), "other": ValueMap("o", {})}
    )
    with pytest.raises(ConfigurationError, match="'actve' is no AccountStatus"):
        schema.check_value_maps({"account_status": ValueMap("account_status", {"actve": "A"})})
    with pytest.raises(ConfigurationError, match="all spelled 'Closed'"):
        schema.check_value_maps({"account_status": ValueMap("account_status", {"active": "Closed"})})


def test_marshmallow_dump_and_load_work(
    account: Account, schema: WireSchema[Account], context: MapContext
) -> None:
    class Small(WireSchema[Account]):
        resource = "customer"
        id = Text(path="id")
        name = Text(path="party.name")
        addresses = schema.fields["addresses"]

    small = Small(only=("name", "addresses"), context=context)
    assert small.dump(account)["party"] == {"name": "Ada Lovelace"}
    assert json.loads(small.dumps(account)) == small.dump(account)
    assert small.load({"party": {"name": "Ada"}}) == {"name": "Ada"}
    assert Small(many=True).load([{"party": {"name": "Ada"}}]) == [{"name": "Ada"}]
    assert [document["party"] for document in Small().dump([account], many=True)] == [
        {"name": "Ada Lovelace"}
    ]
    with pytest.raises(MappingError):
        small.load({"party": {"name": 5}})
