from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import strategies as st

from backhaul.entities import (
    Account,
    AccountClass,
    AccountStatus,
    AccountType,
    Address,
    AddressUsage,
    Channel,
    Contact,
    ContactStatus,
    ContactType,
    CreditProfile,
    Email,
    EmailType,
    Gender,
    Money,
    Phone,
    PhoneType,
    RiskClass,
)

FILES = {
    "Customer": "official-TMF629-Customer-v4.0.0.swagger.json",
    "Individual": "official-TMF632-Party-v4.0.0.swagger.json",
    "Organization": "official-TMF632-Party-v4.0.0.swagger.json",
}

texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\x7f"), min_size=1, max_size=40
)
names = texts
identifiers = texts.map(str.strip).filter(bool)
days = st.dates(date(1900, 1, 1), date(2100, 1, 1))


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


amounts = st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False).map(
    lambda amount: Money.of(amount, "EUR")
)
addresses = st.builds(
    Address,
    usage=st.sampled_from(AddressUsage),
    street=maybe(texts),
    house_number=maybe(texts),
    line1=maybe(texts),
    line2=maybe(texts),
    # An address without any content reads back as its key alone.
    city=texts,
    state=maybe(texts),
    postal_code=maybe(st.text("0123456789", min_size=4, max_size=8)),
    country=st.sampled_from([None, "GB", "DE"]),
    valid_from=maybe(days),
)
credit_profiles = st.builds(
    CreditProfile,
    credit_score=maybe(st.integers(0, 999)),
    risk_class=maybe(st.sampled_from(RiskClass)),
    last_check_date=maybe(days),
    status_date=maybe(days),
    credit_limit=maybe(amounts),
)
accounts = st.builds(
    Account,
    id=st.just("A-1"),
    name=names,
    status=st.sampled_from(AccountStatus),
    account_number=maybe(identifiers),
    account_type=maybe(st.sampled_from(AccountType)),
    account_class=maybe(st.sampled_from(AccountClass)),
    alias=maybe(texts),
    description=maybe(texts),
    location=maybe(texts),
    currency=st.sampled_from([None, "EUR", "JPY"]),
    locale=st.sampled_from([None, "en-IE"]),
    segment=maybe(identifiers),
    csn=maybe(identifiers),
    duns_number=st.sampled_from([None, "150483782"]),
    primary_contact_id=st.sampled_from([None, "C-1", "C-2"]),
    contact_ids=st.lists(st.sampled_from(["C-1", "C-2"]), unique=True),
    parent_account_id=st.sampled_from([None, "A-0", "A-unbound"]),
    addresses=st.lists(addresses, max_size=3, unique_by=lambda address: address.usage),
    credit_profile=maybe(credit_profiles),
    credit_status_date=maybe(days),
)
emails = st.builds(Email, address=texts, type=st.sampled_from(EmailType), preferred=st.booleans())
phones = st.builds(Phone, number=texts, type=st.sampled_from(PhoneType), preferred=st.booleans())
contacts = st.builds(
    Contact,
    id=st.just("C-1"),
    first_name=names,
    last_name=names,
    middle_name=maybe(texts),
    title=maybe(texts),
    salutation=maybe(texts),
    job_title=maybe(texts),
    status=st.sampled_from(ContactStatus),
    gender=maybe(st.sampled_from(Gender)),
    birth_date=maybe(days),
    contact_type=maybe(st.sampled_from(ContactType)),
    preferred_channel=maybe(st.sampled_from(Channel)),
    person_uid=maybe(identifiers),
    emails=st.lists(emails, max_size=3, unique_by=lambda email: email.type),
    phones=st.lists(phones, max_size=3, unique_by=lambda phone: phone.type),
)


@pytest.fixture(scope="session")
def records() -> dict[str, st.SearchStrategy[Any]]:
    return {"account": accounts, "contact": contacts}


def closed(definition: dict[str, Any]) -> dict[str, Any]:
    """The definition with every object closed: without that a misspelt property is valid."""
    found: dict[str, Any] = {
        name: closed(value)
        if isinstance(value, dict)
        else [closed(one) if isinstance(one, dict) else one for one in value]
        if isinstance(value, list)
        else value
        for name, value in definition.items()
    }
    if isinstance(definition.get("properties"), dict) and "$ref" not in definition:
        found["additionalProperties"] = False
    return found


@pytest.fixture(scope="session")
def official(tmf_documents: Path) -> Callable[[str, Any], None]:
    """Checks a document against an official definition, every object closed."""
    made: dict[str, jsonschema_rs.Draft4Validator] = {}

    def check(name: str, document: Any) -> None:
        if name not in made:
            text = (tmf_documents / FILES[name.partition("_")[0]]).read_text(encoding="utf-8")
            schema = {"definitions": closed(json.loads(text)["definitions"]), "$ref": f"#/definitions/{name}"}
            made[name] = jsonschema_rs.Draft4Validator(schema, validate_formats=True)
        made[name].validate(document)

    return check
