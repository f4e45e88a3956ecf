"""Accounts in an export."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from backhaul.entities import (
    Account,
    AccountClass,
    AccountStatus,
    AccountType,
    Address,
    CreditProfile,
    Money,
    RiskClass,
    minor_unit,
    plain_amount,
)
from backhaul.processes.importing import cells
from backhaul.processes.importing.layout import Column, Layout
from backhaul.sdk.errors import MappingError

_PLAIN = (
    "account_number", "name", "account_type", "account_class", "status", "alias", "description", "segment",
    "currency", "locale", "parent_account_id", "primary_contact_id",
)  # fmt: skip
_ADDRESS = ("house_number", "street", "city", "state", "postal_code", "country")
_CREDIT = ("credit_score", "risk_class")


def _money(amount: Decimal | None, currency: str | None, column: str) -> Money | None:
    if amount is None:
        return None
    if currency is None:
        raise MappingError("is empty; an amount needs its currency", path="currency")
    decimals = minor_unit(currency)
    given = len(plain_amount(amount).partition(".")[2])
    if decimals is not None and given > decimals:
        message = f"{plain_amount(amount)} has {given} decimals, but {currency} has {decimals}"
        raise MappingError(message, path=column)
    return Money(amount=amount, currency=currency)


def _address(values: Mapping[str, Any], account: str) -> Address | None:
    stated = {name: values[name] for name in _ADDRESS if values[name] is not None}
    if not stated:
        if values["address_valid_from"]:
            raise MappingError("is given, but there is no address", path="address_valid_from")
        return None
    return Address(part_id=f"{account}-address", valid_from=values["address_valid_from"], **stated)


def _credit(values: Mapping[str, Any], account: str) -> CreditProfile | None:
    stated = {name: values[name] for name in _CREDIT}
    stated["credit_limit"] = _money(values["credit_limit"], values["currency"], "credit_limit")
    stated["status_date"] = values["credit_status_date"]
    if all(value is None for value in stated.values()):
        return None
    return CreditProfile(part_id=f"{account}-credit", **stated)


def _account(values: Mapping[str, Any]) -> Account:
    account = values["account_id"]
    if values["parent_account_id"] == account:
        raise MappingError("is the account itself; leave it empty at the top", path="parent_account_id")
    address = _address(values, account)
    return Account(
        id=account,
        contact_ids=values["contact_ids"] or [],
        addresses=[address] if address else [],
        primary_address_id=address.part_id if address else None,
        credit_profile=_credit(values, account),
        **{name: values[name] for name in _PLAIN},
    )


ACCOUNTS: Final = Layout(
    "account",
    (
        Column("account_id", "id of the account in the export", cells.identifier, required=True),
        Column("account_number", "number on the customer's bills, issued once", cells.identifier),
        Column("name", "name of the customer", cells.text, required=True),
        Column("account_type", "residential or business", cells.code(AccountType)),
        Column("account_class", "customer, billing or service", cells.code(AccountClass)),
        Column("status", "life cycle of the account", cells.code(AccountStatus), required=True),
        Column("alias", "another name", cells.text),
        Column("description", "free text, several lines", cells.text),
        Column("segment", "code of the market segment", cells.identifier),
        Column("currency", "ISO 4217 code, also of the credit limit", cells.currency),
        Column("locale", "language and region, such as de-DE", cells.identifier),
        Column("credit_limit", "amount with no more decimals than the currency has", cells.amount),
        Column("credit_score", "whole number", cells.whole_number),
        Column("risk_class", "low, medium or high", cells.code(RiskClass)),
        Column("credit_status_date", "day, ISO 8601", cells.day),
        Column("parent_account_id", "account_id of the account above", cells.identifier),
        Column("contact_ids", "contact_id of its people, semicolons between", cells.identifiers),
        Column("primary_contact_id", "contact_id of the person to ask first", cells.identifier),
        Column("house_number", "of the address", cells.text),
        Column("street", "of the address", cells.text),
        Column("city", "of the address", cells.text),
        Column("state", "of the address", cells.text),
        Column("postal_code", "of the address", cells.text),
        Column("country", "ISO 3166-1 alpha-2 code", cells.country),
        Column("address_valid_from", "day, ISO 8601", cells.day),
    ),
    _account,
)
"""The columns of accounts.csv."""
