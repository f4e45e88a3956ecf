"""The system at the other side: objects in memory, a log of every accepted write, faults on demand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tests.rules.support.document import Document
from tests.rules.support.fault import Fault, FaultKind
from tests.rules.support.objects import Objects, RefusedError, Written

from backhaul.sdk.json import Json
from backhaul.sdk.repeat import Stamps
from backhaul.sdk.transports.base import Request, Response

_NOTHING_DONE = {
    FaultKind.BUSY: 423,
    FaultKind.REJECT: 422,
    FaultKind.UNAUTHORISED: 401,
    FaultKind.THROTTLE: 429,
    FaultKind.UNAVAILABLE: 503,
    FaultKind.BAD_GATEWAY: 502,
}


@dataclass
class System(Objects):
    """An `Objects` behind requests. `gates` run in the calling thread when a request has arrived, before
    anything is done with it. `tried` are all requests that somebody wanted to make, `requests` those that
    arrived. `ticketed` answers every write with a ticket.
    """

    ticketed: bool = False
    gates: list[Callable[[Request], None]] = field(default_factory=list)
    tried: list[Request] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    tickets: dict[str, Request] = field(default_factory=dict)
    late: list[Request] = field(default_factory=list)
    closed: bool = False

    # ---- what a test says and asks ----------------------------------------------------------------------

    def fail(self, kind: FaultKind, on: str = "write", *, times: int | None = 1, **how: Any) -> Fault:
        """Plan a fault for the next matching requests."""
        fault = Fault(kind, on, times, **how)
        self.faults.append(fault)
        return fault

    def heal(self) -> None:
        """From now on everything works."""
        self.faults.clear()

    def all(self, collection: str) -> dict[str, Document]:
        """The objects of a collection by id."""
        with self._lock:
            return deepcopy(self.objects.get(collection, {}))

    def only(self, collection: str) -> Document:
        """The one object that there is; a second one is the defect that most rules are about."""
        (found,) = self.all(collection).values()
        return found

    def writes(self, collection: str, verb: str | None = None) -> list[Written]:
        """The accepted writes to a collection, in order."""
        with self._lock:
            return [one for one in self.log if one.collection == collection and verb in (None, one.verb)]

    def sent(self, operation: str) -> list[Request]:
        """The requests of an operation that reached the system, executed or not."""
        with self._lock:
            return [request for request in self.requests if request.operation == operation]

    def change(self, collection: str, id_: str, **fields: Json) -> Document:
        """Somebody edits an object there."""
        with self._lock:
            return deepcopy(self._amended(collection, id_, fields))

    def add(self, collection: str, **fields: Json) -> Document:
        """Somebody makes an object there."""
        with self._lock:
            return deepcopy(self._created(collection, dict(fields)))

    def run_late(self) -> None:
        """What was given up long ago is executed now."""
        with self._lock:
            waiting, self.late = self.late, []
            for request in waiting:
                self._execute(request)

    def answer(self, ticket: str, refuse: tuple[str, str] | None = None, **more: Json) -> Document:
        """Execute what was accepted (or refuse it); the acknowledgement to push."""
        with self._lock:
            request = self.tickets[ticket]
            event: Document = {"ticket": ticket, "entity": request.target.partition("/")[0], **more}
            if refuse is not None:
                return {**event, "refused": list(refuse)}
            shown = self._execute(request)
            return {**event, "id": shown["id"], "document": shown, "revision": shown.get("revision")}

    def event(self, collection: str, id_: str, kind: str = "updated", **more: Json) -> Document:
        """What the system would tell of an object now."""
        shown = self._shown(collection, id_)
        event: Document = {"entity": collection, "kind": kind, "id": id_, "document": shown}
        if self.stamps is not Stamps.NEVER:
            event["revision"] = self.objects[collection][id_]["revision"]
        return {**event, **more}

    # ---- what the transport calls -----------------------------------------------------------------------

    def strike(self, request: Request) -> Fault | None:
        """The fault that is due for a request, if any."""
        with self._lock:
            self.tried.append(request)
            return next((fault for fault in self.faults if fault.strikes(request)), None)

    def handle(self, request: Request, fault: Fault | None) -> Response:
        """The answer to a request that arrived."""
        for gate in self.gates:
            gate(request)
        with self._lock:
            self.requests.append(request)
            kind = fault.kind if fault is not None else None
            if fault is not None and kind in _NOTHING_DONE:
                return self._refusal(_NOTHING_DONE[kind], fault)
            if kind in (FaultKind.DROP_BEFORE, FaultKind.LATE):
                self.late += [request] if kind is FaultKind.LATE else []
                return _response(200, {})
            if not request.safe and (self.ticketed or kind is FaultKind.ACCEPT):
                ticket = f"T-{len(self.tickets) + 1}"
                self.tickets[ticket] = request
                return _response(202, {"ticket": ticket})
            try:
                shown = self._execute(request)
            except RefusedError as error:
                return _response(422, {"code": error.code, "text": error.text})
            except KeyError:
                return _response(404, {"text": "no such object"})
            return self._spoilt(shown, fault)

    def _refusal(self, status: int, fault: Fault) -> Response:
        headers = {} if fault.retry_after is None else {"retry-after": str(fault.retry_after)}
        return _response(status, {"code": fault.code, "text": fault.text}, headers)

    def _spoilt(self, shown: Document, fault: Fault | None) -> Response:
        match fault.kind if fault is not None else None:
            case FaultKind.BAD_GATEWAY_AFTER:
                return _response(502, {})
            case FaultKind.GARBLE:
                return Response(200, {}, b"<html>proxy</html>")
            case FaultKind.NO_ID:
                shown = {name: value for name, value in shown.items() if name != "id"}
            case FaultKind.NO_STAMP:
                shown = {name: value for name, value in shown.items() if name != "revision"}
            case FaultKind.EXTRA if fault is not None:
                shown = {**shown, **fault.fields}
        return _response(200, shown)


def _response(status: int, document: Document, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, headers or {}, json.dumps(document).encode())
