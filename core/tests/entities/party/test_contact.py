from __future__ import annotations

import pytest
from pydantic import ValidationError

from backhaul.entities import ENTITIES, Contact, Email, Key, Phone, PhoneType, Reference


def test_a_contact_needs_an_id_and_a_last_name() -> None:
    assert ENTITIES["contact"] is Contact
    assert Contact(id="c", last_name="Doe").status == "active"
    with pytest.raises(ValidationError, match="last_name"):
        Contact.model_validate({"id": "c", "first_name": "Jane"})


def test_keys() -> None:
    contact = Contact(
        id="c",
        first_name="Jane",
        last_name="Doe",
        person_uid="P-9",
        primary_organization="Org",
        phones=[Phone(number="+1 (555) 010-0199", extension="7"), Phone(number="1 555 010 0199")],
        emails=[Email(address="Jane@Example.com")],
    )
    assert contact.keys() == (
        Key("person_uid", "Org|P-9", strong=True),
        Key("full_name", "jane|doe|", strong=False),
        Key("name", "jane doe", strong=False),
        Key("name", "doe", strong=False),
        Key("phone", "15550100199", strong=False),
        Key("email", "jane@example.com", strong=False),
    )


@pytest.mark.parametrize("half", [{"person_uid": "P-9"}, {"primary_organization": "Org"}])
def test_a_person_uid_counts_only_within_its_organization(half: dict[str, str]) -> None:
    keys = Contact.model_validate({"id": "c", "last_name": "Doe", **half}).keys()
    assert not [key for key in keys if key.strong]


@pytest.mark.parametrize(
    ("accounts", "lane"), [([], "c"), (["a"], "a"), (["a", "a"], "a"), (["a", "b"], "c")]
)
def test_a_contact_is_ordered_by_its_only_account(accounts: list[str], lane: str) -> None:
    assert Contact(id="c", last_name="Doe", account_ids=accounts).ordering_key() == lane


def test_references() -> None:
    contact = Contact(id="c", last_name="Doe", account_ids=["a", "b"], household_id="h")
    assert contact.references() == (
        Reference("account", "a", "account_ids"),
        Reference("account", "b", "account_ids"),
        Reference("household", "h", "household_id"),
    )


def test_phones_and_emails_are_parts_with_their_own_ids() -> None:
    phone = Phone.model_validate({"number": "1", "type": "fax"})
    assert phone.type is PhoneType.FAX
    assert phone.part_id != Phone(number="1").part_id
    with pytest.raises(ValidationError, match="stands twice"):
        Contact(id="c", last_name="Doe", phones=[phone, phone])


def test_a_flag_is_a_flag() -> None:
    with pytest.raises(ValidationError, match="preferred"):
        Phone.model_validate({"number": "1", "preferred": "yes"})
