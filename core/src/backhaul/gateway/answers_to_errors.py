"""The handlers that turn what a request raises into a problem document."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse
from starlette.exceptions import HTTPException

from backhaul.gateway.problem import Problem, ProblemError
from backhaul.gateway.problem_kinds import PAGES, problem_of
from backhaul.sdk.errors import BackhaulError

_log = logging.getLogger(__name__)
_SERVER_FAULT = 500


def add_error_answers(app: FastAPI) -> None:
    """Answer every error with a problem document, and every kind of problem with its page."""
    app.add_exception_handler(ProblemError, _refused)
    app.add_exception_handler(BackhaulError, _of_the_family)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(HTTPException, _of_the_framework)
    app.add_api_route("/problems/{kind}", page, methods=["GET"], response_class=PlainTextResponse)


async def page(kind: str) -> PlainTextResponse:
    """What a kind of problem means and what to do about it."""
    text = PAGES.get(kind)
    if text is None:
        raise ProblemError(404, "not-found", "There is no such kind of problem.", kinds=sorted(PAGES))
    return PlainTextResponse(f"{text}\n")


async def _refused(_: Request, error: Exception) -> Response:
    return cast("ProblemError", error).problem.response()


async def _of_the_family(request: Request, error: Exception) -> Response:
    problem = problem_of(cast("BackhaulError", error))
    if problem.status == _SERVER_FAULT:
        # The reader of the log can mend the deployment or the plugin; the caller cannot.
        _log.error("%s %s: %s", request.method, _route(request), error)
        problem = Problem(problem.status, problem.kind, "The deployment or a plugin of it is at fault.")
    return problem.response()


async def _not_understood(_: Request, error: Exception) -> Response:
    faults = [
        {"path": ".".join(map(str, one["loc"])), "message": one["msg"]}
        for one in cast("RequestValidationError", error).errors()
    ]
    return Problem(400, "bad-request", "The request is not understood.", None, {"errors": faults}).response()


async def _of_the_framework(_: Request, error: Exception) -> Response:
    found = cast("HTTPException", error)
    kind = "not-found" if found.status_code == HTTPStatus.NOT_FOUND else "bad-request"
    detail = "There is nothing at this address." if kind == "not-found" else f"{found.detail}."
    return Problem(found.status_code, kind, detail, None, {}, found.headers or {}).response()


def _route(request: Request) -> str:
    """The pattern of the address: the address itself may hold somebody's number."""
    return str(getattr(request.scope.get("route"), "path", "an unknown address"))
