"""A payment to be captured at a billing system: the record behind a command."""

from __future__ import annotations

from typing import ClassVar

from backhaul.entities import AccountId, Identifier, Money, Record, Text


class Payment(Record):
    """What a command does once: ordered by billing profile, frozen when it was asked for."""

    entity: ClassVar[str] = "payment"

    account_id: AccountId
    billing_profile_id: Identifier
    amount: Money
    note: Text | None = None

    def ordering_key(self) -> str:
        """Return the billing profile: commands of one profile keep their order."""
        return self.billing_profile_id
