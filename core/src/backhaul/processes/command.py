"""Commands: what must happen once, such as capturing a payment (RULES 8)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import uuid4

from pydantic import BaseModel

from backhaul.entities import Money, Record
from backhaul.processes.announcement import Announcements
from backhaul.processes.landscape import Landscape
from backhaul.processes.planning import Cause, Intent, Planner
from backhaul.processes.route import Payload, Route
from backhaul.processes.saving import Saving
from backhaul.sdk.capability import Role
from backhaul.sdk.envelope import FRONT, Verb
from backhaul.sdk.errors import ConflictError, RejectedError
from backhaul.sdk.json import Document
from backhaul.store.delivery_state import Action
from backhaul.store.unit_of_work import Store, UnitOfWork

E = TypeVar("E", bound=Record)

_LONGEST_NAME = 255
#: The store's bookkeeping: two requests that differ in nothing else ask for the same.
_BOOKKEEPING = frozenset({"version", "created_at", "updated_at", "origin"})


@dataclass(frozen=True, slots=True)
class Commanded:
    """The answer to a command: its record as it was frozen, and its deliveries.

    `repeated` says that this is the first answer again and that nothing was done now.
    """

    entity: str
    record_id: str
    version: int
    deliveries: tuple[int, ...]
    repeated: bool = False


class Commands:
    """Takes commands, each at most once per caller and key."""

    def __init__(
        self,
        store: Store,
        landscape: Landscape,
        announcements: Announcements,
        *,
        planned: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._landscape = landscape
        self._planner = Planner(landscape)
        self._saving = Saving(landscape, self._planner, announcements)
        self._announcements = announcements
        self._planned = planned

    def submit(
        self,
        record: Record,
        targets: Iterable[str],
        *,
        caller: str,
        key: str | None,
        interactive: bool = True,
        not_after: float | None = None,
        request: Document | None = None,
    ) -> Commanded:
        """Plan a command of a record to named back offices; the record is saved with it, where it is ours.

        Amounts are quantised, then frozen. `not_after` (seconds) ends it unattempted. The same key with the
        same content gives the first answer; `request` is what the caller said, if not the record itself (an
        id that we issued would make every repetition another content).

        Raises RejectedError without a key, ConflictError for a key that was used for other content, errors of
        saving, UnsupportedError or NotFoundError for a back office that cannot do it.
        """
        proven = _key(caller, key)
        frozen = quantised(record)
        names = tuple(dict.fromkeys(targets))
        digest = _digest(frozen, names, not_after, request)
        known = self._first_answer(proven, digest)
        if known is not None:
            return known
        self._check_targets(frozen, names)
        try:
            done = self._once(proven, digest, frozen, names, interactive=interactive, not_after=not_after)
        except ConflictError:
            # Two at the same moment meet at the record or at the key: the other's answer is the first one.
            known = self._first_answer(proven, digest)
            if known is None:
                raise
            return known
        self._announcements.tell()
        self._planned()
        return done

    def _check_targets(self, record: Record, names: tuple[str, ...]) -> None:
        if not names:
            msg = f"The command of {record.entity} {record.id} names no back office."
            raise RejectedError(msg, code="no_target", hint="Name at least one.")
        for name in names:
            # What is planned for a back office whose plugin is missing is held until it is there again.
            if name not in self._landscape.missing:
                self._landscape.invocation(name).capability(Role.SENDS, record.entity)

    def _first_answer(self, proven: tuple[str, str], digest: str) -> Commanded | None:
        with self._store.read() as uow:
            return _answered(uow, proven, digest)

    def _once(
        self,
        proven: tuple[str, str],
        digest: str,
        record: Record,
        names: tuple[str, ...],
        *,
        interactive: bool,
        not_after: float | None,
    ) -> Commanded:
        """Everything in one transaction: record, deliveries, answer."""
        ready, changed = self._checked(record)
        cause = Cause(FRONT, uuid4().hex, interactive=interactive, name="command")
        with self._announcements.undone(), self._store.write() as uow:
            if changed is not None:
                ready = self._saving.store(uow, ready, changed, cause, skip=frozenset(names)).record
            deliveries = [self._plan(uow, ready, name, cause, not_after) for name in names]
            answer = Commanded(ready.entity, ready.id, ready.version, tuple(deliveries))
            uow.ledger.remember_answer(*proven, digest, _as_json(answer))
        return answer

    def _checked(self, record: Record) -> tuple[Record, tuple[str, ...] | None]:
        """The record as it will be saved and what changes; None where it is not kept here."""
        if record.entity not in self._landscape.entities:
            return record, None
        with self._store.read() as uow:
            stored = uow.records.get(record.entity, record.id)
        ready, changed = self._saving.checked(record, stored)
        # What hooks put in is money as well.
        return quantised(ready), changed

    def _plan(self, uow: UnitOfWork, record: Record, name: str, cause: Cause, not_after: float | None) -> int:
        process = self._landscape.catalogue.of(Verb.SEND, record.entity)
        named = process.name if process is not None else f"Send {record.entity}"
        route = Route(named, (name,), payload=Payload.FROZEN, not_after=not_after)
        document = record.model_dump(mode="json")
        intent = Intent(name, record, named, cause, Action.COMMAND, route, document)
        return self._planner.enqueue(uow, intent)


def quantised(record: E) -> E:
    """The record with every amount of money rounded to the minor unit of its currency."""
    changes = {name: _rounded(value) for name, value in record.__dict__.items()}
    # By identity: 10 and 10.00 are equal, and only one of them is in the minor unit.
    changes = {name: value for name, value in changes.items() if value is not record.__dict__[name]}
    return record.changed(**changes) if changes else record


def _rounded(value: Any) -> Any:
    if isinstance(value, Money):
        return value.quantised()
    if isinstance(value, BaseModel):
        inner = {name: _rounded(item) for name, item in value.__dict__.items()}
        return value.model_copy(update=inner)
    if isinstance(value, list | tuple):
        return type(value)([_rounded(item) for item in value])
    return value


def _key(caller: str, key: str | None) -> tuple[str, str]:
    """Caller and key, both proven usable."""
    if not key or not key.strip():
        msg = "A command needs an idempotency key."
        hint = "Give every command a key of its own, and the same key when you repeat it."
        raise RejectedError(msg, code="idempotency_key_missing", hint=hint)
    for what, value in (("caller", caller), ("idempotency key", key)):
        if not value or len(value) > _LONGEST_NAME:
            msg = f"The {what} has {len(value)} characters; it needs 1 to {_LONGEST_NAME}."
            raise RejectedError(msg, code="idempotency_key_unusable")
    return caller, key


def _digest(
    record: Record, names: tuple[str, ...], not_after: float | None, request: Mapping[str, Any] | None
) -> str:
    """A hash of what was asked for: only the hash is kept."""
    said = request
    if said is None:
        document = record.model_dump(mode="json", exclude_none=True)
        said = {name: value for name, value in document.items() if name not in _BOOKKEEPING}
    content = {"entity": record.entity, "said": said, "to": sorted(names), "not_after": not_after}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _answered(uow: UnitOfWork, proven: tuple[str, str], digest: str) -> Commanded | None:
    """The first answer under this key. Raises ConflictError when it was for other content."""
    known = uow.ledger.first_answer(*proven)
    if known is None:
        return None
    first, answer = known
    if first != digest:
        msg = "The idempotency key was used for another command."
        raise ConflictError(msg, hint="Give every command a key of its own.")
    return replace(Commanded(**{**answer, "deliveries": tuple(answer["deliveries"])}), repeated=True)


def _as_json(answer: Commanded) -> Document:
    return {
        "entity": answer.entity,
        "record_id": answer.record_id,
        "version": answer.version,
        "deliveries": list(answer.deliveries),
    }
