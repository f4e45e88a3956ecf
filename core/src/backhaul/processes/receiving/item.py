"""One record of an inbound message, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from backhaul.sdk.inbound import Inbound, InboundKind
from backhaul.sdk.rest_reply import json_bytes
from backhaul.sdk.transports.json_body import parse_json
from backhaul.store.inbox import ItemState


@dataclass(frozen=True, slots=True)
class Item:
    """One record as it came in. `open_creates` are the creates that were open when it arrived (None: now)."""

    number: int
    entity: str
    inbound: Inbound
    open_creates: tuple[int, ...] | None = None
    held_id: int | None = None
    deadline: float | None = None

    def dumped(self) -> dict[str, Any]:
        """The inbound as JSON, to be held."""
        values = asdict(self.inbound)
        values["kind"] = self.inbound.kind.value
        # As text: the fractions in it are exact, which JSON columns cannot hold.
        values["document"] = json_bytes(self.inbound.document).decode()
        return values


def loaded(values: Mapping[str, Any]) -> Inbound:
    """The inbound that `dumped` wrote."""
    refused, document = values.get("refused"), values["document"]
    return Inbound(
        **{
            **values,
            "document": parse_json(document.encode()) if isinstance(document, str) else document,
            "kind": InboundKind(values["kind"]),
            "refused": (refused[0], refused[1]) if refused else None,
        }
    )


@dataclass(frozen=True, slots=True)
class ItemReport:
    """What became of one record: the report that the sender (or an operator) reads."""

    number: int
    entity: str
    state: ItemState
    record_id: str | None = None
    code: str | None = None
    reason: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The report as JSON."""
        return {**asdict(self), "state": self.state.value}


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a message. `repeated` means that this message was answered before."""

    message_id: str
    items: tuple[ItemReport, ...] = ()
    repeated: bool = False
    inbox_id: int = 0

    @property
    def changed(self) -> bool:
        """Whether a stored field changed."""
        return any(item.state is ItemState.TAKEN for item in self.items)

    @property
    def refused(self) -> bool:
        """Whether nothing of it was taken or held."""
        return bool(self.items) and all(item.state is ItemState.REFUSED for item in self.items)


@dataclass(slots=True)
class Facts:
    """Around a message: who sent it and in which chain."""

    back_office: str
    message_id: str
    causation_id: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
