"""Telephone numbers of a contact."""

from __future__ import annotations

from enum import StrEnum

from pydantic import StrictBool

from backhaul.entities.country import CountryCode
from backhaul.entities.key import PHONE, Key
from backhaul.entities.part import Part
from backhaul.entities.text import Name, Text


class PhoneType(StrEnum):
    """Where a telephone number rings."""

    HOME = "home"
    WORK = "work"
    MOBILE = "mobile"
    FAX = "fax"
    OTHER = "other"


class Phone(Part):
    """A telephone number as it was given; a system that wants a format maps it."""

    number: Name
    type: PhoneType = PhoneType.OTHER
    extension: Text | None = None
    country: CountryCode | None = None
    preferred: StrictBool = False

    def key(self) -> Key | None:
        """Return the search key: the digits, without the extension; None without a digit."""
        return PHONE.key(self.number)
