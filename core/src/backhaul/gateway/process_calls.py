"""Processes by name over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from backhaul.bootstrap import Backhaul
from backhaul.entities import Identifier, Record
from backhaul.gateway.core import Core
from backhaul.gateway.json_document import JsonDocument
from backhaul.gateway.parameters import only
from backhaul.gateway.precondition import etag
from backhaul.gateway.problem import ProblemError
from backhaul.processes.catalogue import Process
from backhaul.sdk.envelope import Verb
from backhaul.sdk.errors import UnsupportedError
from backhaul.sdk.json import Document


class ProcessCall(BaseModel):
    """What a process is called with.

    The record is named by our `id`, or for a Get by the `external_id` that it has at `back_office`. A Send
    goes to the back offices in `to`, or else to the routed ones.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    id: Identifier | None = None
    back_office: Identifier | None = None
    external_id: Identifier | None = None
    to: Annotated[list[Identifier], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _names_one_record(self) -> ProcessCall:
        external = self.back_office is not None and self.external_id is not None
        if (self.id is not None) == external or (self.back_office is None) != (self.external_id is None):
            msg = "name the record by id, or by back_office and external_id"
            raise ValueError(msg)
        return self


def processes_router() -> APIRouter:
    """The catalogue, and the call of a process by any of its names."""
    router = APIRouter(prefix="/processes", tags=["processes"], dependencies=[Depends(only())])
    router.add_api_route("", catalogue, methods=["GET"])
    router.add_api_route("/{name:path}", call, methods=["POST"])
    return router


async def catalogue(core: Core) -> JSONResponse:
    """Every process there is."""
    items = [
        {"name": item.name, "aliases": item.aliases, "verb": item.verb.value, "entity": item.entity}
        for item in core.landscape.catalogue.processes
    ]
    return JSONResponse({"items": items})


def call(core: Core, name: str, document: JsonDocument) -> Response:
    """A Get answers with the record; a Send with its deliveries, which are done in the background."""
    process = core.landscape.catalogue.find(name)
    wanted = _read(document)
    if process.verb is Verb.GET:
        return _got(core, process, wanted)
    if process.verb is Verb.SEND:
        return _sent(core, process, wanted)
    msg = f"{process.name} is a {process.verb.value}: it cannot be called by name."
    hint = "A back office posts what it has to tell to /inbound/ and its name."
    raise UnsupportedError(msg, hint=hint)


def _read(document: Document) -> ProcessCall:
    try:
        return ProcessCall.model_validate(document)
    except ValidationError as error:
        faults = [
            {"path": ".".join(map(str, one["loc"])), "message": one["msg"]}
            for one in error.errors(include_input=False, include_url=False, include_context=False)
        ]
        raise ProblemError(400, "bad-request", "The call is not understood.", errors=faults) from None


def _got(core: Backhaul, process: Process, wanted: ProcessCall) -> Response:
    if wanted.to is not None:
        raise ProblemError(400, "bad-request", "A Get is answered from here; it takes no `to`.")
    record = _record(core, process, wanted)
    body = record.model_dump_json(exclude_none=True)
    return Response(body, headers={"ETag": etag(record.version)}, media_type="application/json")


def _record(core: Backhaul, process: Process, wanted: ProcessCall) -> Record:
    if wanted.id is not None:
        return core.get.by_id(process.entity, wanted.id)
    return core.get.by_external_id(process.entity, wanted.back_office or "", wanted.external_id or "")


def _sent(core: Backhaul, process: Process, wanted: ProcessCall) -> Response:
    if wanted.id is None:
        raise ProblemError(400, "bad-request", "A Send names the record by id.")
    deliveries = core.front_office.send(process.name, wanted.id, wanted.to)
    if wanted.to is not None and not deliveries:
        msg = f"None of the back offices named takes a {process.entity}."
        raise UnsupportedError(msg, hint="GET /v1/backoffices says what each of them can do.")
    return JSONResponse({"process": process.name, "deliveries": deliveries}, 202)
