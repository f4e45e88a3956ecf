from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import ValidationError

from backhaul.entities import (
    ENTITIES,
    Account,
    AccountClass,
    AccountStatus,
    AccountType,
    Address,
    BankAccount,
    CreditProfile,
    FinancialProfile,
    GeoPoint,
    Key,
    Money,
    Reference,
)


def test_an_account_needs_an_id_and_a_name() -> None:
    account = Account(id="a", name="Jane Doe")
    assert account.status is AccountStatus.ACTIVE
    assert ENTITIES["account"] is Account
    with pytest.raises(ValidationError, match="name"):
        Account.model_validate({"id": "a"})


def test_codes_are_canonical() -> None:
    account = Account.model_validate(
        {"id": "a", "name": "A", "account_type": "business", "account_class": "service", "status": "closed"}
    )
    assert account.account_type is AccountType.BUSINESS
    assert account.account_class is AccountClass.SERVICE
    with pytest.raises(ValidationError, match="'residential' or 'business'"):
        Account.model_validate({"id": "a", "name": "A", "account_type": "Business"})


def test_strong_and_search_keys() -> None:
    account = Account(
        id="a",
        name="ACME  GmbH",
        alias="Acme",
        account_number="ACC-0001",
        integration_id="1-2AbC",
        location="Berlin",
        primary_organization="North",
        duns_number="15-048-3782",
        csn="C 7",
        addresses=[
            Address(street="Hauptstraße", city="Berlin", state="BE"),
            Address(line1="1 Main St", city="Springfield"),
            Address(city="Nowhere"),
        ],
    )
    assert account.keys() == (
        Key("integration_id", "1-2AbC", strong=True),
        Key("account_number", "acc-0001", strong=True),
        Key("name", "acme gmbh", strong=False),
        Key("name", "acme", strong=False),
        Key("site", "berlin|acme gmbh|north", strong=False),
        Key("duns_number", "15-048-3782", strong=False),
        Key("csn", "c 7", strong=False),
        Key("address", "berlin|be|hauptstrasse", strong=False),
        Key("address", "springfield||1 main st", strong=False),
    )


def test_two_people_of_one_name_share_no_strong_key() -> None:
    one, other = (Account(id=name, name=name).keys() for name in ("John Smith", "john  smith"))
    assert one == other
    assert not [key for key in one if key.strong]


def test_references_are_named_by_field() -> None:
    account = Account(
        id="a",
        name="A",
        parent_account_id="p",
        bill_to_account_id="b",
        payer_account_id="b",
        contact_ids=["c1", "c2"],
        primary_contact_id="c1",
    )
    assert account.references() == (
        Reference("account", "p", "parent_account_id"),
        Reference("account", "b", "bill_to_account_id"),
        Reference("account", "b", "payer_account_id"),
        Reference("contact", "c1", "contact_ids"),
        Reference("contact", "c2", "contact_ids"),
        Reference("contact", "c1", "primary_contact_id"),
    )
    assert account.ordering_key() == "a"


def test_the_primary_address_is_one_of_the_addresses() -> None:
    address = Address(part_id="p1", city="Berlin")
    account = Account(id="a", name="A", addresses=[address], primary_address_id="p1")
    assert account.primary_address() == address
    assert Account(id="a", name="A", addresses=[address]).primary_address() is None
    with pytest.raises(ValidationError, match="names none of the addresses"):
        account.changed(addresses=[])


def test_an_account_is_not_its_own_parent() -> None:
    with pytest.raises(ValidationError, match="the account's own id"):
        Account(id="a", name="A", parent_account_id="a")


def test_an_address_is_valid_from_before_to() -> None:
    assert Address.model_validate({"valid_from": "2030-01-01", "valid_to": "2030-01-01"}).valid_to
    with pytest.raises(ValidationError, match="valid_to lies before valid_from"):
        Address.model_validate({"valid_from": "2030-01-02", "valid_to": "2030-01-01"})


@pytest.mark.parametrize("country", ["de", "DEU", "Germany", "D\n"])
def test_a_country_is_an_iso_code(country: str) -> None:
    with pytest.raises(ValidationError, match="country"):
        Address(country=country)


def test_a_position_is_exact_and_on_the_globe() -> None:
    point = GeoPoint(latitude=Decimal("52.5200066"), longitude=Decimal("13.4049540"))
    assert GeoPoint.model_validate_json(point.model_dump_json()) == point
    with pytest.raises(ValidationError, match="latitude"):
        GeoPoint(latitude=Decimal("90.1"), longitude=Decimal(0))
    with pytest.raises(ValidationError, match="found a float"):
        GeoPoint.model_validate({"latitude": 52.5, "longitude": 13.4})


def test_credit_is_money() -> None:
    profile = CreditProfile(credit_limit=Money.of("1000.00", "EUR"), credit_score=700)
    assert Account(id="a", name="A", credit_profile=profile).model_dump(mode="json", exclude_none=True)[
        "credit_profile"
    ] == {
        "part_id": profile.part_id,
        "credit_score": 700,
        "credit_limit": {"amount": "1000.00", "currency": "EUR"},
    }
    with pytest.raises(ValidationError, match="credit_limit"):
        CreditProfile.model_validate({"credit_limit": "1000.00"})


def test_a_bank_account_is_a_token_that_no_repr_shows() -> None:
    bank = BankAccount(account_token="tok_secret", bank="First Bank")
    account = Account(id="a", name="A", financial_profile=FinancialProfile(bank=bank, tax_id="DE811569869"))
    assert "tok_secret" not in repr(account)
    assert "DE811569869" not in repr(account)
    with pytest.raises(ValidationError, match="payment card number") as refused:
        BankAccount(account_token="4111 1111 1111 1111")
    assert "4111" not in str(refused.value)
