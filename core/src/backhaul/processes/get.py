"""Get: an external application asks us (CUT Get …). Answers by id, external id, strong key, or by example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backhaul.entities import Key, Record
from backhaul.processes.landscape import Landscape
from backhaul.sdk.envelope import Verb
from backhaul.sdk.errors import AmbiguousError, NotFoundError, UnsupportedError
from backhaul.store.unit_of_work import Store


@dataclass(frozen=True, slots=True)
class Page:
    """Records in order of id, and after which id the next page begins."""

    records: tuple[Record, ...]
    next_after: str | None


class Get:
    """Reads the front office store; never a back office."""

    def __init__(self, store: Store, landscape: Landscape) -> None:
        self._store = store
        self._landscape = landscape

    def entity_of(self, process: str) -> str:
        """The entity that a Get process answers. Raises NotFoundError, UnsupportedError for another verb."""
        found = self._landscape.catalogue.find(process)
        if found.verb is not Verb.GET:
            msg = f"{found.name} is a {found.verb.value}, not a get."
            raise UnsupportedError(msg, hint="Use the process whose name begins with 'CUT Get'.")
        return found.entity

    def by_id(self, entity: str, id: str) -> Record:  # noqa: A002
        """One live record. Raises NotFoundError."""
        model = self._landscape.model(entity)
        with self._store.read() as uow:
            stored = uow.records.get(entity, id)
        if stored is None or stored.deleted:
            msg = f"There is no {model.entity} {id}" + (": it was deleted." if stored else ".")
            raise NotFoundError(msg)
        return stored.typed(self._landscape.entities)

    def by_external_id(
        self, entity: str, back_office: str, external_id: str, resource: str | None = None
    ) -> Record:
        """The record bound to an external id of a named system. Raises NotFoundError."""
        wanted = resource or self._landscape.invocation(back_office).resource(entity) or entity
        with self._store.read() as uow:
            found = uow.cross_references.to_internal(back_office, [(wanted, external_id)])
        ref = found.get((wanted, external_id))
        if ref is None or ref[0] != entity:
            msg = f"No {entity} is bound to {wanted} {external_id} of {back_office}."
            raise NotFoundError(msg)
        return self.by_id(entity, ref[1])

    def by_key(self, entity: str, kind: str, value: str) -> Record:
        """The record with a strong key. Raises NotFoundError, AmbiguousError with the candidates."""
        key = self._key(entity, kind, value)
        with self._store.read() as uow:
            ids = uow.records.by_keys(entity, [key])
        if len(ids) > 1 or (not key.strong and ids):
            msg = (
                f"{len(ids)} {entity} records have the {kind} given; only a strong key finds one for certain."
            )
            raise AmbiguousError(msg, candidates=tuple(ids), hint="Query by example and choose.")
        if not ids:
            msg = f"No {entity} has this {kind}."
            raise NotFoundError(msg)
        return self.by_id(entity, ids[0])

    def by_example(
        self, entity: str, example: Mapping[str, str], *, after: str | None = None, limit: int = 50
    ) -> Page:
        """A page of the records that have every key given (kind to value), ordered by id."""
        keys = [self._key(entity, kind, value) for kind, value in example.items()]
        with self._store.read() as uow:
            found = uow.records.with_all_keys(entity, keys, after=after, limit=limit + 1)
        typed = tuple(stored.typed(self._landscape.entities) for stored in found[:limit])
        return Page(typed, typed[-1].id if len(found) > limit else None)

    def _key(self, entity: str, kind: str, value: str) -> Key:
        try:
            key = self._landscape.model(entity).key_kind(kind).key(value)
        except ValueError as error:
            raise NotFoundError(str(error)) from error
        if key is None:
            msg = f"The {kind} given is empty."
            raise NotFoundError(msg)
        return key
