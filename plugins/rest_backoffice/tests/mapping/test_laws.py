from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backhaul.entities import ENTITIES, Record
from backhaul.sdk.mapping import MapContext, WireSchema, difference
from backhaul_rest_backoffice.mapping.customer import CustomerSchema
from backhaul_rest_backoffice.mapping.individual import IndividualSchema
from backhaul_rest_backoffice.simulator.merge_patch import merged

SCHEMAS: dict[str, WireSchema[Any]] = {"account": CustomerSchema(), "contact": IndividualSchema()}
DEFINITIONS = {"account": "Customer", "contact": "Individual"}
EXTERNAL = {
    ("individual", "contact", "C-1"): "IN-1",
    ("individual", "contact", "C-2"): "IN-2",
    ("customer", "account", "A-0"): "CU-0",
}
CONTEXT = MapContext(
    "assurance",
    external_ids=EXTERNAL,
    internal_ids={
        (resource, theirs): (entity, ours) for (resource, entity, ours), theirs in EXTERNAL.items()
    },
)
ORGANIZATION = {"id": "OR-1", "@referredType": "Organization"}
PAGER = {"mediumType": "pager", "characteristic": {"phoneNumber": "7"}}
quiet = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def without_nulls(value: Any) -> Any:
    """A merge patch says null to remove a property, which the definitions of the properties do not know."""
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    return value


def created(entity: str, record: Record) -> dict[str, Any]:
    schema = SCHEMAS[entity]
    document: dict[str, Any] = schema.render(schema.flatten(record, CONTEXT), nulls=False)
    if entity == "account":
        document.setdefault("engagedParty", ORGANIZATION)
    return document


@pytest.mark.parametrize("entity", SCHEMAS)
@given(data=st.data())
@quiet
def test_what_is_sent_reads_back(entity: str, data: st.DataObject, records: Any) -> None:
    record, schema = data.draw(records[entity]), SCHEMAS[entity]
    ours = schema.flatten(record, CONTEXT)
    parsed = schema.parse(created(entity, record)).fields
    if parsed.get("primary_contact_id") == ORGANIZATION:
        del parsed["primary_contact_id"]
    assert parsed == {path: value for path, value in ours.items() if value is not None}
    document = schema.apply({"id": record.id}, parsed, CONTEXT)
    back = ENTITIES[entity].model_validate(document)
    assert difference(schema.flatten(back, CONTEXT), ours) == {}


@pytest.mark.needs("tmf")
@pytest.mark.parametrize("entity", SCHEMAS)
@given(data=st.data())
@quiet
def test_a_create_satisfies_the_official_definition(
    entity: str, data: st.DataObject, records: Any, official: Any
) -> None:
    official(f"{DEFINITIONS[entity]}_Create", created(entity, data.draw(records[entity])))


@pytest.mark.parametrize("entity", SCHEMAS)
@given(data=st.data())
@quiet
def test_a_patch_brings_them_to_what_we_say(entity: str, data: st.DataObject, records: Any) -> None:
    schema = SCHEMAS[entity]
    before, after = data.draw(records[entity]), data.draw(records[entity])
    ours = schema.flatten(after, CONTEXT)
    changes = difference(ours, schema.flatten(before, CONTEXT))
    current = created(entity, before)
    current["contactMedium"] = [PAGER, *current.get("contactMedium", [])]
    patch = schema.patch_document(current, changes)
    result = merged(current, patch)
    assert PAGER in result["contactMedium"]
    shown = schema.parse(result).fields
    if not isinstance(shown.get("primary_contact_id"), dict) or shown["primary_contact_id"] == ORGANIZATION:
        shown.pop("primary_contact_id", None)
    expected = {path: value for path, value in ours.items() if value is not None}
    # What has no spelling (an undated credit profile, an unbound parent) is not said, and so not changed.
    unsaid = {"credit_profile", "parent_account_id"} - set(ours)
    left = {path: value for path, value in shown.items() if value is not None and path not in unsaid}
    assert left == expected


@pytest.mark.needs("tmf")
@pytest.mark.parametrize("entity", SCHEMAS)
@given(data=st.data())
@quiet
def test_a_patch_satisfies_the_official_definition(
    entity: str, data: st.DataObject, records: Any, official: Any
) -> None:
    schema = SCHEMAS[entity]
    before, after = data.draw(records[entity]), data.draw(records[entity])
    changes = difference(schema.flatten(after, CONTEXT), schema.flatten(before, CONTEXT))
    patch: Any = schema.patch_document(created(entity, before), changes)
    if entity == "account":
        # The adapter engages an organization where the primary contact is cleared.
        patch["engagedParty"] = patch["engagedParty"] or ORGANIZATION
    official(f"{DEFINITIONS[entity]}_Update", without_nulls(patch))


@pytest.mark.needs("tmf")
@pytest.mark.parametrize("misspelt", [{"nam": "x"}, {"contactMedium": [{**PAGER, "kind": "x"}]}])
def test_a_misspelt_property_is_seen(misspelt: dict[str, Any], official: Any) -> None:
    document = {"name": "x", "engagedParty": ORGANIZATION}
    official("Customer_Create", document)
    with pytest.raises(ValueError, match="Additional properties"):
        official("Customer_Create", {**document, **misspelt})
