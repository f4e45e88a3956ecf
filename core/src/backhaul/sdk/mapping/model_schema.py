"""Wire schemas of records and of parts: what they share."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar, get_args, get_origin

from marshmallow import EXCLUDE, Schema

from backhaul.entities import Model
from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.json import Json
from backhaul.sdk.mapping.field import WireField
from backhaul.sdk.mapping.slot import Slot
from backhaul.sdk.mapping.wiring import TextForm, Wiring

M = TypeVar("M", bound=Model)


class ModelSchema(Schema, Generic[M]):
    """What schemas of records and of parts share: the model, and a plan compiled from the fields."""

    #: What text may stand on the wire.
    wire_text: ClassVar[TextForm] = "json"
    #: How the wire spells a cleared field.
    wire_cleared: ClassVar[Json] = None
    _model: ClassVar[type[Model] | None] = None

    class Meta(Schema.Meta):
        """Other fields of the document are theirs; a class name is no address."""

        unknown = EXCLUDE
        register = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Take the model from the generic parameter."""
        super().__init_subclass__(**kwargs)
        for base in cls.__dict__.get("__orig_bases__", ()):
            origin = get_origin(base)
            if isinstance(origin, type) and issubclass(origin, ModelSchema):
                (argument,) = get_args(base)
                if isinstance(argument, type):
                    cls._model = argument

    def __init__(self, **options: Any) -> None:
        try:
            super().__init__(**options)
        except ValueError as error:
            raise ConfigurationError(
                f"{type(self).__name__}: {error}",
                hint="One field reads a canonical path; further wire paths of it go into also=(...).",
            ) from error

    @classmethod
    def model_type(cls) -> type[Model]:
        """Return the model that this schema maps. Raises ConfigurationError where none was stated."""
        if cls._model is None:
            raise ConfigurationError(
                f"{cls.__name__} does not say what it maps.",
                hint=f"Write class {cls.__name__}(WireSchema[Account]).",
            )
        return cls._model

    def compiled(self, wiring: Wiring) -> list[Slot]:
        """Return the slots of every field. Raises ConfigurationError for a field that does not fit."""
        if any(self._hooks.values()):
            raise ConfigurationError(
                f"{wiring.schema} has marshmallow hooks, which would not run on every way.",
                hint="Write a field with to_wire and from_wire instead.",
            )
        slots: list[Slot] = []
        for name, field in self.fields.items():
            if not isinstance(field, WireField):
                raise ConfigurationError(
                    f"{wiring.schema}.{name} is a plain marshmallow field, which has no wire path.",
                    hint="Use the fields of backhaul.sdk.mapping.",
                )
            slots += field.slots(wiring)
        return slots


class PartSchema(ModelSchema[M]):
    """How a system spells one part of a record, such as an address; used in `Elements`."""
