"""Wire schemas: how one kind of system spells one kind of record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from marshmallow import ValidationError

from backhaul.entities import Record
from backhaul.sdk.errors import ConfigurationError, MappingError
from backhaul.sdk.json import Document, Fields, Json
from backhaul.sdk.mapping.context import NO_CONTEXT, Inward, MapContext, Outward
from backhaul.sdk.mapping.copied import copied
from backhaul.sdk.mapping.explanation import Explanation, Loss
from backhaul.sdk.mapping.merge_patch import merge_patch
from backhaul.sdk.mapping.model_schema import ModelSchema
from backhaul.sdk.mapping.parsed import Parsed, Reading, Removal
from backhaul.sdk.mapping.plan import Plan
from backhaul.sdk.mapping.reference_field import ExternalId, References, TheirId
from backhaul.sdk.mapping.scalar_slot import ScalarSlot
from backhaul.sdk.mapping.slot import Nulls
from backhaul.sdk.mapping.text_field import OurId
from backhaul.sdk.mapping.value_map import ValueMap
from backhaul.sdk.mapping.wiring import Wiring

E = TypeVar("E", bound=Record)


class WireSchema(ModelSchema[E]):
    """How a system spells one entity, both ways; built once, shared by threads.

    `Fields` are flat: canonical path to value in the back office's spelling; None is cleared, absent is not
    said. Mapping raises MappingError, a wrong definition ConfigurationError when the schema is built.
    `context` is what marshmallow's own `dump` and `load` look things up in.
    """

    resource: ClassVar[str]

    def __init__(
        self,
        *,
        only: Sequence[str] | None = None,
        exclude: Sequence[str] = (),
        many: bool | None = None,
        context: MapContext = NO_CONTEXT,
    ) -> None:
        super().__init__(only=only, exclude=exclude, many=many)
        model = self.entity_type()
        wiring = Wiring(type(self).__name__, model, model, self.wire_text, self.wire_cleared)
        self.plan = Plan(wiring.schema, self.compiled(wiring))
        self.context = context
        #: The entities whose external ids stand in what is sent: once such an id is known, there is news.
        self.refers_to = frozenset(
            str(field.entity)
            for field in self.plan.fields()
            if isinstance(field, ExternalId | References) and not field.load_only
        )
        scalars = [slot for slot in self.plan.slots if isinstance(slot, ScalarSlot)]
        self._our_id = next((slot for slot in scalars if isinstance(slot.field, OurId)), None)
        self._their_id = next((one for one in self.fields.values() if isinstance(one, TheirId)), None)

    @classmethod
    def entity_type(cls) -> type[Record]:
        """Return the record type that this schema maps. Raises ConfigurationError where none was stated."""
        model = cls.model_type()
        if not issubclass(model, Record):
            raise ConfigurationError(f"{cls.__name__} maps {model.__name__}, which is no record.")
        return model

    def flatten(self, record: E, context: MapContext, *, received: bool = False) -> dict[str, Json]:
        """Return every field that is sent, as the wire will show it; unset ones as None.

        `received` gives instead the fields that are read, as a message would state them, to merge with it;
        there, required fields may be unset.
        """
        out: dict[str, Json] = {}
        self.plan.flatten(record, Outward(context, record), "", out, received=received)
        return out

    def render(self, fields: Fields, *, nulls: bool) -> Document:
        """Return the wire document of these fields; without `nulls` (creation) unset ones are left out.

        Removed list elements are left out as well: see `removals`.
        """
        document: Document = {}
        self.plan.write(document, fields, Nulls.WRITE if nulls else Nulls.OMIT)
        return document

    def removals(self, fields: Fields) -> tuple[Removal, ...]:
        """Return the list elements that the fields remove, with what identifies each on the wire."""
        return tuple(self.plan.removals(fields, ""))

    def patch_document(self, current: Document, changes: Fields) -> Document:
        """Return a JSON merge patch (RFC 7396) that makes these changes to the system's current document.

        A list that is touched stands there as a whole, with everything of theirs. Nothing given is changed.
        """
        return merge_patch(self.plan, current, changes)

    def parse(self, document: Mapping[str, Json], *, partial: bool = False) -> Parsed:
        """Return what the document says; partial: required fields may be absent (an event of changes)."""
        if not isinstance(document, Mapping):
            raise MappingError(
                f"{type(self).__name__}: a document is an object, not a {type(document).__name__}."
            )
        reading = Reading(partial)
        self.plan.parse(dict(document), "", reading)
        return Parsed(reading.fields, frozenset(reading.complete))

    def understood(self, fields: Fields, context: MapContext) -> dict[str, Json]:
        """Return parsed fields as `flatten` will spell them once applied.

        What a policy ignores (an unknown reference, an element with an unknown key) is left out; a code that
        is read by default, or by a many-to-one map, stands in our spelling. A base made of these does not
        call for a send that would undo what only the other side knows.
        """
        return self.plan.understood(fields, context)

    def our_id(self, document: Mapping[str, Json]) -> str | None:
        """Return our id as the document carries it, None where it does not."""
        if self._our_id is None:
            return None
        try:
            found = self._our_id.said(document)
        except ValidationError as error:
            raise self._our_id.failed(error, "") from error
        return found if isinstance(found, str) else None

    def their_id(self, document: Mapping[str, Json]) -> str | None:
        """Return the system's own id of the record, from the field `TheirId`; None where there is none."""
        return None if self._their_id is None else self._their_id.read(document)

    def unresolved(self, fields: Fields) -> set[tuple[str, str]]:
        """Return the (resource, external id) pairs that `apply` needs in `context.internal_ids`."""
        return self.plan.unresolved(fields)

    def apply(self, document: Document, changes: Fields, context: MapContext) -> Document:
        """Return a canonical JSON document with the changes applied; the one given is left as it is.

        The result is not validated. A list element is found by its key; a new part gets a fresh part_id.
        """
        changed: Document = copied(document)
        self.plan.apply(changed, changes, "", Inward(context, changed))
        return changed

    def explain(self, record: E, context: MapContext) -> list[Explanation]:
        """Return how each wire field comes about; a field that cannot be mapped says why."""
        return list(self.plan.explain(record, Outward(context, record), ""))

    def manifest(self) -> list[str]:
        """Return the wire paths with their types, sorted."""
        their_id = [] if self._their_id is None else [f"{self._their_id.path}: {self._their_id.wire_type}"]
        return sorted({*self.plan.manifest(), *their_id})

    def check_value_maps(self, value_maps: Mapping[str, ValueMap]) -> None:
        """Refuse value maps of the deployment that its fields cannot use. Raises ConfigurationError."""
        for field in self.plan.fields():
            field.check_value_maps(value_maps)

    @property
    def value_map_names(self) -> frozenset[str]:
        """The value maps that its fields look into."""
        return frozenset(field.value_map_name for field in self.plan.fields() if field.value_map_name)

    @property
    def declared_losses(self) -> tuple[Loss, ...]:
        """What the fields are declared to lose."""
        return tuple(self.plan.losses(""))

    def sends(self, path: str) -> bool:
        """Whether the field with this canonical path is ever sent."""
        values, lists = self.plan.outward.of({path: None})
        return all(slot.sent for slot in (*(slot for slot, _ in values), *lists))

    def reads(self, path: str) -> bool:
        """Whether the field with this canonical path is ever read; False also for one that is not mapped."""
        try:
            values, lists = self.plan.inward.of({path: None})
        except MappingError:
            return False
        return all(slot.read for slot in (*(slot for slot, _ in values), *lists))

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        """Return the wire document (or documents) that would create the record."""
        if self.many if many is None else many:
            return [self.dump(one, many=False) for one in obj]
        return self.render(self.flatten(obj, self.context), nulls=False)

    def load(self, data: Any, *, many: bool | None = None, partial: Any = None, unknown: Any = None) -> Any:  # noqa: ARG002
        """Return the canonical document (or documents) that the wire document speaks of."""
        if self.many if many is None else many:
            return [self.load(one, many=False, partial=partial) for one in data]
        return self.apply({}, self.parse(data, partial=bool(partial)).fields, self.context)
