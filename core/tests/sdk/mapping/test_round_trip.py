"""canonical → wire → canonical is the identity, up to declared losses."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from backhaul.entities import (
    Account,
    AccountStatus,
    AccountType,
    Address,
    AddressUsage,
    CreditProfile,
    CreditStatus,
    GeoPoint,
    Industry,
    Money,
)
from backhaul.sdk.json import Document
from backhaul.sdk.mapping import MapContext, WireSchema, difference

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=60)
NAMES = TEXT.filter(bool)
IDS = NAMES.map(str.strip).filter(bool)
DAYS = st.dates(min_value=date(1, 1, 1))
MONEY = st.builds(
    Money.of,
    st.decimals(min_value=-(10**9), max_value=10**9, places=3),
    st.sampled_from(["EUR", "JPY", "KWD", "XAU"]),
)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


POSITIONS = st.builds(
    GeoPoint,
    latitude=st.decimals(-90, 90, places=7),
    longitude=st.decimals(-180, 180, places=7),
)
ADDRESSES = st.builds(
    Address,
    part_id=IDS,
    usage=st.sampled_from(AddressUsage),
    line1=maybe(TEXT),
    city=maybe(TEXT),
    postal_code=maybe(TEXT),
    country=maybe(st.sampled_from(["DE", "GB"])),
    validated=st.booleans(),
    position=maybe(POSITIONS),
    valid_from=maybe(DAYS),
)
CREDIT = st.builds(
    CreditProfile,
    part_id=st.just("cp"),
    credit_limit=maybe(MONEY),
    credit_status=maybe(st.sampled_from(CreditStatus)),
    status_date=maybe(DAYS),
    last_update=maybe(
        st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
    ),
    credit_rating=maybe(TEXT),
)
ACCOUNTS = st.builds(
    Account,
    id=IDS,
    name=NAMES,
    status=st.sampled_from(AccountStatus),
    account_number=maybe(IDS),
    account_type=maybe(st.sampled_from(AccountType)),
    description=maybe(TEXT),
    currency=maybe(st.sampled_from(["EUR", "JPY"])),
    organizations=st.lists(IDS, max_size=3),
    competitor=st.booleans(),
    parent_account_id=maybe(st.just("a-0")),
    contact_ids=st.lists(st.sampled_from(["p-1", "p-2"]), unique=True),
    addresses=st.lists(ADDRESSES, max_size=4, unique_by=(lambda part: part.usage, lambda part: part.part_id)),
    industries=st.lists(st.builds(Industry, code=IDS), max_size=3, unique_by=lambda part: part.code),
    credit_profile=maybe(CREDIT),
    extensions=st.just({}) | st.builds(lambda tier: {"acme": {"tier": tier}, "other": {"x": 1}}, TEXT),
).filter(lambda account: account.id != "a-0")


@given(account=ACCOUNTS)
def test_what_is_rendered_parses_to_the_same_fields(
    schema: WireSchema[Account], context: MapContext, account: Account
) -> None:
    fields = schema.flatten(account, context)
    document = schema.render(fields, nulls=True)
    assert json.loads(json.dumps(document)) == document
    assert schema.parse(json.loads(json.dumps(document))).fields == fields
    assert schema.our_id(document) == account.id
    creation = schema.parse(schema.render(fields, nulls=False), partial=True).fields
    assert difference(fields, creation) == {}


@given(account=ACCOUNTS)
def test_what_is_applied_flattens_to_the_same_fields(
    schema: WireSchema[Account], context: MapContext, account: Account
) -> None:
    fields = schema.flatten(account, context)
    blank: Document = {"id": account.id, "name": "?"}
    made = Account.model_validate(schema.apply(blank, fields, context))
    assert schema.flatten(made, context) == fields
    assert schema.understood(fields, context) == fields


@given(account=ACCOUNTS)
def test_applying_its_own_fields_changes_a_record_only_by_declared_losses(
    schema: WireSchema[Account], context: MapContext, account: Account
) -> None:
    fields = schema.flatten(account, context)
    lossy = {loss.source.replace("[*]", "") for loss in schema.declared_losses}
    made = Account.model_validate(schema.apply(account.model_dump(mode="json"), fields, context))
    assert _without(made, lossy) == _without(account, lossy)


def _without(account: Account, lossy: set[str]) -> dict[str, Any]:
    """The canonical values of the mapped fields that are declared to come back as they were."""
    document = account.model_dump(mode="python")
    assert {"addresses.city", "credit_profile.last_update", "contact_ids", "name"} <= lossy
    for name in ("name", "contact_ids", "industries"):
        document.pop(name)
    if document["credit_profile"]:
        for name in ("last_update", "credit_limit", "credit_rating"):
            document["credit_profile"].pop(name)
    for address in document["addresses"]:
        for name in ("city", "position"):
            address.pop(name)
    return {**document, "industries": [one.code for one in account.industries]}


@given(account=ACCOUNTS, other=ACCOUNTS)
def test_a_difference_makes_one_record_show_what_the_other_does(
    schema: WireSchema[Account], context: MapContext, account: Account, other: Account
) -> None:
    other = other.changed(id=account.id)
    mine, theirs = schema.flatten(account, context), schema.flatten(other, context)
    changed = schema.apply(account.model_dump(mode="json"), difference(theirs, mine), context)
    assert difference(theirs, schema.flatten(Account.model_validate(changed), context)) == {}


@given(amount=st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_an_amount_is_exact_in_a_json_number(
    schema: WireSchema[Account], context: MapContext, amount: Decimal
) -> None:
    account = Account(id="1", name="A", credit_profile=CreditProfile(credit_limit=Money.of(amount, "EUR")))
    sent = json.loads(json.dumps(schema.dump(account)))
    back = Account.model_validate(schema.apply({"id": "1"}, schema.parse(sent).fields, context))
    assert back.credit_profile is not None
    assert back.credit_profile.credit_limit == Money.of(amount, "EUR")
