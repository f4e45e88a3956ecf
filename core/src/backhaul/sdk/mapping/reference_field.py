"""References: the other system's ids of records that we name by ours."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Unpack

from marshmallow import ValidationError

from backhaul.sdk.errors import ConfigurationError, MappingError
from backhaul.sdk.json import Json
from backhaul.sdk.mapping.context import Inward, MapContext, Outward
from backhaul.sdk.mapping.field import FieldOptions, WireField
from backhaul.sdk.mapping.missing import MISSING, MissingType
from backhaul.sdk.mapping.reference_slot import ReferenceSlot
from backhaul.sdk.mapping.slot import Slot
from backhaul.sdk.mapping.source import Source
from backhaul.sdk.mapping.text_field import carried
from backhaul.sdk.mapping.wire_step import kind_of
from backhaul.sdk.mapping.wiring import Wiring


class ExternalId(WireField):
    """Another record, by its id in the back office: the cross reference of (resource, entity).

    `unbound`: our record has no id there; `unknown`: their id has no record here. Each is an error, or with
    "omit" nothing is said or changed. The entity is that of the canonical field unless stated.
    """

    wire_type: ClassVar[str] = "external id"

    def __init__(
        self,
        *,
        resource: str,
        entity: str | None = None,
        unbound: Literal["error", "omit"] = "error",
        unknown: Literal["error", "omit"] = "error",
        number: bool = False,
        **options: Unpack[FieldOptions],
    ) -> None:
        super().__init__(**options)
        self.resource = resource
        self.entity = entity
        self.omits_unbound = unbound == "omit"
        self.omits_unknown = unknown == "omit"
        self.number = number

    def attach(self, wiring: Wiring, source: Source | None) -> None:
        """Take the entity from the canonical field. Raises ConfigurationError where it names no record."""
        super().attach(wiring, source)
        self.entity = self.entity or self.shape.refers_to
        if self.entity is None:
            raise ConfigurationError(
                f"{wiring.schema}.{self.name} does not name another record.",
                hint="State entity=..., or use Text.",
            )

    def to_wire(self, value: Any, scope: Outward) -> Json | MissingType:
        """Return the external id of our record."""
        found = scope.context.external_ids.get((self.resource, self.entity or "", value))
        if found is not None:
            return int(found) if self.number else carried(found, self.text)
        if self.omits_unbound:
            return MISSING
        raise ValidationError(
            f"{self.entity} {value} is not known there yet (as {self.resource}); send it first"
        )

    def from_wire(self, value: Json, scope: Inward) -> Json | MissingType:
        """Return our id."""
        return self.ours(value, scope.context)

    def ours(self, value: Json, context: MapContext) -> str | MissingType:
        """Return our id of an external id, MISSING where policy omits what is unknown."""
        found = context.internal_ids.get((self.resource, str(value)))
        if found is None:
            if self.omits_unknown:
                return MISSING
            raise ValidationError(
                f"{self.resource} {str(value)[:60]!r} is not known here; receive or bind it first"
            )
        entity, record_id = found
        if entity != self.entity:
            raise ValidationError(
                f"{self.resource} {str(value)[:60]!r} is our {entity} {record_id}, not a {self.entity}"
            )
        return record_id

    def normal(self, value: Json) -> Json:
        """Return the external id."""
        if isinstance(value, bool) or not isinstance(value, int if self.number else str):
            raise ValidationError(f"expected an id, found {kind_of(value)}")
        return value

    def understood(self, value: Json, context: MapContext) -> Json | MissingType:
        """Return the external id, MISSING where policy ignores it."""
        return MISSING if self.ours(value, context) is MISSING else value

    def unresolved(self, value: Json) -> tuple[str, str] | None:
        """Return the cross reference that is needed."""
        return (self.resource, str(value))

    def key_wire(self, key: str) -> Json:
        """Return the external id that the key is the text of."""
        return int(key) if self.number else key

    def rule(self) -> str:
        """Say which cross reference is used."""
        unbound = ", left out while unbound" if self.omits_unbound else ""
        return f"cross reference {self.resource} of {self.entity}{unbound}"

    def losses(self) -> tuple[str, ...]:
        """Say what is left out."""
        return ("references to records that are unbound there",) if self.omits_unbound else ()


class References(ExternalId):
    """A list of references, one element each: ``path="relatedParty[role=contact].id"``.

    Only elements that meet the predicate are ours; the others stay as they are. With `complete` the system
    always states all of them.
    """

    def __init__(self, *, resource: str, complete: bool = False, **options: Any) -> None:
        super().__init__(resource=resource, **options)
        self.complete = complete

    def slots(self, wiring: Wiring) -> list[Slot]:
        """Return the slot of the list."""
        source = Source(self.options.get("source") or self.name or "", wiring.model)
        self.attach(wiring, source)
        if not self.shape.listed:
            raise ConfigurationError(f"{wiring.schema}.{self.name} holds no list.", hint="Use ExternalId.")
        return [ReferenceSlot(self, source, wiring)]

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return [super(References, self)._serialize(one, attr, obj, **kwargs) for one in value]

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, list):
            raise ValidationError(f"expected a list, found {kind_of(value)}")
        return [super(References, self)._deserialize(one, attr, data, **kwargs) for one in value]


class TheirId(WireField):
    """The system's own id of this record: read by `their_id`, never sent and no field of the record."""

    wire_type: ClassVar[str] = "their id"

    def __init__(self, **options: Unpack[FieldOptions]) -> None:
        # It is no field of the record, also not of one that it shares a name with.
        options["source"] = "<their id>"
        super().__init__(**options)

    def slots(self, wiring: Wiring) -> list[Slot]:
        """Return nothing: it is read beside the plan."""
        self.attach(wiring, None)
        return []

    def read(self, document: Any) -> str | None:
        """Return the id. Raises MappingError for what is no id."""
        try:
            found = self.place(self.path).read(document)
        except ValidationError as error:
            raise MappingError(
                f"{self.path}: {'; '.join(map(str, error.messages))}.", path=self.path
            ) from error
        if found is MISSING or found is None or found == "":
            return None
        if isinstance(found, bool) or not isinstance(found, str | int):
            raise MappingError(f"{self.path}: expected an id, found {kind_of(found)}.", path=self.path)
        return str(found)
