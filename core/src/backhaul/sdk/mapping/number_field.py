"""Numbers on the wire."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Unpack

from marshmallow import ValidationError

from backhaul.sdk.json import Json
from backhaul.sdk.mapping.context import Inward, MapContext, Outward
from backhaul.sdk.mapping.decimal_form import NumberForm, decimal_of, in_form, scaled, shortest
from backhaul.sdk.mapping.field import FieldOptions, WireField
from backhaul.sdk.mapping.missing import MissingType
from backhaul.sdk.mapping.wire_step import kind_of


class Integer(WireField):
    """A whole number, as a JSON number or as text."""

    wire_type: ClassVar[str] = "whole number"

    def __init__(self, *, form: NumberForm = "number", **options: Unpack[FieldOptions]) -> None:
        super().__init__(**options)
        self.form = form

    def to_wire(self, value: Any, scope: Outward) -> Json:  # noqa: ARG002
        """Return the number."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError(f"expected a whole number, found {kind_of(value)}")
        return str(value) if self.form == "text" else value

    def normal(self, value: Json) -> Json:
        """Return the number; 5.0 is 5, but 5.5 is refused."""
        number = decimal_of(value)
        if isinstance(value, str) != (self.form == "text"):
            raise ValidationError(f"expected {self.wire_types()[0]}, found {kind_of(value)}")
        if number != number.to_integral_value():
            raise ValidationError("expected a whole number, found one with decimals")
        return str(int(number)) if self.form == "text" else int(number)

    def from_wire(self, value: Json, scope: Inward) -> Json | MissingType:  # noqa: ARG002
        """Return the number."""
        return int(decimal_of(value))

    def key_wire(self, key: str) -> Json:
        """Return the number that the key is the text of."""
        return key if self.form == "text" else int(key)

    def wire_types(self) -> tuple[str, ...]:
        """Return number or text."""
        return ("whole number as text" if self.form == "text" else self.wire_type,)


class Number(WireField):
    """An exact decimal number; more `decimals` than stated are an error, or with `rounds` a declared loss."""

    wire_type: ClassVar[str] = "number"

    def __init__(
        self,
        *,
        form: NumberForm = "number",
        decimals: int | None = None,
        rounds: bool = False,
        **options: Unpack[FieldOptions],
    ) -> None:
        super().__init__(**options)
        self.form = form
        self.decimals = decimals
        self.rounds = rounds

    def _spelled(self, number: Decimal, *, rounds: bool) -> Json:
        fitted = shortest(number) if self.decimals is None else scaled(number, self.decimals, rounds=rounds)
        return in_form(fitted, self.form)

    def to_wire(self, value: Any, scope: Outward) -> Json:  # noqa: ARG002
        """Return the number in the form of the wire."""
        return self._spelled(decimal_of(value), rounds=self.rounds)

    def normal(self, value: Json) -> Json:
        """Return the number as `to_wire` spells it; decimals beyond those declared are kept."""
        number = decimal_of(value)
        if isinstance(value, str) != (self.form == "text"):
            raise ValidationError(f"expected {self.wire_types()[0]}, found {kind_of(value)}")
        try:
            return self._spelled(number, rounds=False)
        except ValidationError:
            return in_form(shortest(number), self.form)

    def from_wire(self, value: Json, scope: Inward) -> Json | MissingType:  # noqa: ARG002
        """Return the number as text, the way canonical documents hold it."""
        return format(shortest(decimal_of(value)), "f")

    def understood(self, value: Json, context: MapContext) -> Json | MissingType:  # noqa: ARG002
        """Return the number as we shall send it, rounded if we do."""
        return self._spelled(decimal_of(value), rounds=True) if self.rounds else value

    def rule(self) -> str:
        """Say how many decimals there are."""
        return "exact" if self.decimals is None else f"{self.decimals} decimals"

    def losses(self) -> tuple[str, ...]:
        """Say whether it is rounded."""
        return (f"rounded to {self.decimals} decimals",) if self.rounds else ()

    def wire_types(self) -> tuple[str, ...]:
        """Return number or text."""
        return ("number as text" if self.form == "text" else self.wire_type,)
