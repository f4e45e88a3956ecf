"""Exact decimals on the wire."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, Final, Literal, TypeAlias

from marshmallow import ValidationError

from backhaul.sdk.json import Json
from backhaul.sdk.mapping.wire_step import kind_of

#: A JSON number, or its digits as text.
NumberForm: TypeAlias = Literal["number", "text"]

_PLAIN: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_CONTEXT: Final = Context(prec=60)


def decimal_of(value: Any) -> Decimal:
    """Return a number of the wire exactly as it was written. Raises marshmallow.ValidationError otherwise."""
    if isinstance(value, str):
        if _PLAIN.fullmatch(value.strip()):
            return Decimal(value.strip())
        raise ValidationError("expected a plain decimal number, found other text")
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValidationError(f"expected a number, found {kind_of(value)}")
    # The shortest text of a float is what the sender wrote, up to 15 digits.
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise ValidationError("expected a finite number")
    return number


def in_form(number: Decimal, form: NumberForm) -> Json:
    """Return the number in this form. Raises marshmallow.ValidationError where it would lose digits."""
    if form == "text":
        return format(number, "f")
    if number == number.to_integral_value(context=_CONTEXT):
        return int(number)
    as_float = float(number)
    if Decimal(repr(as_float)) != number:
        raise ValidationError("it has more digits than a JSON number carries exactly; send it as text")
    return as_float


def shortest(number: Decimal) -> Decimal:
    """Return the number without zeros at the end of its decimals, so that equal numbers look equal."""
    reduced = number.normalize(_CONTEXT)
    exponent = reduced.as_tuple().exponent
    return (
        reduced.quantize(Decimal(1), context=_CONTEXT)
        if isinstance(exponent, int) and exponent > 0
        else reduced
    )


def scaled(number: Decimal, decimals: int, *, rounds: bool) -> Decimal:
    """Return it with so many decimals. Raises marshmallow.ValidationError unless it may be rounded."""
    fitted = number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP, context=_CONTEXT)
    if fitted != number and not rounds:
        raise ValidationError(f"it has more than {decimals} decimals; round it, or let the field round")
    return fitted or abs(fitted)
