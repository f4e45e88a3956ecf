"""A customer as a TM Forum system spells it, and an account to spell."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import ClassVar

import pytest

from backhaul.entities import (
    Account,
    AccountStatus,
    AccountType,
    Address,
    AddressUsage,
    CreditProfile,
    CreditStatus,
    Industry,
    Money,
)
from backhaul.sdk.mapping import (
    Boolean,
    Code,
    Constant,
    Date,
    Elements,
    ExternalId,
    MapContext,
    Moment,
    MoneyField,
    Number,
    OurId,
    PartSchema,
    References,
    Text,
    TextList,
    TheirId,
    ValueMap,
    WireSchema,
)


class AddressSchema(PartSchema[Address]):
    usage = Code(
        path="characteristic.contactType",
        mapping={"standard": "home", "billing": "bill", "service": "site", "shipping": "delivery"},
    )
    line1 = Text(path="characteristic.street1")
    city = Text(path="characteristic.city", case="upper")
    postal_code = Text(path="characteristic.postCode")
    country = Text(path="characteristic.country")
    validated = Boolean(path="characteristic.validated", true="Y", false="N")
    latitude = Number(source="position.latitude", path="characteristic.lat", decimals=5, rounds=True)
    longitude = Number(source="position.longitude", path="characteristic.lon", decimals=5, rounds=True)
    valid_from = Date(path="validFor.startDateTime", format="%Y-%m-%dT00:00:00Z")


class IndustrySchema(PartSchema[Industry]):
    code = Text(path="id")


class CustomerSchema(WireSchema[Account]):
    resource: ClassVar[str] = "customer"

    kind = Constant("Customer", path="@type")
    channel = Constant("crm", path="channel", create_only=True)
    external = TheirId(path="id")
    id = OurId(path="characteristic[name=ourId].value")
    name = Text(path="name", also=("engagedParty.name",), required=True, max_length=40, too_long="truncate")
    account_number = Text(path="accountNumber")
    status = Code(path="status", value_map="account_status", mapping={s: s.title() for s in AccountStatus})
    account_type = Code(AccountType, path="customerType")
    description = Text(path="description", max_length=200)
    currency = Text(path="currency")
    organizations = TextList(path="organizations")
    competitor = Boolean(path="isCompetitor")
    limit = MoneyField(
        source="credit_profile.credit_limit",
        path="creditProfile[0].limit.value",
        currency_path="creditProfile[0].limit.unit",
        rounds=True,
    )
    credit_status = Code(source="credit_profile.credit_status", path="creditProfile[0].status")
    credit_date = Date(source="credit_profile.status_date", path="creditProfile[0].date", format="%d.%m.%Y")
    credit_update = Moment(
        source="credit_profile.last_update",
        path="creditProfile[0].updated",
        format="%Y%m%d%H%M%S",
        zone="Europe/Berlin",
    )
    credit_rating = Text(source="credit_profile.credit_rating", path="creditProfile[0].rating", cleared="")
    parent_account_id = ExternalId(path="parent.id", resource="customer")
    contact_ids = References(path="relatedParty[role=contact].id", resource="individual", unbound="omit")
    addresses = Elements(AddressSchema, path="contactMedium[mediumType=postalAddress]", key="usage")
    industries = Elements(IndustrySchema, path="industry", key="code", complete=True)
    tier = Text(source="extensions.acme.tier", path="tier")


@pytest.fixture(scope="session")
def schema() -> WireSchema[Account]:
    return CustomerSchema()


@pytest.fixture(scope="session")
def context() -> MapContext:
    return MapContext(
        "assurance",
        value_maps={"account_status": ValueMap("account_status", {"active": "In Service"})},
        external_ids={("customer", "account", "a-0"): "C-0", ("individual", "contact", "p-1"): "I-1"},
        internal_ids={("customer", "C-0"): ("account", "a-0"), ("individual", "I-1"): ("contact", "p-1")},
    )


@pytest.fixture(scope="session")
def account() -> Account:
    return Account(
        id="a-1",
        name="Ada Lovelace",
        status=AccountStatus.ACTIVE,
        account_type=AccountType.RESIDENTIAL,
        currency="EUR",
        parent_account_id="a-0",
        contact_ids=["p-1", "p-2"],
        credit_profile=CreditProfile(
            part_id="cp",
            credit_limit=Money.of("1000.50", "EUR"),
            credit_status=CreditStatus.APPROVED,
            status_date=date(2030, 1, 31),
            last_update=datetime(2030, 7, 1, 10, 30, 5, tzinfo=UTC),
        ),
        addresses=[
            Address(
                part_id="ad-1", usage=AddressUsage.BILLING, line1="1 High St", city="LONDON", country="GB"
            ),
            Address(
                part_id="ad-2", usage=AddressUsage.SERVICE, line1="2 Low St", city="LEEDS", validated=True
            ),
        ],
        industries=[Industry(part_id="in-1", code="4813")],
        extensions={"acme": {"tier": "gold"}},
    )
