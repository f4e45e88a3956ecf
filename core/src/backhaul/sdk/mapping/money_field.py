"""Money on the wire."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Literal, Unpack

from marshmallow import ValidationError

from backhaul.entities import Money, minor_unit
from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.json import Json
from backhaul.sdk.mapping.context import Inward, MapContext, Outward
from backhaul.sdk.mapping.decimal_form import NumberForm, decimal_of, in_form, scaled, shortest
from backhaul.sdk.mapping.field import FieldOptions, WireField
from backhaul.sdk.mapping.missing import MissingType
from backhaul.sdk.mapping.source import Source
from backhaul.sdk.mapping.text_field import expected_text
from backhaul.sdk.mapping.wire_path import WirePath
from backhaul.sdk.mapping.wiring import Wiring


class MoneyField(WireField):
    """An amount and its currency, merged as one value.

    The currency stands at `currency_path`, or it is always `currency`, or it is that of the record, in the
    canonical field `currency_source`: exactly one of the three. An amount has the decimals of its currency's
    minor unit (`unit="minor"` counts those: cents); more are an error, or with `rounds` a declared loss.
    """

    wire_type: ClassVar[str] = "amount"

    def __init__(
        self,
        *,
        currency_path: str | None = None,
        currency: str | None = None,
        currency_source: str | None = None,
        form: NumberForm = "number",
        unit: Literal["major", "minor"] = "major",
        rounds: bool = False,
        **options: Unpack[FieldOptions],
    ) -> None:
        super().__init__(**options)
        stated = [given for given in (currency_path, currency, currency_source) if given is not None]
        if len(stated) != 1:
            raise ConfigurationError(
                f"money at {self.path}: state where its currency comes from, once.",
                hint="Give currency_path, currency or currency_source.",
            )
        self.currency_path = currency_path
        self.currency = currency
        self.currency_source = currency_source
        self.form = form
        self.minor = unit == "minor"
        self.rounds = rounds
        self.record_currency: Source | None = None

    @property
    def dependent(self) -> bool:
        """Whether it needs the record's currency set first."""
        return self.currency_source is not None

    def attach(self, wiring: Wiring, source: Source | None) -> None:
        """Find the record's currency. Raises ConfigurationError where the record has no such field."""
        super().attach(wiring, source)
        if self.currency_source is not None:
            self.record_currency = Source(self.currency_source, wiring.root)

    def places(self) -> tuple[WirePath, ...]:
        """Return where the amount stands, and the currency if it stands on the wire."""
        amount = self.place(self.path)
        return (amount,) if self.currency_path is None else (amount, self.place(self.currency_path))

    def to_wire(self, value: Any, scope: Outward) -> Json:
        """Return the amount, or amount and currency."""
        if not isinstance(value, Money):
            raise ValidationError("expected an amount of money")
        amount = self._spelled(value.amount, value.currency, rounds=self.rounds)
        if self.currency_path is not None:
            return [amount, value.currency]
        expected = self.currency
        if self.record_currency is not None:
            expected = self.record_currency.get(scope.record, scope.context)
        if value.currency != expected:
            raise ValidationError(
                f"it is in {value.currency}, but the wire carries only amounts in {expected or 'no currency'}"
            )
        return amount

    def _spelled(self, amount: Decimal, currency: str, *, rounds: bool) -> Json:
        decimals = minor_unit(currency)
        if decimals is None:
            if self.minor:
                raise ValidationError(f"{currency} has no minor unit to count")
            return in_form(shortest(amount), self.form)
        fitted = scaled(amount, decimals, rounds=rounds)
        if self.currency_source is not None and not self.minor:
            # A message does not say the currency, so that its amounts can only be compared without zeros.
            return in_form(shortest(fitted), self.form)
        return in_form(fitted.scaleb(decimals).quantize(Decimal(1)) if self.minor else fitted, self.form)

    def normal(self, value: Json) -> Json:
        """Return amount and currency as `to_wire` spells them."""
        if self.currency_path is None:
            return self._normal_amount(value, self.currency)
        if not isinstance(value, list) or value[1] is None:
            raise ValidationError(f"there is an amount, but no currency at {self.currency_path}")
        currency = _known(value[1])
        return [self._normal_amount(value[0], currency), currency]

    def _normal_amount(self, value: Json, currency: str | None) -> Json:
        amount = decimal_of(value)
        if self.minor:
            if amount != amount.to_integral_value():
                raise ValidationError("expected a count of minor units, found decimals")
            return in_form(amount.quantize(Decimal(1)), self.form)
        decimals = None if currency is None else minor_unit(currency)
        if decimals is None:
            return in_form(shortest(amount), self.form)
        try:
            return in_form(scaled(amount, decimals, rounds=False), self.form)
        except ValidationError:
            return in_form(shortest(amount), self.form)

    def from_wire(self, value: Json, scope: Inward) -> Json | MissingType:
        """Return the money as canonical documents hold it."""
        amount, currency = value, self.currency
        if isinstance(value, list):
            amount, currency = value[0], _known(value[1])
        elif self.record_currency is not None:
            found = self.record_currency.value(scope.document)
            currency = found if isinstance(found, str) else None
        if currency is None:
            raise ValidationError("the record has no currency, so the amount means nothing; set the currency")
        return {"amount": _meant(self._major(decimal_of(amount), currency), currency), "currency": currency}

    def understood(self, value: Json, context: MapContext) -> Json | MissingType:  # noqa: ARG002
        """Return the amount as we shall send it, rounded if we do and know the currency."""
        if not self.rounds:
            return value
        if isinstance(value, list):
            amount, currency = value[0], _known(value[1])
            return [self._spelled(self._major(decimal_of(amount), currency), currency, rounds=True), currency]
        if self.currency is None:
            return value
        return self._spelled(self._major(decimal_of(value), self.currency), self.currency, rounds=True)

    def _major(self, amount: Decimal, currency: str) -> Decimal:
        return amount.scaleb(-(minor_unit(currency) or 0)) if self.minor else amount

    def rule(self) -> str:
        """Say how the amount is written."""
        unit = "counted in minor units" if self.minor else "decimals of the currency's minor unit"
        if self.currency_path is not None:
            return f"amount and currency; {unit}"
        return f"amount in {self.currency or f'the currency of the record ({self.currency_source})'}; {unit}"

    def losses(self) -> tuple[str, ...]:
        """Say whether it is rounded."""
        return ("rounded to the minor unit of the currency",) if self.rounds else ()

    def wire_types(self) -> tuple[str, ...]:
        """Return the types of amount and currency."""
        amount = "amount as text" if self.form == "text" else self.wire_type
        return (amount,) if self.currency_path is None else (amount, "currency")


def _known(value: Json) -> str:
    currency = expected_text(value)
    try:
        minor_unit(currency)
    except ValueError:
        raise ValidationError(f"{currency[:10]!r} is not an ISO 4217 currency code") from None
    return currency


def _meant(amount: Decimal, currency: str) -> str:
    decimals = minor_unit(currency) or 0
    try:
        return format(scaled(amount, decimals, rounds=False), "f")
    except ValidationError:
        return format(shortest(amount), "f")
