"""What is exchanged: the canonical records, their parts, and the values they are made of. No I/O."""

from __future__ import annotations

from backhaul.entities.billing.billing_profile import (
    BillFrequency,
    BillingProfile,
    BillingProfileStatus,
    BillMedia,
    BillType,
    CollectionsStatus,
)
from backhaul.entities.billing.payment_method import PaymentMethod
from backhaul.entities.card_number import Token, card_numbers
from backhaul.entities.catalogue import ENTITIES
from backhaul.entities.country import CountryCode
from backhaul.entities.currency import MINOR_UNITS, CurrencyCode, known_currency, minor_unit
from backhaul.entities.errors import SchemaVersionError
from backhaul.entities.extension import Extensions
from backhaul.entities.ids import AccountId, BillingProfileId, ContactId, HouseholdId
from backhaul.entities.key import Key, KeyKind
from backhaul.entities.model import Model
from backhaul.entities.moment import CalendarDate, UtcDatetime, as_utc
from backhaul.entities.money import Amount, Money, exact_amount, plain_amount
from backhaul.entities.part import Part, new_id
from backhaul.entities.part_list import PartList
from backhaul.entities.party.account import (
    Account,
    AccountClass,
    AccountStatus,
    AccountType,
    Industry,
    SalesTeamMember,
)
from backhaul.entities.party.address import Address, AddressUsage, GeoPoint, Latitude, Longitude
from backhaul.entities.party.contact import Channel, Consent, Contact, ContactStatus, ContactType, Gender
from backhaul.entities.party.credit_profile import CreditProfile, CreditStatus, RiskClass
from backhaul.entities.party.email import Email, EmailType
from backhaul.entities.party.financial_profile import BankAccount, FinancialProfile, TaxExemption
from backhaul.entities.party.phone import Phone, PhoneType
from backhaul.entities.period import Dated
from backhaul.entities.record import Record, Upcaster
from backhaul.entities.reference import Reference, RefersTo
from backhaul.entities.text import Identifier, Name, Text, clean_text

__all__ = [
    "ENTITIES",
    "MINOR_UNITS",
    "Account",
    "AccountClass",
    "AccountId",
    "AccountStatus",
    "AccountType",
    "Address",
    "AddressUsage",
    "Amount",
    "BankAccount",
    "BillFrequency",
    "BillMedia",
    "BillType",
    "BillingProfile",
    "BillingProfileId",
    "BillingProfileStatus",
    "CalendarDate",
    "Channel",
    "CollectionsStatus",
    "Consent",
    "Contact",
    "ContactId",
    "ContactStatus",
    "ContactType",
    "CountryCode",
    "CreditProfile",
    "CreditStatus",
    "CurrencyCode",
    "Dated",
    "Email",
    "EmailType",
    "Extensions",
    "FinancialProfile",
    "Gender",
    "GeoPoint",
    "HouseholdId",
    "Identifier",
    "Industry",
    "Key",
    "KeyKind",
    "Latitude",
    "Longitude",
    "Model",
    "Money",
    "Name",
    "Part",
    "PartList",
    "PaymentMethod",
    "Phone",
    "PhoneType",
    "Record",
    "Reference",
    "RefersTo",
    "RiskClass",
    "SalesTeamMember",
    "SchemaVersionError",
    "TaxExemption",
    "Text",
    "Token",
    "Upcaster",
    "UtcDatetime",
    "as_utc",
    "card_numbers",
    "clean_text",
    "exact_amount",
    "known_currency",
    "minor_unit",
    "new_id",
    "plain_amount",
]
