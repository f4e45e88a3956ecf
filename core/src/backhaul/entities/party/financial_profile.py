"""What a finance department needs to know of a customer."""

from __future__ import annotations

from pydantic import Field

from backhaul.entities.card_number import Token
from backhaul.entities.country import CountryCode
from backhaul.entities.part import Part
from backhaul.entities.period import Dated
from backhaul.entities.text import Identifier, Name, Text


class BankAccount(Part):
    """A bank account, by the token that stands for it; its number is held elsewhere."""

    account_name: Text | None = None
    account_token: Token = Field(repr=False)
    bank: Text | None = None
    branch: Text | None = None


class FinancialProfile(Part):
    """Legal and tax identity of an account, and the bank account it pays from."""

    legal_entity: Text | None = None
    corporate_number: Identifier | None = None
    tax_profile_code: Identifier | None = None
    tax_id: Identifier | None = Field(default=None, repr=False)
    bank: BankAccount | None = None


class TaxExemption(Part, Dated):
    """A tax the account need not pay, and the certificate that says so."""

    tax_type: Name
    certificate_number: Identifier | None = None
    country: CountryCode | None = None
    reason: Text | None = None
