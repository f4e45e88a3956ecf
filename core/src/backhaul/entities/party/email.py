"""E-mail addresses of a contact."""

from __future__ import annotations

from enum import StrEnum

from pydantic import StrictBool

from backhaul.entities.key import EMAIL, Key
from backhaul.entities.part import Part
from backhaul.entities.text import Name


class EmailType(StrEnum):
    """What an e-mail address is used for."""

    PERSONAL = "personal"
    WORK = "work"
    BILLING = "billing"
    OTHER = "other"


class Email(Part):
    """An e-mail address as it was given; whether it can be delivered to is for the mail system to say."""

    address: Name
    type: EmailType = EmailType.OTHER
    preferred: StrictBool = False

    def key(self) -> Key | None:
        """Return the search key; None for nothing but white space."""
        return EMAIL.key(self.address)
