"""A list of parts, each an element of a wire list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError

from backhaul.sdk.errors import MappingError
from backhaul.sdk.json import Document, Json
from backhaul.sdk.mapping import field_path
from backhaul.sdk.mapping.context import Inward, MapContext, Outward
from backhaul.sdk.mapping.explanation import Explanation, Loss
from backhaul.sdk.mapping.missing import MISSING
from backhaul.sdk.mapping.parsed import Reading, Removal
from backhaul.sdk.mapping.plan import Plan
from backhaul.sdk.mapping.scalar_slot import ScalarSlot
from backhaul.sdk.mapping.slot import ElementFields, ListSlot, Nulls
from backhaul.sdk.mapping.source import Source
from backhaul.sdk.mapping.wire_path import WirePath
from backhaul.sdk.mapping.wire_step import Match, kind_of
from backhaul.sdk.mapping.wiring import Wiring

if TYPE_CHECKING:
    from backhaul.sdk.mapping.elements_field import Elements
    from backhaul.sdk.mapping.field import WireField


def _removed(fields: dict[str, Json]) -> bool:
    return fields.get("", MISSING) is None


def _within(fields: dict[str, Json]) -> dict[str, Json]:
    return {rest: value for rest, value in fields.items() if rest}


class ElementSlot(ListSlot):
    """Flat, a field of a part is ``addresses[billing].city``."""

    def __init__(self, field: Elements, source: Source, plan: Plan, key: ScalarSlot, wiring: Wiring) -> None:
        self.field = field
        self.source = source
        self.plan = plan
        self.key = key
        (self.place,) = field.places()
        self.match = self.place.elements or Match(())
        #: The entity of the records that the list embeds, None for parts.
        self.embeds = field.embeds
        self.flat = f"{source.flat}->" if self.embeds else source.flat
        self.shown = f"{wiring.inside}{self.place}"
        self.sent = not field.load_only
        self.read = not field.dump_only

    def _parts(self, model: Any, context: MapContext) -> list[Any]:
        parts = self.source.get(model, context) or []
        if self.embeds is None:
            return list(parts)
        absent = [one for one in parts if (self.embeds, one) not in context.embedded]
        if absent:
            raise ValidationError(f"{self.embeds} {absent[0]} is named, but was not given to embed")
        return [context.embedded[self.embeds, one] for one in parts]

    def _keyed(self, model: Any, scope: Outward) -> dict[str, Any]:
        """Return the parts by key. Raises marshmallow.ValidationError for two of one key."""
        keyed: dict[str, Any] = {}
        for part in self._parts(model, scope.context):
            value = self.key.source.get(part, scope.context)
            wire = MISSING if value is None else self.key.field.to_wire(value, scope)
            if wire is MISSING or wire is None:
                raise ValidationError(
                    f"an element has no {self.field.key}, which tells the elements apart; set it"
                )
            key = self.key.field.key_of(wire)
            if key in keyed and self.field.duplicates == "error":
                raise ValidationError(
                    f"two elements have the {self.field.key} {value}, where the wire has room for one"
                )
            keyed.setdefault(key, part)
        return keyed

    def flatten(
        self, model: Any, scope: Outward, prefix: str, out: dict[str, Json], *, lenient: bool
    ) -> None:
        """Add the fields of each part."""
        keyed = self._keyed(model, scope)
        if self.field.required and not keyed and not lenient:
            raise ValidationError("at least one is required there, but none is set here; add one")
        for key, part in keyed.items():
            path = field_path.element(prefix + self.flat, key)
            before = len(out)
            self.plan.flatten(part, scope, f"{path}.", out, received=lenient)
            if len(out) == before:
                out[path] = self.key.field.key_wire(key)

    def parse(self, document: Any, prefix: str, reading: Reading) -> None:
        """Add the fields of each element that meets the predicate; one that says nothing else as its key."""
        items = self.place.existing(document)
        if items is MISSING:
            if self.field.required and not reading.partial:
                raise ValidationError("it is required, but the document does not say it")
            return
        path = prefix + self.flat
        if self.field.complete:
            reading.complete.add(path)
        seen: set[str] = set()
        for item in items or ():
            key = self._key_of(item)
            if key is None:
                continue
            if key in seen and self.field.duplicates == "error":
                raise ValidationError(f"two elements have the {self.field.key} {key[:40]}")
            if key not in seen or self.field.duplicates == "merge":
                self._read(item, key, path, reading)
            seen.add(key)

    def _read(self, item: Any, key: str, within: str, reading: Reading) -> None:
        path = field_path.element(within, key)
        said = reading.aside()
        self.plan.parse(item, f"{path}.", said)
        reading.complete |= said.complete
        reading.fields.update(
            {rest: value for rest, value in said.fields.items() if rest not in reading.fields}
        )
        if not said.fields:
            reading.fields.setdefault(path, self.key.field.key_wire(key))

    def _key_of(self, item: Any) -> str | None:
        """Return the key of a wire element, None for one that is not ours."""
        if not self.match.selects(item):
            if not self.match.conditions and not isinstance(item, dict):
                raise ValidationError(f"{kind_of(item)} stands where an object belongs")
            return None
        wire = self.key.said(item)
        if wire is MISSING or wire is None:
            if self.field.skips_keyless:
                return None
            raise ValidationError(f"an element does not say its {self.field.key} ({self.key.shown})")
        try:
            return self.key.field.key_of(wire)
        except ValidationError:
            if self.field.skips_unknown:
                return None
            raise

    def _shell(self, key: str) -> Document:
        element = self.match.shell()
        self.key.write(element, self.key.field.key_wire(key), Nulls.WRITE)
        return element

    def _new(self, key: str) -> Document:
        element = self._shell(key)
        for constant in self.plan.constants:
            constant.state(element, created=True)
        return element

    def write(self, document: Document, elements: ElementFields, nulls: Nulls) -> None:
        """Put the fields into the element with their key, made where there is none."""
        removed = {key for key, fields in elements.items() if _removed(fields)}
        said = {key: fields for key, fields in elements.items() if key not in removed}
        if not said and (nulls is not Nulls.ERASE or self.place.existing(document) in (MISSING, None)):
            return
        items = self.place.made(document)
        present = self._present(items)
        if nulls is Nulls.ERASE and removed:
            gone = [item for key, found in present.items() if key in removed for item in found]
            items[:] = [item for item in items if not any(item is one for one in gone)]
        for key, fields in said.items():
            if key not in present:
                items.append(self._new(key))
                present[key] = [items[-1]]
            self.plan.write(present[key][0], _within(fields), nulls)

    def _present(self, items: list[Json]) -> dict[str, list[Any]]:
        """Return the wire elements by key; those without a key that means something here are theirs."""
        present: dict[str, list[Any]] = {}
        for item in items:
            if self.match.selects(item) and (key := self._own_key(item)) is not None:
                present.setdefault(key, []).append(item)
        twice = [key for key, found in present.items() if len(found) > 1]
        if twice and self.field.duplicates == "error":
            raise ValidationError(f"two elements there have the {self.field.key} {twice[0][:40]}")
        return present

    def _own_key(self, item: Any) -> str | None:
        try:
            wire = self.key.said(item)
            return None if wire is MISSING or wire is None else self.key.field.key_of(wire)
        except ValidationError:
            return None

    def apply(self, document: Document, elements: ElementFields, scope: Inward) -> None:
        """Change the part with the key; one that is absent is made, a removed one goes."""
        parts = self.source.value(document)
        changed: list[Any] = parts if isinstance(parts, list) else []
        present = self._present_parts(changed, scope)
        for key, fields in elements.items():
            part = present.get(key)
            if _removed(fields):
                changed = [one for one in changed if one is not part]
                continue
            if part is None:
                part = self._made(key, scope)
                if part is None:
                    continue
                changed.append(part)
            self.plan.apply(part, _within(fields), f"{field_path.element(self.flat, key)}.", scope)
        self.source.set(document, changed)

    def _present_parts(self, parts: list[Any], scope: Inward) -> dict[str, Any]:
        outward = Outward(scope.context, None)
        present: dict[str, Any] = {}
        for part in parts:
            value = self.key.source.value(part)
            wire = None if value is None else self.key.field.to_wire(value, outward)
            if wire is not None and wire is not MISSING:
                present.setdefault(self.key.field.key_of(wire), part)
        return present

    def _made(self, key: str, scope: Inward) -> Document | None:
        """Return a new part with this key, None where policy ignores a key without a meaning here."""
        meant = self.key.field.from_wire(self.key.field.key_wire(key), scope)
        if meant is MISSING:
            return None
        part = self.source.leaf.shell()
        self.key.source.set(part, meant)
        return part

    def understood(self, elements: ElementFields, context: MapContext) -> ElementFields:
        """Return the elements as we shall spell them, without those whose key policy ignores."""
        understood: ElementFields = {}
        for key, fields in elements.items():
            if self.key.field.understood(self.key.field.key_wire(key), context) is MISSING:
                continue
            whole = {"": fields[""]} if "" in fields else {}
            understood[key] = whole | self.plan.understood(_within(fields), context)
        return understood

    def unresolved(self, elements: ElementFields) -> set[tuple[str, str]]:
        """Return the cross references that the keys and fields need."""
        needed: set[tuple[str, str]] = set()
        for key, fields in elements.items():
            if not _removed(fields):
                needed |= self.key.unresolved(self.key.field.key_wire(key))
                needed |= self.plan.unresolved(_within(fields))
        return needed

    def removals(self, elements: ElementFields, prefix: str) -> Iterator[Removal]:
        """Yield the elements that are removed, and those within elements that stay."""
        for key, fields in elements.items():
            path = field_path.element(prefix + self.flat, key)
            if _removed(fields):
                yield Removal(path, self.shown, self._shell(key))
            else:
                yield from self.plan.removals(_within(fields), f"{path}.")

    def explain(self, model: Any, scope: Outward, prefix: str) -> Iterator[Explanation]:
        """Say how the fields of each part come about."""
        path = prefix + self.flat
        try:
            keyed = self._keyed(model, scope)
        except (ValidationError, MappingError) as error:
            problem = (
                self.failed(error, prefix).message if isinstance(error, ValidationError) else error.message
            )
            yield Explanation(self.shown, path, "list", None, None, self.field.loss, problem)
            return
        for key, part in keyed.items():
            whole = f"{field_path.element(path, key)}."
            yield from self.key.explain(part, scope, whole)
            yield from self.plan.explain(part, scope, whole)

    def manifest(self) -> Iterator[str]:
        """Yield the conditions of the predicate, the key and the fields."""
        for condition in self.match.conditions:
            yield f"{self.shown}.{'.'.join(condition.names)}: constant {kind_of(condition.value).split()[-1]}"
        yield from self.key.manifest()
        yield from self.plan.manifest()

    def losses(self, prefix: str) -> Iterator[Loss]:
        """Yield what is declared to be lost."""
        path = f"{prefix}{self.flat}[*]."
        for what in self.field.losses():
            yield Loss(prefix + self.flat, self.shown, what)
        yield from self.key.losses(path)
        yield from self.plan.losses(path)

    def fields(self) -> Iterator[WireField]:
        """Yield the fields of the parts."""
        yield self.key.field
        yield from self.plan.fields()

    @property
    def roots(self) -> tuple[WirePath, ...]:
        """The wire list."""
        return (self.place,)
