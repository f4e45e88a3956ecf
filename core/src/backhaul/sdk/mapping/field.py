"""The base of every wire field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Required, TypeAlias, TypedDict, Unpack

from marshmallow import ValidationError, fields, missing
from marshmallow.types import Validator

from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.json import Json
from backhaul.sdk.mapping.context import NO_CONTEXT, Inward, MapContext, Outward
from backhaul.sdk.mapping.missing import MISSING, MissingType
from backhaul.sdk.mapping.scalar_slot import ScalarSlot
from backhaul.sdk.mapping.shape import Shape
from backhaul.sdk.mapping.slot import Slot
from backhaul.sdk.mapping.source import Source
from backhaul.sdk.mapping.value_map import ValueMap
from backhaul.sdk.mapping.wire_path import WirePath
from backhaul.sdk.mapping.wiring import TextForm, Wiring

#: `send`: never read back; `read`: never sent.
Direction: TypeAlias = Literal["both", "send", "read"]


class FieldOptions(TypedDict, total=False):
    """What every wire field can be told.

    `path` is the wire path, `also` are further ones that are only written. `source` is the canonical path, by
    default the field's own name. `required` holds in both directions. `cleared` is how the wire spells a
    cleared field (default: the schema's). `matches="first"` takes the first of several elements that meet a
    predicate; `lone=True` takes an object for a list of one.
    """

    path: Required[str]
    also: tuple[str, ...]
    source: str
    required: bool
    direction: Direction
    cleared: Json
    matches: Literal["error", "first"]
    lone: bool
    validate: Validator | list[Validator]


class WireField(fields.Field[Any]):
    """A field that knows its wire path and works both ways.

    A field of your own overrides `to_wire`, `from_wire` and `normal`; each raises marshmallow.ValidationError
    for what it cannot spell or understand. It must not change after the schema is built.
    """

    wire_type: ClassVar[str] = "value"

    def __init__(self, **options: Unpack[FieldOptions]) -> None:
        direction = options.get("direction", "both")
        source = options.get("source")
        super().__init__(
            required=options.get("required", False),
            allow_none=True,
            attribute=source,
            dump_only=direction == "send",
            load_only=direction == "read",
            validate=options.get("validate"),
        )
        self.options = options
        self.path = options["path"]
        self.text: TextForm = "json"
        self.shape = Shape()

    def to_wire(self, value: Any, scope: Outward) -> Json | MissingType:
        """Spell a canonical value, never None, as the wire will show it; MISSING: say nothing."""
        raise NotImplementedError

    def from_wire(self, value: Json, scope: Inward) -> Json | MissingType:
        """Return a normal wire value, never None, as canonical JSON; MISSING: change nothing."""
        raise NotImplementedError

    def normal(self, value: Json) -> Json:
        """Return a value read from the wire in the one form that `to_wire` gives. Needs no context."""
        return value

    def understood(self, value: Json, context: MapContext) -> Json | MissingType:  # noqa: ARG002
        """Return a normal wire value as we shall spell it once applied; MISSING: policy ignores it."""
        return value

    def unresolved(self, value: Json) -> tuple[str, str] | None:  # noqa: ARG002
        """Return the (resource, external id) that `from_wire` needs, if any."""
        return None

    def key_of(self, wire: Json) -> str:
        """Return the element key that a normal wire value stands for. Needs no context."""
        return str(wire)

    def key_wire(self, key: str) -> Json:
        """Return the wire value of an element key."""
        return key

    def rule(self) -> str:
        """Say in words how the value is spelled."""
        return "as it stands"

    def losses(self) -> tuple[str, ...]:
        """Say what does not come back."""
        return ()

    @property
    def loss(self) -> str | None:
        """What does not come back, in one text."""
        return "; ".join(self.losses()) or None

    @property
    def value_map_name(self) -> str | None:
        """The value map it reads from the deployment file, if any."""
        return None

    @property
    def dependent(self) -> bool:
        """Whether it needs other fields of its record set first."""
        return False

    def wire_types(self) -> tuple[str, ...]:
        """Return the type of what stands in each place."""
        return (self.wire_type,)

    def check_value_maps(self, value_maps: Mapping[str, ValueMap]) -> None:
        """Refuse value maps of the deployment that this field cannot use. Raises ConfigurationError."""

    def attach(self, wiring: Wiring, source: Source | None) -> None:
        """Take over what the schema knows. Raises ConfigurationError where the field does not fit it."""
        self.text = wiring.text
        if source is not None:
            self.shape = source.leaf

    def slots(self, wiring: Wiring) -> list[Slot]:
        """Return what the plan of a schema drives."""
        source = Source(self.options.get("source") or self.name or "", wiring.model)
        if source.embedded and not self.dump_only:
            raise ConfigurationError(
                f"{source.text} is a field of an embedded record, so it can only be sent.",
                hint='Say direction="send"; what comes back is read by that record\'s own schema.',
            )
        self.attach(wiring, source)
        return [ScalarSlot(self, source, self.places(), wiring)]

    def places(self) -> tuple[WirePath, ...]:
        """Return the wire paths of the value; of several, the value is the list of what stands there."""
        return (self.place(self.path),)

    def place(self, path: str) -> WirePath:
        """Compile a wire path under this field's policies."""
        return WirePath(
            path, first=self.options.get("matches") == "first", lone=self.options.get("lone", False)
        )

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_kwargs: Any) -> Any:  # noqa: ARG002
        if value is None:
            return None
        wire = self.to_wire(value, Outward(NO_CONTEXT, obj))
        return missing if wire is MISSING else wire

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_kwargs: Any) -> Any:  # noqa: ARG002
        meant = self.from_wire(self.normal(value), Inward(NO_CONTEXT, {}))
        if meant is MISSING:
            raise ValidationError("the value cannot be understood without a context")
        return meant
