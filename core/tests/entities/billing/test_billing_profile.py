from __future__ import annotations

import pytest
from pydantic import ValidationError

from backhaul.entities import (
    ENTITIES,
    BillingProfile,
    BillingProfileStatus,
    BillType,
    CollectionsStatus,
    Key,
    PaymentMethod,
    Reference,
)


def test_a_billing_profile_belongs_to_an_account_and_is_sent_in_its_lane() -> None:
    profile = BillingProfile(id="b", account_id="a", contact_id="c")
    assert ENTITIES["billing_profile"] is BillingProfile
    assert profile.ordering_key() == "a"
    assert profile.status is BillingProfileStatus.ACTIVE
    assert profile.references() == (
        Reference("account", "a", "account_id"),
        Reference("contact", "c", "contact_id"),
    )
    with pytest.raises(ValidationError, match="account_id"):
        BillingProfile.model_validate({"id": "b"})


def test_its_number_in_the_billing_system_is_a_strong_key() -> None:
    profile = BillingProfile(id="b", account_id="a", external_billing_account_number="B1-42", name="Main")
    assert profile.keys() == (
        Key("external_billing_account_number", "b1-42", strong=True),
        Key("name", "main", strong=False),
    )


def test_codes_are_canonical() -> None:
    profile = BillingProfile.model_validate(
        {
            "id": "b",
            "account_id": "a",
            "bill_type": "detail",
            "payment_method": "direct_debit",
            "collections_status": "entered",
        }
    )
    assert profile.bill_type is BillType.DETAIL
    assert profile.payment_method is PaymentMethod.DIRECT_DEBIT
    assert profile.collections_status is CollectionsStatus.ENTERED


@pytest.mark.parametrize("day", [0, 32, "1", 1.0, True])
def test_a_bill_cycle_day_is_a_day_of_a_month(day: object) -> None:
    with pytest.raises(ValidationError, match="bill_cycle_day"):
        BillingProfile.model_validate({"id": "b", "account_id": "a", "bill_cycle_day": day})


@pytest.mark.parametrize("field", ["payment_token", "bank_account_token"])
def test_card_data_exists_only_as_a_token(field: str) -> None:
    profile = BillingProfile.model_validate({"id": "b", "account_id": "a", field: "tok_31337"})
    assert "tok_31337" not in repr(profile)
    with pytest.raises(ValidationError, match="only the token of a payment provider") as refused:
        BillingProfile.model_validate({"id": "b", "account_id": "a", field: "4111-1111-1111-1111"})
    assert "4111" not in str(refused.value)
