"""Truth values on the wire."""

from __future__ import annotations

from typing import Any, ClassVar, TypeAlias, Unpack

from marshmallow import ValidationError

from backhaul.sdk.json import Json
from backhaul.sdk.mapping.context import Inward, Outward
from backhaul.sdk.mapping.field import FieldOptions, WireField
from backhaul.sdk.mapping.missing import MissingType
from backhaul.sdk.mapping.wire_step import kind_of

Spelling: TypeAlias = "bool | str | int"


def _same(one: Json, other: Json) -> bool:
    return type(one) is type(other) and one == other


class Boolean(WireField):
    """True or false; `true` and `false` are the system's spellings, further ones are only understood."""

    wire_type: ClassVar[str] = "true or false"

    def __init__(
        self,
        *,
        true: Spelling = True,
        false: Spelling = False,
        also_true: tuple[Spelling, ...] = (),
        also_false: tuple[Spelling, ...] = (),
        **options: Unpack[FieldOptions],
    ) -> None:
        super().__init__(**options)
        self.true = true
        self.false = false
        self.trues = (true, *also_true)
        self.falses = (false, *also_false)

    def to_wire(self, value: Any, scope: Outward) -> Json:  # noqa: ARG002
        """Return the system's spelling."""
        if not isinstance(value, bool):
            raise ValidationError(f"expected true or false, found {kind_of(value)}")
        return self.true if value else self.false

    def normal(self, value: Json) -> Json:
        """Return the system's first spelling."""
        if any(_same(value, spelling) for spelling in self.trues):
            return self.true
        if any(_same(value, spelling) for spelling in self.falses):
            return self.false
        raise ValidationError(f"expected {self.true!r} or {self.false!r}, found other {kind_of(value)}")

    def from_wire(self, value: Json, scope: Inward) -> Json | MissingType:  # noqa: ARG002
        """Return true or false."""
        return _same(value, self.true)

    def rule(self) -> str:
        """Say the spellings."""
        return f"true is {self.true!r}, false is {self.false!r}"

    def wire_types(self) -> tuple[str, ...]:
        """Return the kind of the spellings."""
        return (self.wire_type if isinstance(self.true, bool) else f"{self.true!r} or {self.false!r}",)
