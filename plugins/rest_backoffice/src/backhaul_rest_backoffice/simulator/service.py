"""The system on the wire: TM Forum's resources and hubs, and the controls of the simulator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from backhaul.sdk.simulator.fault_plan import FaultPlan
from backhaul.sdk.simulator.message import BadRequestError, SimRequest, SimResponse
from backhaul.sdk.simulator.routes import Handler
from backhaul.sdk.simulator.server import SimulatorServer
from backhaul_rest_backoffice.simulator.collection import Entry
from backhaul_rest_backoffice.simulator.hub import Hub
from backhaul_rest_backoffice.simulator.listing import selected
from backhaul_rest_backoffice.simulator.refusal import Refusal
from backhaul_rest_backoffice.simulator.system import USER, Author, BackOffice, Options
from backhaul_rest_backoffice.simulator.vocabulary import RESOURCES

BASE_PATHS: Mapping[str, str] = {
    "customer": "tmf-api/customerManagement/v4",
    "party": "tmf-api/party/v4",
}
_JSON = "application/json;charset=utf-8"
_PATCH_TYPES = frozenset({"application/json", "application/merge-patch+json"})


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """Where the service listens and what it expects of its clients and listeners."""

    host: str = "127.0.0.1"
    port: int = 0
    control_port: int = 0
    bearer_token: str | None = field(default=None, repr=False)
    listener_token: str | None = field(default=None, repr=False)
    faults: FaultPlan | None = None


class TmfService:
    """A TM Forum back office on a port. Use it as a context, or call `start` and `stop`."""

    def __init__(self, service: ServiceOptions, options: Options | None = None) -> None:
        self.hub = Hub(service.listener_token, lambda: self.server.faults)
        self.system = BackOffice(options or Options(base_paths=BASE_PATHS), self.hub.tell)
        self._token = service.bearer_token
        self.server = SimulatorServer(
            _Holdings(self.system, self.hub),
            host=service.host,
            port=service.port,
            control_port=service.control_port,
            faults=service.faults,
            refusal=error_response,
        )
        self._add_resources()
        self._add_hubs()
        self._add_controls()

    def start(self) -> Self:
        """Open the ports."""
        self.server.start()
        return self

    def stop(self) -> None:
        """Close the ports and stop telling listeners."""
        self.server.stop()
        self.hub.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _add_resources(self) -> None:
        for resource in RESOURCES.values():
            name = resource.name
            many = f"/{BASE_PATHS[resource.api]}/{name}"
            one = f"{many}/{{id}}"
            self._serve("POST", many, f"POST {name}", _Resource(self.system, name).create)
            self._serve("GET", many, f"GET {name}", _Resource(self.system, name).page)
            self._serve("GET", one, f"GET {name}/{{id}}", _Resource(self.system, name).read)
            self._serve("PATCH", one, f"PATCH {name}/{{id}}", _Resource(self.system, name).patch)
            self._serve("DELETE", one, f"DELETE {name}/{{id}}", _Resource(self.system, name).delete)

    def _add_hubs(self) -> None:
        for api, base in BASE_PATHS.items():
            self._serve("POST", f"/{base}/hub", f"POST {api} hub", _Hub(self.hub, api).register)
            self._serve(
                "DELETE", f"/{base}/hub/{{id}}", f"DELETE {api} hub/{{id}}", _Hub(self.hub, api).remove
            )

    def _add_controls(self) -> None:
        for method, path, handler in (
            ("POST", "/create", self._create),
            ("POST", "/edit", self._edit),
            ("POST", "/delete", self._delete),
            ("GET", "/journal", self._journal),
            ("GET", "/counts", lambda _: SimResponse(json=self.system.counts())),
            ("GET", "/hub", lambda _: SimResponse(json=self.hub.progress())),
        ):
            self.server.control_route(method, path, answering(handler))

    def _serve(self, method: str, pattern: str, operation: str, handler: Handler) -> None:
        self.server.route(method, pattern, answering(self._authenticated(handler)), operation)

    def _authenticated(self, handler: Handler) -> Handler:
        if self._token is None:
            return handler
        expected = f"Bearer {self._token}"

        def checked(request: SimRequest) -> SimResponse:
            if request.header("authorization") != expected:
                raise Refusal(401, "40", "The bearer token is missing or wrong.")
            return handler(request)

        return checked

    def _create(self, request: SimRequest) -> SimResponse:
        wanted = _members(request, "resource", "document")
        return entity_response(self.system.create(wanted["resource"], wanted["document"], USER), 201)

    def _edit(self, request: SimRequest) -> SimResponse:
        wanted = _members(request, "resource", "id", "patch")
        entry = self.system.patch(wanted["resource"], wanted["id"], wanted["patch"], None, USER)
        return entity_response(entry)

    def _delete(self, request: SimRequest) -> SimResponse:
        wanted = _members(request, "resource", "id")
        self.system.delete(wanted["resource"], wanted["id"], None, USER)
        return SimResponse(204)

    def _journal(self, request: SimRequest) -> SimResponse:
        since = request.query.get("since", "0")
        if not since.isdecimal():
            raise BadRequestError("since is a sequence number")
        documents = request.query.get("documents") == "true"
        return SimResponse(json=self.system.written_since(int(since), documents=documents))


@dataclass(frozen=True, slots=True)
class _Holdings:
    """What the remote control can read, put back and forget. Registrations are forgotten, not put back."""

    system: BackOffice
    hub: Hub

    def state(self) -> dict[str, list[dict[str, Any]]]:
        return self.system.state()

    def reset(self) -> None:
        self.system.reset()
        self.hub.close()

    def restore(self, state: Any) -> None:
        self.system.restore(state)


@dataclass(frozen=True, slots=True)
class _Resource:
    """The requests to one resource."""

    system: BackOffice
    name: str

    def create(self, request: SimRequest) -> SimResponse:
        return entity_response(self.system.create(self.name, request.json(), _author(request)), 201)

    def page(self, request: SimRequest) -> SimResponse:
        query = request.query
        page = self.system.page(self.name, query)
        documents = [selected(entry.document, query.get("fields")) for entry in page.entries]
        headers = {"X-Total-Count": str(page.total), "X-Result-Count": str(len(documents))}
        status = 206 if len(documents) < page.total else 200
        return SimResponse(status, documents, content_type=_JSON, headers=headers)

    def read(self, request: SimRequest) -> SimResponse:
        entry = self.system.read(self.name, request.params["id"])
        return entity_response(entry, fields=request.query.get("fields"))

    def patch(self, request: SimRequest) -> SimResponse:
        kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
        if kind not in _PATCH_TYPES:
            raise Refusal(415, "65", f"A patch is one of {', '.join(sorted(_PATCH_TYPES))}.")
        entry = self.system.patch(
            self.name, request.params["id"], request.json(), request.header("if-match"), _author(request)
        )
        return entity_response(entry)

    def delete(self, request: SimRequest) -> SimResponse:
        self.system.delete(self.name, request.params["id"], request.header("if-match"), _author(request))
        return SimResponse(204)


@dataclass(frozen=True, slots=True)
class _Hub:
    """The requests to the hub of one API."""

    hub: Hub
    api: str

    def register(self, request: SimRequest) -> SimResponse:
        registered = self.hub.register(self.api, request.json(), request.header("x-listener-token"))
        return SimResponse(201, registered, content_type=_JSON)

    def remove(self, request: SimRequest) -> SimResponse:
        self.hub.unregister(self.api, request.params["id"])
        return SimResponse(204)


def answering(handler: Handler) -> Handler:
    """The handler, with a refusal turned into its answer."""

    def answered(request: SimRequest) -> SimResponse:
        try:
            return handler(request)
        except Refusal as refusal:
            return SimResponse(refusal.status, refusal.document(), content_type=_JSON)

    return answered


def entity_response(entry: Entry, status: int = 200, fields: str | None = None) -> SimResponse:
    """One object with its entity tag."""
    document = selected(entry.document, fields)
    return SimResponse(status, document, content_type=_JSON, headers={"ETag": entry.etag})


def error_response(_request: SimRequest, status: int, code: str, text: str) -> SimResponse:
    """A planned fault, as TM Forum spells errors."""
    return SimResponse(status, Refusal(status, code, text).document(), content_type=_JSON)


def _author(request: SimRequest) -> Author:
    return Author("api", request.header("x-message-id"), request.header("x-correlation-id"))


def _members(request: SimRequest, *names: str) -> dict[str, Any]:
    document = request.json()
    if not isinstance(document, dict) or set(document) != set(names):
        raise BadRequestError(f"an object with {', '.join(names)} is expected")
    return document
