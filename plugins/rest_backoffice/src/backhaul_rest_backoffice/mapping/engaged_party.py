"""The party that a customer engages: the person who is the primary contact, or an organization."""

from __future__ import annotations

from typing import Any, ClassVar, Unpack

from marshmallow import ValidationError

from backhaul.sdk.json import Document, Json
from backhaul.sdk.mapping import MISSING, ExternalId, FieldOptions, Inward, MapContext, MissingType, Outward

INDIVIDUAL = "Individual"
ORGANIZATION = "Organization"


def reference(identifier: str, referred_type: str) -> Document:
    """A reference to a party as it stands on the wire."""
    return {"id": identifier, "@referredType": referred_type}


class EngagedParty(ExternalId):
    """A person by the cross reference of the contact. An organization says nothing about the contact."""

    wire_type: ClassVar[str] = "reference to an individual"

    def __init__(self, **options: Unpack[FieldOptions]) -> None:
        super().__init__(resource="individual", unknown="omit", **options)

    def to_wire(self, value: Any, scope: Outward) -> Json | MissingType:
        """Return the reference to the person."""
        identifier = super().to_wire(value, scope)
        return identifier if identifier is MISSING else reference(str(identifier), INDIVIDUAL)

    def normal(self, value: Json) -> Json:
        """Return id and type only: name and address of the party are the system's own."""
        if not isinstance(value, dict) or not isinstance(value.get("id"), str):
            raise ValidationError("expected a reference with an id")
        return reference(str(value["id"]), str(value.get("@referredType") or INDIVIDUAL))

    def ours(self, value: Json, context: MapContext) -> str | MissingType:
        """Return our contact, MISSING for an organization and for a person unknown here."""
        if not isinstance(value, dict) or value["@referredType"] != INDIVIDUAL:
            return MISSING
        return super().ours(value["id"], context)

    def from_wire(self, value: Json, scope: Inward) -> Json | MissingType:
        """Return our contact."""
        return self.ours(value, scope.context)

    def unresolved(self, value: Json) -> tuple[str, str] | None:
        """Return the cross reference of a person."""
        if not isinstance(value, dict) or value["@referredType"] != INDIVIDUAL:
            return None
        return (self.resource, str(value["id"]))
