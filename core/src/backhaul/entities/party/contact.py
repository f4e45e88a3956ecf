"""People."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pydantic import Field, StrictBool

from backhaul.entities.ids import AccountId, HouseholdId
from backhaul.entities.key import EMAIL, NAME, PHONE, Key, KeyKind, exact
from backhaul.entities.moment import CalendarDate, UtcDatetime
from backhaul.entities.part import Part
from backhaul.entities.part_list import PartList
from backhaul.entities.party.email import Email
from backhaul.entities.party.phone import Phone
from backhaul.entities.record import Record
from backhaul.entities.text import Identifier, Name, Text

PERSON_UID = KeyKind("person_uid", strong=True, normalise=exact)
"""A composite of primary organization and person uid: the uid is issued within that organization."""
FULL_NAME = KeyKind("full_name")
"""A composite of first, last and middle name."""


class ContactStatus(StrEnum):
    """The life cycle of a contact."""

    PROSPECT = "prospect"
    ACTIVE = "active"
    INACTIVE = "inactive"
    DECEASED = "deceased"


class ContactType(StrEnum):
    """The part a person plays for the accounts that name them."""

    ACCOUNT_HOLDER = "account_holder"
    BILLING = "billing"
    TECHNICAL = "technical"
    LEGAL = "legal"
    OTHER = "other"


class Gender(StrEnum):
    """The gender a person states."""

    FEMALE = "female"
    MALE = "male"
    DIVERSE = "diverse"
    NOT_STATED = "not_stated"


class Channel(StrEnum):
    """A way to reach a person."""

    PHONE = "phone"
    EMAIL = "email"
    SMS = "sms"
    POST = "post"
    ONLINE = "online"


class Consent(Part):
    """What a person agreed to, or refused: a purpose, over one channel or (empty) over all."""

    purpose: Name
    granted: StrictBool
    channel: Channel | None = None
    decided_at: UtcDatetime | None = None


class Contact(Record):
    """A person, whom any number of accounts may name."""

    entity: ClassVar[str] = "contact"
    key_kinds: ClassVar[tuple[KeyKind, ...]] = (PERSON_UID, FULL_NAME, NAME, PHONE, EMAIL)

    status: ContactStatus = ContactStatus.ACTIVE
    last_name: Name
    first_name: Text | None = None
    middle_name: Text | None = None
    salutation: Text | None = None
    title: Text | None = None
    person_uid: Identifier | None = None
    primary_organization: Identifier | None = None
    job_title: Text | None = None
    emails: PartList[Email] = Field(default_factory=list)
    phones: PartList[Phone] = Field(default_factory=list)
    birth_date: CalendarDate | None = None
    gender: Gender | None = None
    contact_type: ContactType | None = None
    preferred_channel: Channel | None = None
    consents: PartList[Consent] = Field(default_factory=list)
    account_ids: list[AccountId] = Field(default_factory=list)
    household_id: HouseholdId | None = None

    def ordering_key(self) -> str:
        """Return the account, where the contact belongs to exactly one; else the contact's own id."""
        accounts = set(self.account_ids)
        return accounts.pop() if len(accounts) == 1 else self.id

    def own_keys(self) -> tuple[Key | None, ...]:
        """Return person uid (strong, only with its organization), names, phones and e-mail addresses."""
        issued = self.person_uid and self.primary_organization
        return (
            PERSON_UID.key(self.primary_organization, self.person_uid) if issued else None,
            FULL_NAME.key(self.first_name, self.last_name, self.middle_name),
            NAME.key(f"{self.first_name or ''} {self.last_name}"),
            NAME.key(self.last_name),
            *(phone.key() for phone in self.phones),
            *(email.key() for email in self.emails),
        )
