"""Capabilities: declared once, on the method that implements them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from backhaul.entities import Record
from backhaul.sdk.call import FindCall, ProbeCall, QueryCall, SendCall
from backhaul.sdk.inbound import Inbound, RawMessage
from backhaul.sdk.mapping.schema import WireSchema
from backhaul.sdk.repeat import Repeat
from backhaul.sdk.reply import Found, QueryPage, Reply

A = TypeVar("A")
E = TypeVar("E", bound=Record)

_MARK = "__backhaul_capability__"


class Role(StrEnum):
    """What a method does for an entity."""

    SENDS = "sends"
    DELETES = "deletes"
    PROBES = "probes"
    FINDS = "finds"
    QUERIES = "queries"
    RECEIVES = "receives"


@dataclass(frozen=True, slots=True)
class Capability:
    """One thing that a configured back office can do with one entity.

    `embeds` are records that travel inside this one's payload and get no delivery of their own; `needs` are
    records that must be bound there first. `batch` above 1 hands the method a sequence of calls.
    `in_order` promises that accepted sends are applied in the order they were taken.
    """

    role: Role
    entity: type[Record]
    method: str
    wire: type[WireSchema[Any]] | None = None
    repeat: Repeat = Repeat.NONE
    embeds: tuple[type[Record], ...] = ()
    needs: tuple[type[Record], ...] = ()
    batch: int = 1
    in_order: bool = False


def _mark(capability: Capability, method: Callable[..., Any]) -> None:
    marks: tuple[Capability, ...] = getattr(method, _MARK, ())
    setattr(method, _MARK, (*marks, capability))


def declared(owner: type) -> tuple[Capability, ...]:
    """The capabilities that a class declares on its methods, those of its bases included."""
    found: dict[tuple[Role, type[Record]], Capability] = {}
    for cls in reversed(owner.__mro__):
        for name, member in vars(cls).items():
            for capability in getattr(member, _MARK, ()):
                found[capability.role, capability.entity] = Capability(
                    capability.role,
                    capability.entity,
                    name,
                    capability.wire,
                    capability.repeat,
                    capability.embeds,
                    capability.needs,
                    capability.batch,
                    capability.in_order,
                )
    return tuple(found.values())


Send = Callable[[A, SendCall[E]], Reply]
SendBatch = Callable[[A, Sequence[SendCall[E]]], Sequence[Reply | Exception]]


def sends(
    entity: type[E],
    *,
    wire: type[WireSchema[E]],
    repeat: Repeat,
    embeds: tuple[type[Record], ...] = (),
    needs: tuple[type[Record], ...] = (),
) -> Callable[[Send[A, E]], Send[A, E]]:
    """The method creates and updates `entity` there. Declare `repeat` truthfully: the kit proves it."""

    def declare(method: Send[A, E]) -> Send[A, E]:
        _mark(Capability(Role.SENDS, entity, "", wire, repeat, embeds, needs), method)
        return method

    return declare


def sends_batch(
    entity: type[E],
    *,
    wire: type[WireSchema[E]],
    repeat: Repeat,
    batch: int,
    in_order: bool = False,
    embeds: tuple[type[Record], ...] = (),
    needs: tuple[type[Record], ...] = (),
) -> Callable[[SendBatch[A, E]], SendBatch[A, E]]:
    """The method sends up to `batch` records in one exchange and answers one reply or error for each."""

    def declare(method: SendBatch[A, E]) -> SendBatch[A, E]:
        capability = Capability(Role.SENDS, entity, "", wire, repeat, embeds, needs, batch, in_order)
        _mark(capability, method)
        return method

    return declare


def deletes(
    entity: type[E], *, wire: type[WireSchema[E]], repeat: Repeat
) -> Callable[[Send[A, E]], Send[A, E]]:
    """The method removes `entity` there. Deleting is opt-in: without it nothing is ever deleted."""

    def declare(method: Send[A, E]) -> Send[A, E]:
        _mark(Capability(Role.DELETES, entity, "", wire, repeat), method)
        return method

    return declare


Probe = Callable[[A, ProbeCall[E]], Found | None]


def probes(entity: type[E], *, wire: type[WireSchema[E]]) -> Callable[[Probe[A, E]], Probe[A, E]]:
    """The method tells what became of a send, without changing anything; None means not there."""

    def declare(method: Probe[A, E]) -> Probe[A, E]:
        _mark(Capability(Role.PROBES, entity, "", wire), method)
        return method

    return declare


Find = Callable[[A, FindCall[E]], Sequence[Found]]


def finds(entity: type[E], *, wire: type[WireSchema[E]]) -> Callable[[Find[A, E]], Find[A, E]]:
    """The method looks for objects that may be this record: all candidates, never a guess."""

    def declare(method: Find[A, E]) -> Find[A, E]:
        _mark(Capability(Role.FINDS, entity, "", wire), method)
        return method

    return declare


Query = Callable[[A, QueryCall[E]], QueryPage]


def queries(entity: type[E], *, wire: type[WireSchema[E]]) -> Callable[[Query[A, E]], Query[A, E]]:
    """The method asks the system live; nothing is stored."""

    def declare(method: Query[A, E]) -> Query[A, E]:
        _mark(Capability(Role.QUERIES, entity, "", wire), method)
        return method

    return declare


Receive = Callable[[A, RawMessage], Iterable[Inbound]]


def receives(entity: type[E], *, wire: type[WireSchema[E]]) -> Callable[[Receive[A]], Receive[A]]:
    """The method reads what a message says of `entity`: nothing, one record, or many."""

    def declare(method: Receive[A]) -> Receive[A]:
        _mark(Capability(Role.RECEIVES, entity, "", wire), method)
        return method

    return declare


class Capabilities:
    """What a configured back office can do: the truth behind manifest, gate, kit, matrix and explain."""

    def __init__(
        self, items: Iterable[Capability], unsupported: Mapping[type[Record], str] | None = None
    ) -> None:
        self._items = {(item.role, item.entity.entity): item for item in items}
        self.unsupported = {entity.entity: reason for entity, reason in (unsupported or {}).items()}

    def __iter__(self) -> Any:
        return iter(self._items.values())

    def get(self, role: Role, entity: str) -> Capability | None:
        """The capability of this role for this entity, or None."""
        return self._items.get((role, entity))

    def owner_of(self, entity: str) -> Capability | None:
        """The send whose payload embeds `entity`, or None."""
        return next(
            (item for item in self._items.values() if any(part.entity == entity for part in item.embeds)),
            None,
        )
