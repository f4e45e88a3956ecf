"""Every record type there is, by entity name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from backhaul.entities.billing.billing_profile import BillingProfile
from backhaul.entities.party.account import Account
from backhaul.entities.party.contact import Contact
from backhaul.entities.record import Record

_RECORDS: tuple[type[Record], ...] = (Account, Contact, BillingProfile)

ENTITIES: Mapping[str, type[Record]] = MappingProxyType({record.entity: record for record in _RECORDS})
"""Entity name to record type; immutable."""
