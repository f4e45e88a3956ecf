"""Customers, and the accounts that serve them or are billed for them."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import Field, StrictBool, model_validator

from backhaul.entities.currency import CurrencyCode
from backhaul.entities.ids import AccountId, ContactId
from backhaul.entities.key import ADDRESS, NAME, Key, KeyKind
from backhaul.entities.moment import CalendarDate
from backhaul.entities.money import Money
from backhaul.entities.part import Part
from backhaul.entities.part_list import PartList
from backhaul.entities.party.address import Address
from backhaul.entities.party.credit_profile import CreditProfile
from backhaul.entities.party.financial_profile import FinancialProfile, TaxExemption
from backhaul.entities.record import Record
from backhaul.entities.text import Identifier, Name, Text

ACCOUNT_NUMBER = KeyKind("account_number", strong=True)
SITE = KeyKind("site")
"""A composite of location, name and primary organization: unique as a rule, but not issued."""
DUNS = KeyKind("duns_number")
CSN = KeyKind("csn")


class AccountType(StrEnum):
    """Who the customer is."""

    RESIDENTIAL = "residential"
    BUSINESS = "business"


class AccountClass(StrEnum):
    """What the account is for."""

    CUSTOMER = "customer"
    BILLING = "billing"
    SERVICE = "service"


class AccountStatus(StrEnum):
    """The life cycle of an account."""

    PROSPECT = "prospect"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    INACTIVE = "inactive"
    CLOSED = "closed"


class Industry(Part):
    """A branch of industry the account works in, by its SIC code."""

    code: Identifier
    name: Text | None = None


class SalesTeamMember(Part):
    """Somebody who looks after the account in sales."""

    login: Identifier
    role: Text | None = None
    primary: StrictBool = False


class Account(Record):
    """A customer, billing or service account.

    Accounts form a tree by `parent_account_id`. Contacts are records of their own; addresses are parts.
    """

    entity: ClassVar[str] = "account"
    key_kinds: ClassVar[tuple[KeyKind, ...]] = (ACCOUNT_NUMBER, NAME, SITE, ADDRESS, DUNS, CSN)

    status: AccountStatus = AccountStatus.ACTIVE
    name: Name
    account_number: Identifier | None = None
    account_type: AccountType | None = None
    account_class: AccountClass | None = None
    alias: Text | None = None
    location: Text | None = None
    description: Text | None = None
    primary_organization: Identifier | None = None
    organizations: list[Identifier] = Field(default_factory=list)
    currency: CurrencyCode | None = None
    locale: Identifier | None = None
    segment: Identifier | None = None
    csn: Identifier | None = None
    duns_number: Identifier | None = None
    domestic_ultimate_duns: Identifier | None = None
    global_ultimate_duns: Identifier | None = None
    competitor: StrictBool = False

    parent_account_id: AccountId | None = None
    bill_to_account_id: AccountId | None = None
    ship_to_account_id: AccountId | None = None
    sold_to_account_id: AccountId | None = None
    payer_account_id: AccountId | None = None
    contact_ids: list[ContactId] = Field(default_factory=list)
    primary_contact_id: ContactId | None = None

    addresses: PartList[Address] = Field(default_factory=list)
    primary_address_id: Identifier | None = None
    industries: PartList[Industry] = Field(default_factory=list)
    sales_team: PartList[SalesTeamMember] = Field(default_factory=list)
    tax_exemptions: PartList[TaxExemption] = Field(default_factory=list)
    financial_profile: FinancialProfile | None = None
    credit_profile: CreditProfile | None = None
    credit_auto_approval_limit: Money | None = None
    credit_status_date: CalendarDate | None = None

    @model_validator(mode="after")
    def _primary_address_exists(self) -> Self:
        if self.primary_address_id and self.primary_address() is None:
            msg = "primary_address_id names none of the addresses; give the part_id of one of them"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _not_its_own_parent(self) -> Self:
        if self.parent_account_id == self.id:
            msg = "parent_account_id is the account's own id; leave it empty at the top of the tree"
            raise ValueError(msg)
        return self

    @classmethod
    def consistent(cls, document: dict[str, Any]) -> dict[str, Any]:
        """Return the document without a primary address that the merge has removed."""
        parts = {address.get("part_id") for address in document.get("addresses") or ()}
        if document.get("primary_address_id") in parts:
            return document
        return {**document, "primary_address_id": None}

    def primary_address(self) -> Address | None:
        """Return the address that `primary_address_id` names; None when it is empty."""
        return next((part for part in self.addresses if part.part_id == self.primary_address_id), None)

    def own_keys(self) -> tuple[Key | None, ...]:
        """Return account number (strong), names, D-U-N-S number, CSN and addresses."""
        return (
            ACCOUNT_NUMBER.key(self.account_number),
            NAME.key(self.name),
            NAME.key(self.alias),
            SITE.key(self.location, self.name, self.primary_organization) if self.location else None,
            DUNS.key(self.duns_number),
            CSN.key(self.csn),
            *(address.key() for address in self.addresses),
        )
