"""How an account is billed and pays."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pydantic import Field, StrictInt

from backhaul.entities.billing.payment_method import PaymentMethod
from backhaul.entities.card_number import Token
from backhaul.entities.currency import CurrencyCode
from backhaul.entities.ids import AccountId, ContactId
from backhaul.entities.key import NAME, Key, KeyKind
from backhaul.entities.money import Money
from backhaul.entities.record import Record
from backhaul.entities.text import Identifier, Text

EXTERNAL_BILLING_ACCOUNT_NUMBER = KeyKind("external_billing_account_number", strong=True)


class BillingProfileStatus(StrEnum):
    """The life cycle of a billing profile."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class BillType(StrEnum):
    """How much a bill shows."""

    SUMMARY = "summary"
    DETAIL = "detail"


class BillMedia(StrEnum):
    """How a bill is delivered."""

    PAPER = "paper"
    EMAIL = "email"
    ONLINE = "online"
    EDI = "edi"


class BillFrequency(StrEnum):
    """How often a bill is made."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    BIMONTHLY = "bimonthly"
    QUARTERLY = "quarterly"
    SEMIANNUAL = "semiannual"
    ANNUAL = "annual"


class CollectionsStatus(StrEnum):
    """Whether the billing system is collecting a debt; only that system changes it."""

    EXITED = "exited"
    ENTERED = "entered"


class BillingProfile(Record):
    """One bill of an account: where it goes, how often, and how it is paid (a billing system's bill unit).

    Card and bank data exist only as tokens.
    """

    entity: ClassVar[str] = "billing_profile"
    key_kinds: ClassVar[tuple[KeyKind, ...]] = (EXTERNAL_BILLING_ACCOUNT_NUMBER, NAME)

    status: BillingProfileStatus = BillingProfileStatus.ACTIVE
    account_id: AccountId
    name: Text | None = None
    external_billing_account_number: Identifier | None = None
    bill_type: BillType | None = None
    bill_media: BillMedia | None = None
    frequency: BillFrequency | None = None
    bill_cycle_day: StrictInt | None = Field(default=None, ge=1, le=31)
    payment_method: PaymentMethod | None = None
    payment_token: Token | None = Field(default=None, repr=False)
    bank_account_token: Token | None = Field(default=None, repr=False)
    payment_term: Identifier | None = None
    currency: CurrencyCode | None = None
    credit_limit: Money | None = None
    collections_status: CollectionsStatus | None = None
    contact_id: ContactId | None = None
    address_id: Identifier | None = None
    """The part_id of one of the account's addresses."""

    def ordering_key(self) -> str:
        """Return the account: its billing profiles are sent in its lane."""
        return self.account_id

    def own_keys(self) -> tuple[Key | None, ...]:
        """Return the number in the billing system (strong) and the name."""
        return (
            EXTERNAL_BILLING_ACCOUNT_NUMBER.key(self.external_billing_account_number),
            NAME.key(self.name),
        )
