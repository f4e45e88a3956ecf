"""A plugin with hooks that break on demand, and that hears of what is parked."""

from __future__ import annotations

from collections.abc import Mapping

from backhaul.entities import Record
from backhaul.sdk.errors import RejectedError
from backhaul.sdk.hooks import HookCall, ParkedDelivery, hookimpl
from backhaul.sdk.json import Json
from backhaul.sdk.reply import Reply


class Listener:
    """A plugin that fails where it is told, and hears of what is parked."""

    def __init__(self, fails: str = "") -> None:
        self.fails = fails
        self.parked: list[ParkedDelivery] = []

    def _fail(self, hook: str) -> None:
        if self.fails == hook:
            msg = f"{hook} is broken"
            raise LookupError(msg)

    @hookimpl
    def after_call(self, call: HookCall, reply: Reply) -> None:
        self._fail("after_call")

    @hookimpl
    def after_map(self, call: HookCall, fields: Mapping[str, Json]) -> None:
        self._fail("after_map")

    @hookimpl
    def before_save(self, record: Record, origin: str) -> None:
        if self.fails == "merge" and origin == "billing":
            msg = "not like this"
            raise RejectedError(msg, code="veto")

    @hookimpl
    def delivery_parked(self, parked: ParkedDelivery) -> None:
        self.parked.append(parked)
