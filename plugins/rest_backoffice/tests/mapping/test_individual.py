from __future__ import annotations

from typing import Any

import pytest

from backhaul.entities import Contact
from backhaul.sdk.errors import MappingError
from backhaul.sdk.mapping import MapContext
from backhaul_rest_backoffice.mapping.individual import IndividualSchema

SCHEMA = IndividualSchema()
CONTEXT = MapContext("assurance")


def document(**fields: Any) -> Any:
    contact = Contact.model_validate({"id": "C-1", "first_name": "Ada", "last_name": "Byron", **fields})
    return SCHEMA.render(SCHEMA.flatten(contact, CONTEXT), nulls=False)


def test_the_smallest_contact() -> None:
    assert document() == {
        "givenName": "Ada",
        "familyName": "Byron",
        "status": "validated",
        "partyCharacteristic": [{"name": "backhaulId", "value": "C-1"}],
    }


def test_a_given_name_is_mandatory_there() -> None:
    with pytest.raises(MappingError, match=r"first_name .*givenName.* required there"):
        document(first_name=None)


def test_the_official_states_are_three() -> None:
    statuses = {status: document(status=status)["status"] for status in ("prospect", "inactive", "deceased")}
    assert statuses == {"prospect": "initialized", "inactive": "validated", "deceased": "deceaded"}
    read = SCHEMA.apply({}, SCHEMA.parse({"status": "validated"}, partial=True).fields, CONTEXT)
    assert read == {"status": "active"}


@pytest.mark.parametrize(
    "moment", ["1815-12-10T00:00:00Z", "1815-12-10T08:30:00.123+05:00", "1815-12-10T23:59:59Z"]
)
def test_a_day_is_read_from_any_moment_of_it(moment: str) -> None:
    fields = SCHEMA.parse({"birthDate": moment}, partial=True).fields
    assert fields == {"birth_date": "1815-12-10T00:00:00Z"}
    assert SCHEMA.apply({}, fields, CONTEXT) == {"birth_date": "1815-12-10"}


def test_a_phone_that_they_removed_is_removed_here() -> None:
    parsed = SCHEMA.parse({"contactMedium": []}, partial=True)
    assert parsed.complete == {"emails", "phones"}


def test_their_id_is_found() -> None:
    assert SCHEMA.their_id({"id": "IN-7"}) == "IN-7"
