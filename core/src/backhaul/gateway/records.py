"""Records over HTTP: get, query by example, create, change."""

from __future__ import annotations

from typing import Annotated, cast
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from backhaul.bootstrap import Backhaul
from backhaul.entities import Record, new_id
from backhaul.gateway.core import Core
from backhaul.gateway.json_document import JsonDocument
from backhaul.gateway.merge_patch import merged
from backhaul.gateway.parameters import only
from backhaul.gateway.precondition import (
    IfMatch,
    IfNoneMatch,
    check_version,
    demanded_versions,
    etag,
    is_known,
)
from backhaul.gateway.problem import ProblemError
from backhaul.gateway.record_document import record_of, refuse_issued
from backhaul.processes.front_office import Saved
from backhaul.sdk.errors import ConflictError, NotFoundError
from backhaul.sdk.json import Document

_UNCHANGED = 304


def records_router() -> APIRouter:
    """Routes of every entity, by its plural (``accounts``) or its name."""
    router = APIRouter(tags=["records"])
    one, many = "/{entity}/{id:path}", "/{entity}"
    none = [Depends(only())]
    router.add_api_route(one, read, methods=["GET"], dependencies=none)
    router.add_api_route(many, query, methods=["GET"], dependencies=[Depends(only("key", "after", "limit"))])
    router.add_api_route(many, create, methods=["POST"], dependencies=none, status_code=201)
    router.add_api_route(one, create_as, methods=["PUT"], dependencies=none, status_code=201)
    router.add_api_route(one, change, methods=["PATCH"], dependencies=none)
    return router


def read(core: Core, entity: str, id: str, if_none_match: IfNoneMatch = None) -> Response:  # noqa: A002
    """One record, with its version as ETag."""
    record = core.get.by_id(_model(core, entity).entity, id)
    if is_known(record.version, if_none_match):
        return Response(status_code=_UNCHANGED, headers={"ETag": etag(record.version)})
    return _answer(record)


def query(
    core: Core,
    entity: str,
    key: Annotated[list[str], Query(default_factory=list, description="kind:value; all given must hold")],
    after: Annotated[str | None, Query(description="next_after of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Records that have every key given, ordered by id, a page at a time."""
    model = _model(core, entity)
    page = core.get.by_example(model.entity, _example(model, key), after=after, limit=limit)
    items = [record.model_dump(mode="json", exclude_none=True) for record in page.records]
    return JSONResponse({"items": items, "next_after": page.next_after})


def create(core: Core, request: Request, entity: str, document: JsonDocument) -> Response:
    """A new record, under the id in the document or else a new one."""
    if "idempotency-key" in request.headers:
        # Ignored, it would promise what does not hold: the repeated request would make a second record.
        detail = "Idempotency-Key is not honoured here yet."
        hint = "Choose the id yourself and PUT the record there: a repetition is then refused as a conflict."
        raise ProblemError(422, "unsupported", detail, hint=hint)
    return _created(core, entity, {"id": new_id(), **document})


def create_as(core: Core, entity: str, id: str, document: JsonDocument) -> Response:  # noqa: A002
    """A new record under this id; 409 if there is one."""
    if document.get("id", id) != id:
        raise ProblemError(422, "invalid", "The id in the document is not that of the address.")
    return _created(core, entity, {**document, "id": id})


def change(
    core: Core,
    entity: str,
    id: str,  # noqa: A002
    document: JsonDocument,
    if_match: IfMatch = None,
) -> Response:
    """The record after a JSON merge patch, if it still has the version in If-Match."""
    demanded = demanded_versions(if_match)
    model = _model(core, entity)
    current = core.front_office.load(model.entity, id)
    check_version(current.version, demanded)
    before = current.model_dump(mode="json", exclude_none=True)
    refuse_issued(document, before)
    changed = record_of(model, cast("Document", merged(before, document)))
    try:
        saved = core.front_office.save(changed)
    except ConflictError:
        # Lost to somebody who saved since it was read here: the precondition says so more exactly.
        check_version(core.front_office.load(model.entity, id).version, demanded)
        raise
    return _answer(saved.record, saved=saved)


def _created(core: Backhaul, entity: str, document: Document) -> Response:
    model = _model(core, entity)
    refuse_issued(document, {"id": document["id"], "version": 0})
    saved = core.front_office.save(record_of(model, document))
    location = f"/v1/{plural(model)}/{quote(saved.record.id, safe='')}"
    return _answer(saved.record, 201, saved=saved, location=location)


def _answer(
    record: Record, status: int = 200, *, saved: Saved | None = None, location: str | None = None
) -> Response:
    headers = {"ETag": etag(record.version)}
    if saved is not None and saved.deliveries:
        headers["Backhaul-Deliveries"] = ", ".join(map(str, saved.deliveries))
    if location is not None:
        headers["Location"] = location
    body = record.model_dump_json(exclude_none=True)
    return Response(body, status, headers, "application/json")


def plural(model: type[Record]) -> str:
    """How the collection of an entity is called in an address."""
    return f"{model.entity}s"


def _model(core: Backhaul, name: str) -> type[Record]:
    entities = core.landscape.entities
    for model in entities.values():
        if name in (model.entity, plural(model)):
            return model
    hint = f"Known: {', '.join(sorted(map(plural, entities.values())))}."
    raise NotFoundError("There are no records of this name.", hint=hint)


def _example(model: type[Record], keys: list[str]) -> dict[str, str]:
    example: dict[str, str] = {}
    for key in keys:
        kind, colon, value = key.partition(":")
        try:
            found = model.key_kind(kind).key(value) if colon else None
        except ValueError as error:
            raise ProblemError(400, "bad-request", f"{error}.") from None
        if found is None or kind in example:
            detail = "A key is given as kind:value, with a value, and each kind once."
            raise ProblemError(400, "bad-request", detail)
        example[kind] = value
    return example
