"""Amounts of money."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Annotated, Self

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from backhaul.entities.currency import CurrencyCode, minor_unit
from backhaul.entities.model import Model

_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_WHOLE_DIGITS = 20
_DECIMALS = 18
# Wide enough for every accepted amount, so that rounding never depends on the thread's context.
_CONTEXT = Context(prec=_WHOLE_DIGITS + _DECIMALS + 2)


def _given(value: object) -> Decimal:
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return Decimal(value)
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    found = f"a {type(value).__name__}" if not isinstance(value, str) else "other text"
    msg = f'an amount is a decimal number given as text, such as "12.50" (or Decimal, int); found {found}'
    raise ValueError(msg)


def exact_amount(value: object) -> Decimal:
    """Return the amount as an exact decimal without exponent.

    Raises ValueError for a float (it has lost the amount already), for text that is not a plain decimal
    number, for what is not finite, and beyond 20 whole digits or 18 decimals.
    """
    amount = _given(value)
    if not amount.is_finite():
        msg = "an amount is a finite number"
        raise ValueError(msg)
    exponent = amount.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) else 0
    if decimals > _DECIMALS or amount.adjusted() >= _WHOLE_DIGITS:
        msg = f"an amount has at most {_WHOLE_DIGITS} whole digits and {_DECIMALS} decimals"
        raise ValueError(msg)
    if decimals < 0:
        amount = amount.quantize(Decimal(1), context=_CONTEXT)
    return amount.copy_abs() if amount.is_zero() else amount


def plain_amount(amount: Decimal) -> str:
    """Return the amount as plain digits, never with an exponent."""
    return format(amount, "f")


Amount = Annotated[
    Decimal,
    BeforeValidator(exact_amount),
    PlainSerializer(plain_amount, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}),
]
"""An exact decimal number; in JSON text."""


class Money(Model):
    """An exact amount in an ISO 4217 currency. The decimals given are kept until `quantised` is called."""

    amount: Amount
    currency: CurrencyCode

    @classmethod
    def of(cls, amount: Decimal | int | str, currency: str) -> Self:
        """Return this amount in this currency. Raises pydantic.ValidationError; a float is refused."""
        return cls.model_validate({"amount": amount, "currency": currency})

    def quantised(self, rounding: str = ROUND_HALF_UP) -> Self:
        """Return the amount rounded to the minor unit of its currency (JPY 0, EUR 2, KWD 3).

        Unchanged where ISO 4217 states no minor unit (XAU, XDR).
        """
        decimals = minor_unit(self.currency)
        if decimals is None:
            return self
        step = Decimal(1).scaleb(-decimals)
        return self.changed(amount=self.amount.quantize(step, rounding=rounding, context=_CONTEXT))
