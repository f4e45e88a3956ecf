from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

import backhaul.gateway
from backhaul.gateway.problem_kinds import PAGES, problem_of
from backhaul.sdk import errors
from backhaul.sdk.errors import BackhaulError, ErrorContext

CONTEXT = ErrorContext("billing", "POST customer", "c-1", "billing_brm")


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (errors.RejectedError("m", code="not_owner"), 422, "rejected"),
        (errors.RejectedError("m", code="too_large"), 413, "too-large"),
        (errors.MappingError("m", path="name"), 422, "mapping"),
        (errors.UnsupportedError("m"), 422, "unsupported"),
        (errors.NotFoundError("m"), 404, "not-found"),
        (errors.AmbiguousError("m", candidates=("A-1", "A-2")), 409, "ambiguous"),
        (errors.ConflictError("m"), 409, "conflict"),
        (errors.AuthenticationError("m"), 502, "back-office-refused-us"),
        (errors.TransientError("m"), 503, "not-now"),
        (errors.UnknownOutcomeError("m"), 504, "unknown-outcome"),
        (errors.ConfigurationError("m"), 500, "configuration"),
        (errors.HookError("m", plugin="p", hook="h"), 500, "hook"),
        (BackhaulError("m"), 500, "internal"),
    ],
)
def test_each_error_is_a_kind_of_problem(error: BackhaulError, status: int, kind: str) -> None:
    problem = problem_of(error)
    assert (problem.status, problem.kind) == (status, kind)
    assert problem.document()["type"] == f"/problems/{kind}"
    assert problem.document()["detail"] == "m"


def test_no_error_of_the_family_was_forgotten() -> None:
    classes = {cls for cls in vars(errors).values() if isinstance(cls, type)}
    for cls in {cls for cls in classes if issubclass(cls, BackhaulError)} - {BackhaulError}:
        required: dict[str, Any] = {"candidates": ("A",)} if cls is errors.AmbiguousError else {}
        required |= {"plugin": "p", "hook": "h"} if cls is errors.HookError else {}
        assert problem_of(cls("m", **required)).kind != "internal", cls


def test_a_problem_says_where_and_what_to_do() -> None:
    error = errors.AmbiguousError("m", candidates=("A-1",), hint="Choose.").located(CONTEXT)
    document = problem_of(error).document()
    assert (document["candidates"], document["hint"]) == (["A-1"], "Choose.")
    assert (document["back_office"], document["correlation_id"]) == ("billing", "c-1")


def test_when_to_come_back_is_said_in_whole_seconds() -> None:
    assert problem_of(errors.TransientError("m", retry_after=1.2)).headers == {"Retry-After": "2"}


def test_every_kind_that_is_used_has_a_page() -> None:
    folder = Path(backhaul.gateway.__file__).parent
    used: set[str] = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Problem", "ProblemError"):
                used |= {str(found.value) for found in node.args[1:2] if isinstance(found, ast.Constant)}
    assert len(used) > 10
    assert used - set(PAGES) == set()


def test_pages_are_served(ask: Any) -> None:
    found = ask("GET", "/problems/conflict")
    assert (found.status, found.body.decode().strip()) == (200, PAGES["conflict"])
    assert ask("GET", "/problems/none").status == 404
