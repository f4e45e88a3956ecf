"""A back office in memory of its folder, as a plugin would bring it; its mood is a setting."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from backhaul.entities import Account, Contact
from backhaul.sdk.adapter import Adapter
from backhaul.sdk.call import SendCall
from backhaul.sdk.capability import receives, sends
from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import RejectedError, TransientError, UnknownOutcomeError
from backhaul.sdk.inbound import Inbound, InboundKind, RawMessage
from backhaul.sdk.mapping import OurId, Text, TheirId, WireSchema
from backhaul.sdk.repeat import Repeat
from backhaul.sdk.reply import Reply
from backhaul.sdk.settings import AdapterSettings
from backhaul.sdk.transports.base import Request, Response


class PersonSchema(WireSchema[Contact]):
    resource = "person"

    number = TheirId(path="number")
    ours = OurId(path="ours")
    last_name = Text(path="name.last", required=True, max_length=20)
    first_name = Text(path="name.first")


class DeskSettings(AdapterSettings):
    folder: Path
    mood: Literal["yes", "no", "down", "silent", "broken"] = "yes"


class NoTransport:
    def exchange(self, request: Request, deadline: Deadline) -> Response:
        raise AssertionError

    def close(self) -> None:
        pass


class Desk(Adapter[DeskSettings]):
    unsupported = {Account: "a desk has no accounts"}  # noqa: RUF012

    @classmethod
    def open_transport(cls, settings: DeskSettings) -> NoTransport:
        del settings
        return NoTransport()

    @sends(Contact, wire=PersonSchema, repeat=Repeat.NONE)
    def send_contact(self, call: SendCall[Contact]) -> Reply:
        self._mood()
        held = self.settings.folder / f"{call.record_id}.json"
        held.write_text(json.dumps(call.payload), encoding="utf-8")
        return Reply(external_id=f"P-{call.record_id}")

    @receives(Contact, wire=PersonSchema)
    def receive_contact(self, message: RawMessage) -> Iterable[Inbound]:
        document = json.loads(message.body)
        return [Inbound(InboundKind.CHANGED, document["number"], document, our_id=document.get("ours"))]

    def check(self, deadline: Deadline) -> str:
        del deadline
        self._mood()
        return "somebody sits there"

    def _mood(self) -> None:
        mood = self.settings.mood
        if mood == "no":
            raise RejectedError("No.", code="E1")
        if mood == "down":
            raise TransientError("Nobody is there.")
        if mood == "silent":
            raise UnknownOutcomeError("No answer.")
        if mood == "broken":
            raise RuntimeError("the secret word is sesame")
