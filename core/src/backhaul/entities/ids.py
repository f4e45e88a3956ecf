"""Ids of other records, each marked with the entity it names."""

from __future__ import annotations

from typing import Annotated

from backhaul.entities.reference import RefersTo
from backhaul.entities.text import Identifier

AccountId = Annotated[Identifier, RefersTo("account")]
ContactId = Annotated[Identifier, RefersTo("contact")]
HouseholdId = Annotated[Identifier, RefersTo("household")]
BillingProfileId = Annotated[Identifier, RefersTo("billing_profile")]
