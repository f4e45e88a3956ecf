"""Constants on the wire."""

from __future__ import annotations

from typing import Any, ClassVar, Unpack

from backhaul.sdk.json import Json
from backhaul.sdk.mapping.constant_slot import ConstantSlot
from backhaul.sdk.mapping.context import Inward, Outward
from backhaul.sdk.mapping.field import FieldOptions, WireField
from backhaul.sdk.mapping.missing import MISSING, MissingType
from backhaul.sdk.mapping.slot import Slot
from backhaul.sdk.mapping.wiring import Wiring


class Constant(WireField):
    """The same value in every document that is sent, or only in those that create; never read."""

    wire_type: ClassVar[str] = "constant"

    def __init__(self, value: Json, *, create_only: bool = False, **options: Unpack[FieldOptions]) -> None:
        options["direction"] = "send"
        super().__init__(**options)
        self.value = value
        self.create_only = create_only

    def get_value(self, obj: Any, attr: str, accessor: Any = None, default: Any = None) -> Any:  # noqa: ARG002
        """Return the constant, whatever the record holds."""
        return self.value

    def to_wire(self, value: Any, scope: Outward) -> Json | MissingType:  # noqa: ARG002
        """Return the constant."""
        return self.value

    def from_wire(self, value: Json, scope: Inward) -> Json | MissingType:  # noqa: ARG002
        """Change nothing."""
        return MISSING

    def slots(self, wiring: Wiring) -> list[Slot]:
        """Return the slot that writes it."""
        return [ConstantSlot(self.value, self.place(self.path), wiring.inside, create_only=self.create_only)]
