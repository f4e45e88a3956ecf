"""Postal addresses."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StrictBool

from backhaul.entities.country import CountryCode
from backhaul.entities.key import ADDRESS, Key
from backhaul.entities.model import Model
from backhaul.entities.moment import UtcDatetime
from backhaul.entities.money import Amount
from backhaul.entities.part import Part
from backhaul.entities.period import Dated
from backhaul.entities.text import Identifier, Text


class AddressUsage(StrEnum):
    """What an address is used for."""

    STANDARD = "standard"
    BILLING = "billing"
    SERVICE = "service"
    SHIPPING = "shipping"


Latitude = Annotated[Amount, Field(ge=Decimal(-90), le=Decimal(90))]
Longitude = Annotated[Amount, Field(ge=Decimal(-180), le=Decimal(180))]


class GeoPoint(Model):
    """A point on the ground, in decimal degrees (WGS 84)."""

    latitude: Latitude
    longitude: Longitude


class Address(Part, Dated):
    """A postal address of an account; `part_id` is its address id.

    A system states either `line1`..`line3` or street and house number; both may stand.
    Which address is the primary one is said once, by the account.
    """

    integration_id: Identifier | None = None
    usage: AddressUsage = AddressUsage.STANDARD
    line1: Text | None = None
    line2: Text | None = None
    line3: Text | None = None
    house_number: Text | None = None
    street: Text | None = None
    unit: Text | None = None
    suburb: Text | None = None
    city: Text | None = None
    county: Text | None = None
    state: Text | None = None
    postal_code: Text | None = None
    country: CountryCode | None = None
    validated: StrictBool = False
    validated_at: UtcDatetime | None = None
    position: GeoPoint | None = None

    def key(self) -> Key | None:
        """Return the search key city|state|street; None without a street (or first line)."""
        street = self.street or self.line1
        return ADDRESS.key(self.city, self.state, street) if street and street.strip() else None
