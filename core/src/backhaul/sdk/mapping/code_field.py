"""Codes on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar, Literal, Unpack

from marshmallow import ValidationError

from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.json import Json
from backhaul.sdk.mapping.context import NO_CONTEXT, Inward, MapContext, Outward
from backhaul.sdk.mapping.field import FieldOptions, WireField
from backhaul.sdk.mapping.missing import MissingType
from backhaul.sdk.mapping.source import Source
from backhaul.sdk.mapping.text_field import carried
from backhaul.sdk.mapping.value_map import ValueMap, WireCode
from backhaul.sdk.mapping.wire_step import kind_of
from backhaul.sdk.mapping.wiring import Wiring


class Code(WireField):
    """A code, spelled by the deployment's value map over the `mapping` written here.

    What neither spells is an error, passes through as it is, or becomes `default` (sent) or `read_default`
    (read), which are declared losses. Without value map and mapping every code passes through. A mapping with
    two codes of one spelling needs the `inverse`; otherwise ConfigurationError.
    """

    wire_type: ClassVar[str] = "code"

    def __init__(
        self,
        codes: type[StrEnum] | None = None,
        *,
        value_map: str | None = None,
        mapping: Mapping[str, WireCode] | None = None,
        inverse: Mapping[WireCode, str] | None = None,
        unmapped: Literal["error", "pass_through"] | None = None,
        default: WireCode | None = None,
        read_default: str | None = None,
        **options: Unpack[FieldOptions],
    ) -> None:
        super().__init__(**options)
        self.codes = codes
        self.map_name = value_map
        self.inline = ValueMap(value_map or f"of {self.path}", mapping or {}, inverse)
        stated = value_map is not None or mapping is not None
        self.passes = unmapped == "pass_through" or (unmapped is None and not stated)
        self.default = default
        self.read_default = None if read_default is None else str(read_default)

    def attach(self, wiring: Wiring, source: Source | None) -> None:
        """Take the codes from the model. Raises ConfigurationError for one that it lacks."""
        super().attach(wiring, source)
        known = self.shape.codes
        if self.codes is not None and known is not None and self.codes is not known:
            raise ConfigurationError(
                f"{wiring.schema}.{self.name} maps {self.codes.__name__}, but it holds {known.__name__}."
            )
        self.codes = self.codes or known
        self._check(f"{wiring.schema}.{self.name}", self.inline)
        if self.read_default is not None:
            self._check(f"{wiring.schema}.{self.name}", ValueMap("", {self.read_default: ""}))

    def _check(self, where: str, value_map: ValueMap) -> None:
        if self.codes is None:
            return
        known = [str(code) for code in self.codes]
        for code in (*value_map.to_wire, *value_map.from_wire.values()):
            if code not in known:
                raise ConfigurationError(
                    f"{where}: {code!r} is no {self.codes.__name__}.", hint=f"There are: {', '.join(known)}."
                )

    def check_value_maps(self, value_maps: Mapping[str, ValueMap]) -> None:
        """Refuse a value map of the deployment that this field cannot use. Raises ConfigurationError."""
        stated = value_maps.get(self.map_name) if self.map_name else None
        if stated is None:
            return
        self._check(f"value map {stated.name}", stated)
        stated.over(self.inline)

    def _stated(self, context: MapContext) -> ValueMap | None:
        return context.value_maps.get(self.map_name) if self.map_name is not None else None

    def to_wire(self, value: Any, scope: Outward) -> Json:
        """Return the system's spelling of a code."""
        return self._spelled(str(value), scope.context)

    def _spelled(self, code: str, context: MapContext) -> Json:
        stated = self._stated(context)
        wire = stated.to_wire.get(code) if stated is not None else None
        if wire is None:
            wire = self.inline.to_wire.get(code)
        if wire is None:
            wire = self.default
        if wire is not None:
            return wire
        if self.passes:
            return carried(code, self.text)
        raise ValidationError(f"there is no spelling for the code {code!r}; {self._remedy(context)}")

    def _remedy(self, context: MapContext) -> str:
        if self.map_name is None:
            return "add it to the mapping of the field"
        return f"add it to [value_map.{context.back_office or '<back office>'}.{self.map_name}]"

    def normal(self, value: Json) -> Json:
        """Return the code as it stands; what it means is known with the value map."""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ValidationError(f"expected a code, found {kind_of(value)}")
        return value

    def from_wire(self, value: Json, scope: Inward) -> Json | MissingType:
        """Return the canonical code."""
        return self._code(value, scope.context)

    def _code(self, value: Json, context: MapContext) -> str:
        stated = self._stated(context)
        if isinstance(value, str | int):
            code = stated.from_wire.get(value) if stated is not None else None
            code = code or self.inline.from_wire.get(value)
            if code is not None:
                return code
            if self.passes and (self.codes is None or value in list(self.codes)):
                return str(value)
        if self.read_default is not None:
            return self.read_default
        raise ValidationError(f"the code {str(value)[:40]!r} is unknown; {self._remedy(context)}")

    def understood(self, value: Json, context: MapContext) -> Json | MissingType:
        """Return our spelling of what the code means here."""
        return self._spelled(self._code(value, context), context)

    def key_of(self, wire: Json) -> str:
        """Return the canonical code. Raises marshmallow.ValidationError for an unknown one."""
        return self._code(wire, NO_CONTEXT)

    def key_wire(self, key: str) -> Json:
        """Return the spelling of the code."""
        return self._spelled(key, NO_CONTEXT)

    @property
    def value_map_name(self) -> str | None:
        """The value map it reads from the deployment file, if any."""
        return self.map_name

    def rule(self) -> str:
        """Say where the spelling comes from."""
        if self.map_name is not None:
            return f"value map {self.map_name}"
        return "mapping of the field" if self.inline.to_wire else "code as it stands"

    def losses(self) -> tuple[str, ...]:
        """Say which codes do not come back."""
        said = (
            f"codes without a spelling are sent as {self.default!r}" if self.default is not None else "",
            f"unknown codes are read as {self.read_default}" if self.read_default is not None else "",
            f"{', '.join(self.inline.lossy)} read back as another code" if self.inline.lossy else "",
        )
        return tuple(part for part in said if part)
