"""How the system spells accounts, contacts and payments."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.rules.support.payment import Payment

from backhaul.entities import Account, Address, Contact
from backhaul.sdk.mapping import (
    Code,
    Elements,
    ExternalId,
    MoneyField,
    OurId,
    PartSchema,
    References,
    TheirId,
    WireSchema,
)
from backhaul.sdk.mapping import Text as WireText


class AddressSchema(PartSchema[Address]):
    usage = Code(
        path="usage",
        mapping={"standard": "std", "billing": "bill", "service": "site", "shipping": "ship"},
    )
    line1 = WireText(path="street")
    city = WireText(path="city")


class AccountSchema(WireSchema[Account]):
    """Declared normalisations: the segment in capitals, the alias cut at ten characters."""

    resource: ClassVar[str] = "account"

    their = TheirId(path="id")
    our = OurId(path="ourId")
    name = WireText(path="name", required=True, max_length=40)
    status = Code(
        path="status",
        mapping={
            "prospect": "PRO",
            "active": "ACT",
            "suspended": "SUS",
            "inactive": "INA",
            "closed": "CLO",
        },
    )
    account_number = WireText(path="number")
    description = WireText(path="description")
    location = WireText(path="location")
    segment = WireText(path="segment", case="upper")
    alias = WireText(path="alias", max_length=10, too_long="truncate")
    credit_limit = MoneyField(
        source="credit_profile.credit_limit", path="credit.limit", currency_path="credit.currency"
    )
    contact_ids = References(
        resource="contact", path="contacts[].id", unbound="omit", unknown="omit", complete=True
    )
    parent_account_id = ExternalId(resource="account", path="parent", unbound="omit", unknown="omit")
    addresses = Elements(AddressSchema, path="addresses", key="usage")


class ClosedAddressesSchema(AccountSchema):
    """A system that always states all addresses: one that is missing was removed there."""

    addresses = Elements(AddressSchema, path="addresses", key="usage", complete=True)


class PersonSchema(PartSchema[Contact]):
    id = WireText(path="ourId")
    last_name = WireText(path="lastName")
    first_name = WireText(path="firstName")


class EmbeddingSchema(WireSchema[Account]):
    """A system whose accounts carry their contacts."""

    resource: ClassVar[str] = "account"

    their = TheirId(path="id")
    our = OurId(path="ourId")
    name = WireText(path="name", required=True)
    people = Elements(PersonSchema, source="contact_ids->", path="people", key="id", direction="send")


class ContactSchema(WireSchema[Contact]):
    resource: ClassVar[str] = "contact"

    their = TheirId(path="id")
    our = OurId(path="ourId")
    last_name = WireText(path="lastName", required=True)
    first_name = WireText(path="firstName")
    job_title = WireText(path="jobTitle")
    person_uid = WireText(path="uid")
    primary_organization = WireText(path="organization")
    account_ids = References(resource="account", path="accounts[].id", unbound="omit", unknown="omit")


class PaymentSchema(WireSchema[Payment]):
    resource: ClassVar[str] = "payment"

    their = TheirId(path="id")
    our = OurId(path="ourId")
    account_id = ExternalId(resource="account", path="account", unbound="omit")
    billing_profile_id = WireText(path="profile")
    amount = MoneyField(path="amount.value", currency_path="amount.currency")
    note = WireText(path="note")


SCHEMAS: dict[str, type[WireSchema[Any]]] = {
    "account": AccountSchema,
    "contact": ContactSchema,
    "payment": PaymentSchema,
}
