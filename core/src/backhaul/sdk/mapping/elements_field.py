"""Lists of parts on the wire."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Unpack

from marshmallow import ValidationError

from backhaul.entities import ENTITIES
from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.json import Document
from backhaul.sdk.mapping.context import NO_CONTEXT, Inward, Outward
from backhaul.sdk.mapping.element_slot import ElementSlot
from backhaul.sdk.mapping.field import FieldOptions, WireField
from backhaul.sdk.mapping.model_schema import PartSchema
from backhaul.sdk.mapping.parsed import Reading
from backhaul.sdk.mapping.plan import Plan
from backhaul.sdk.mapping.scalar_slot import ScalarSlot
from backhaul.sdk.mapping.slot import Nulls, Slot
from backhaul.sdk.mapping.source import Source
from backhaul.sdk.mapping.wire_path import WirePath
from backhaul.sdk.mapping.wiring import Wiring


class Elements(WireField):
    """A list of parts: ``Elements(AddressSchema, path="contactMedium[mediumType=postal]", key="usage")``.

    The predicate says which elements of the wire list are these parts; its conditions are written into new
    ones. `key` is the canonical attribute that tells the parts apart. The schema of the part maps it too, a
    code with a `mapping` of its own: documents are taken apart without a deployment's value map.
    `complete`: the system always states all of them, so that one that is missing was removed.
    `duplicates`: two elements with one key are an error, or the first counts, or what the first leaves
    unsaid is taken from the second. `keyless`: elements without a key are an error, or theirs alone.
    `unknown_key`: the same for a key that has no meaning here.
    A source such as ``contact_ids->`` gives the embedded records; such a list is only sent.
    """

    wire_type: ClassVar[str] = "list"

    def __init__(
        self,
        schema: type[PartSchema[Any]],
        *,
        key: str,
        complete: bool = False,
        duplicates: Literal["error", "first", "merge"] = "error",
        keyless: Literal["error", "skip"] = "error",
        unknown_key: Literal["error", "skip"] = "error",
        **options: Unpack[FieldOptions],
    ) -> None:
        super().__init__(**options)
        self.schema = schema
        self.key = key
        self.complete = complete
        self.duplicates = duplicates
        self.skips_keyless = keyless == "skip"
        self.skips_unknown = unknown_key == "skip"
        self.embeds: str | None = None
        self.whole: Plan | None = None
        self.slot: ElementSlot | None = None

    def places(self) -> tuple[WirePath, ...]:
        """Return the path of the wire list."""
        path = self.place(self.path)
        return (path if path.elements is not None else self.place(f"{self.path}[]"),)

    def slots(self, wiring: Wiring) -> list[Slot]:
        """Return the slot of the list. Raises ConfigurationError where schema, source and key do not fit."""
        where = f"{wiring.schema}.{self.name}"
        text = self.options.get("source") or self.name or ""
        source = Source(text.removesuffix("->"), wiring.model)
        self.attach(wiring, source)
        model = self._part(where, source, followed=text.endswith("->"))
        if not issubclass(model, self.schema.model_type()):
            raise ConfigurationError(
                f"{where} holds {model.__name__}, but {self.schema.__name__} does not map it."
            )
        inner = wiring.within(model, str(self.places()[0]))
        slots = self.schema().compiled(inner)
        keys = [slot for slot in slots if isinstance(slot, ScalarSlot) and slot.source.text == self.key]
        if not keys:
            raise ConfigurationError(
                f"{where}: {self.schema.__name__} does not map the key {self.key!r}.",
                hint="Add a field for it: the key must stand on the wire to find the element again.",
            )
        if keys[0].field.value_map_name is not None:
            raise ConfigurationError(
                f"{where}: the key {self.key!r} is spelled by a value map of the deployment.",
                hint="Spell a key in the schema, by mapping=: elements are told apart without a deployment.",
            )
        plan = Plan(self.schema.__name__, [slot for slot in slots if slot is not keys[0]])
        self.embeds = self.shape.refers_to if text.endswith("->") else None
        self.whole = Plan(self.schema.__name__, slots)
        self.slot = ElementSlot(self, source, plan, keys[0], wiring)
        return [self.slot]

    def _part(self, where: str, source: Source, *, followed: bool) -> Any:
        if not self.shape.listed:
            raise ConfigurationError(f"{where} holds no list.")
        if not followed:
            if self.shape.model is None:
                raise ConfigurationError(
                    f"{where} holds no parts.", hint="For ids of records use References."
                )
            return self.shape.model
        if self.shape.refers_to is None or self.shape.refers_to not in ENTITIES or not self.dump_only:
            raise ConfigurationError(
                f"{where}: {source.text}-> embeds records, which can only be sent.",
                hint='Say direction="send"; each record is read by its own schema.',
            )
        return ENTITIES[self.shape.refers_to]

    def losses(self) -> tuple[str, ...]:
        """Say what is left out."""
        return () if self.duplicates == "error" else (f"all but the first of several with one {self.key}",)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_kwargs: Any) -> Any:  # noqa: ARG002
        slot, whole = self._bound()
        documents = []
        for part in value or ():
            fields: dict[str, Any] = {}
            document = slot.match.shell()
            whole.flatten(part, Outward(NO_CONTEXT, obj), "", fields)
            whole.write(document, fields, Nulls.OMIT)
            documents.append(document)
        return documents

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_kwargs: Any) -> Any:  # noqa: ARG002
        _, whole = self._bound()
        if not isinstance(value, list):
            raise ValidationError("expected a list")
        parts: list[Document] = []
        for item in value:
            reading, part = Reading(partial=False), self.shape.shell()
            whole.parse(item, "", reading)
            whole.apply(part, reading.fields, "", Inward(NO_CONTEXT, part))
            parts.append(part)
        return parts

    def _bound(self) -> tuple[ElementSlot, Plan]:
        if self.slot is None or self.whole is None:
            raise ConfigurationError("Elements belongs into a wire schema.")
        return self.slot, self.whole
