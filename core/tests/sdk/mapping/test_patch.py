"""JSON merge patch replaces whole arrays: sending our e-mail would delete their fax."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backhaul.entities import Account
from backhaul.sdk.errors import MappingError
from backhaul.sdk.json import Document
from backhaul.sdk.mapping import MapContext, WireSchema, advance, difference

FAX: Document = {"mediumType": "fax", "characteristic": {"faxNumber": "1"}}
HOLIDAY: Document = {"mediumType": "postalAddress", "characteristic": {"contactType": "holiday"}}
BILLING: Document = {
    "mediumType": "postalAddress",
    "preferred": True,
    "characteristic": {"contactType": "bill", "city": "LONDON", "theirs": 3},
}
CURRENT: Document = {
    "name": "Ada",
    "theirs": {"x": 1},
    "contactMedium": [FAX, HOLIDAY, BILLING],
    "relatedParty": [{"role": "agent", "id": "9"}, {"role": "contact", "id": "I-1", "name": "theirs"}],
    "characteristic": [{"name": "score", "value": "7"}],
}


def merged(target: Any, patch: Any) -> Any:
    """RFC 7396, written from its text."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def patched(schema: WireSchema[Account], changes: dict[str, Any]) -> Any:
    before = copy.deepcopy(CURRENT)
    patch = schema.patch_document(CURRENT, changes)
    assert before == CURRENT
    return merged(CURRENT, patch)


def test_a_scalar_says_nothing_about_lists(schema: WireSchema[Account]) -> None:
    assert schema.patch_document(CURRENT, {"name": "Eve", "parent_account_id": None}) == {
        "@type": "Customer",
        "name": "Eve",
        "engagedParty": {"name": "Eve"},
        "parent": {"id": None},
    }


def test_a_changed_element_keeps_what_is_theirs(schema: WireSchema[Account]) -> None:
    changes = {"addresses[billing].city": "YORK", "addresses[billing].line1": "1 High St"}
    media = patched(schema, changes)["contactMedium"]
    assert media[:2] == [FAX, HOLIDAY]
    assert media[2] == {
        "mediumType": "postalAddress",
        "preferred": True,
        "characteristic": {"contactType": "bill", "city": "YORK", "street1": "1 High St", "theirs": 3},
    }


def test_a_cleared_field_of_an_element_is_taken_out(schema: WireSchema[Account]) -> None:
    media = patched(schema, {"addresses[billing].city": None})["contactMedium"]
    assert media[2]["characteristic"] == {"contactType": "bill", "theirs": 3}


def test_an_element_is_added_and_another_removed(schema: WireSchema[Account]) -> None:
    changes = {"addresses[billing]": None, "addresses[shipping].city": "YORK", "contact_ids[I-1]": None}
    after = patched(schema, changes | {"contact_ids[I-2]": "I-2"})
    assert after["contactMedium"] == [
        FAX,
        HOLIDAY,
        {"mediumType": "postalAddress", "characteristic": {"contactType": "delivery", "city": "YORK"}},
    ]
    assert after["relatedParty"] == [{"role": "agent", "id": "9"}, {"role": "contact", "id": "I-2"}]


def test_a_reference_that_is_there_stays_as_it_is(schema: WireSchema[Account]) -> None:
    after = patched(schema, {"contact_ids[I-1]": "I-1"})
    assert after["relatedParty"] == CURRENT["relatedParty"]


def test_removing_what_is_not_there_says_nothing(schema: WireSchema[Account]) -> None:
    patch = schema.patch_document({"name": "Ada"}, {"addresses[billing]": None, "contact_ids[I-1]": None})
    assert patch == {"@type": "Customer"}


def test_one_value_in_a_list_of_theirs(schema: WireSchema[Account]) -> None:
    assert patched(schema, {"id": "a-1"})["characteristic"] == [
        {"name": "score", "value": "7"},
        {"name": "ourId", "value": "a-1"},
    ]


def test_two_elements_of_one_key_are_refused(schema: WireSchema[Account]) -> None:
    twice: Document = {"contactMedium": [BILLING, BILLING]}
    with pytest.raises(MappingError, match="two elements there have the usage billing"):
        schema.patch_document(twice, {"addresses[billing].city": "YORK"})


@given(data=st.data())
def test_after_the_patch_they_have_what_we_have(
    schema: WireSchema[Account], account: Account, context: MapContext, data: st.DataObject
) -> None:
    ours = schema.flatten(account, context)
    pick = data.draw(st.sets(st.sampled_from(sorted(ours))))
    kept = {path: value for path, value in ours.items() if path not in pick}
    current = schema.render(kept, nulls=True) | {"id": "C-1"}
    before = schema.parse(current, partial=True).fields
    changes = difference(ours, before)
    after: Any = merged(current, schema.patch_document(current, changes))
    assert difference(ours, advance(before, schema.parse(after).fields)) == {}
    assert after["id"] == "C-1"
