"""A back office that keeps its objects in memory and answers as a test scripts it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar

from backhaul.entities import Account, Contact, Record
from backhaul.sdk.adapter import Adapter
from backhaul.sdk.call import ProbeCall, SendCall
from backhaul.sdk.capability import Capabilities, Capability, Role
from backhaul.sdk.deadline import Deadline
from backhaul.sdk.mapping import References, WireSchema
from backhaul.sdk.mapping import Text as WireText
from backhaul.sdk.repeat import Change, Repeat
from backhaul.sdk.reply import Found, Reply
from backhaul.sdk.settings import AdapterSettings
from backhaul.sdk.transports.base import Request, Response

Step = Exception | Reply | Callable[[], None]


class AccountSchema(WireSchema[Account]):
    resource: ClassVar[str] = "customer"

    name = WireText(path="name", required=True)
    description = WireText(path="note")
    contact_ids = References(resource="person", path="people[].id", unbound="omit", unknown="omit")


class ContactSchema(WireSchema[Contact]):
    resource: ClassVar[str] = "person"

    last_name = WireText(path="name", required=True)


class ShelfSettings(AdapterSettings):
    """What this shelf can do."""

    max_in_flight: int = 1
    timeout: float = 5.0
    settle_after: float = 60.0
    attempts: int = 2
    repeat: Repeat = Repeat.NONE
    probe: bool = False
    needs: bool = False


class NoTransport:
    """Nothing leaves the process."""

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        raise NotImplementedError

    def close(self) -> None:
        pass


class Shelf(Adapter[ShelfSettings]):
    """`script` says how the next sends are answered; without one the object is put on the shelf."""

    def __init__(self, settings: ShelfSettings) -> None:
        super().__init__(settings, NoTransport())
        self.script: deque[Step] = deque()
        self.sent: list[tuple[str, Change, dict[str, Any]]] = []
        self.objects: dict[str, dict[str, Any]] = {}
        self.by_key: dict[str, str] = {}

    @classmethod
    def capabilities(cls, settings: ShelfSettings) -> Capabilities:
        needs: tuple[type[Record], ...] = (Contact,) if settings.needs else ()
        found = [
            Capability(Role.SENDS, Account, "put", AccountSchema, settings.repeat, needs=needs),
            Capability(Role.SENDS, Contact, "put", ContactSchema, settings.repeat),
            Capability(Role.DELETES, Account, "drop", AccountSchema, settings.repeat),
        ]
        if settings.probe:
            found.append(Capability(Role.PROBES, Account, "look", AccountSchema))
        return Capabilities(found)

    def put(self, call: SendCall[Any]) -> Reply:
        self.sent.append((call.envelope.message_id, call.change, dict(call.payload)))
        while self.script:
            step = self.script.popleft()
            if isinstance(step, Exception):
                raise step
            if isinstance(step, Reply):
                return step
            step()
        identifier = call.external_id() or f"x{len(self.objects) + 1}"
        self.by_key[call.idempotency_key] = identifier
        self.objects[identifier] = {**self.objects.get(identifier, {}), **call.payload}
        return Reply.completed(external_id=identifier)

    def drop(self, call: SendCall[Any]) -> Reply:
        self.sent.append((call.envelope.message_id, call.change, {}))
        while self.script:
            step = self.script.popleft()
            if isinstance(step, Exception):
                raise step
        self.objects.pop(call.external_id() or "", None)
        return Reply.completed()

    def look(self, call: ProbeCall[Any]) -> Found | None:
        identifier = call.external_id() or self.by_key.get(call.idempotency_key)
        shown = self.objects.get(identifier or "")
        return Found(identifier, shown) if identifier is not None and shown is not None else None
