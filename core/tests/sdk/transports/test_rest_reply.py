from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from backhaul.sdk.errors import (
    AuthenticationError,
    BackhaulError,
    ConfigurationError,
    RejectedError,
    Scope,
    TransientError,
    UnknownOutcomeError,
)
from backhaul.sdk.transports.base import Request, Response
from backhaul.sdk.transports.rest_reply import classify, document

WRITE = Request("POST", "customer", "POST customer")
READ = Request("GET", "customer/1", "GET customer", safe=True)
JSON = {"content-type": "application/json; charset=utf-8"}
HTML = {"content-type": "text/html"}


@dataclass
class Policy:
    unavailable_is_unsent: bool = False


def meaning(
    status: int, request: Request, *, policy: Policy | None = None, body: Any = None, **headers: str
) -> BackhaulError:
    response = Response(status, {**JSON, **headers}, json.dumps(body).encode() if body is not None else b"")
    with pytest.raises(BackhaulError) as raised:
        classify(response, request, policy or Policy())
    assert raised.value.context.operation == request.operation
    return raised.value


@pytest.mark.parametrize("status", [200, 201, 202, 204, 207])
def test_a_yes_comes_back(status: int) -> None:
    response = Response(status, {}, b"")
    assert classify(response, WRITE, Policy()) is response


@pytest.mark.parametrize(
    ("status", "after_write", "after_read"),
    [
        (301, ConfigurationError, ConfigurationError),
        (400, RejectedError, RejectedError),
        (401, AuthenticationError, AuthenticationError),
        (403, RejectedError, RejectedError),
        (404, RejectedError, RejectedError),
        (407, AuthenticationError, AuthenticationError),
        (408, UnknownOutcomeError, TransientError),
        (409, RejectedError, RejectedError),
        (412, TransientError, TransientError),
        (422, RejectedError, RejectedError),
        (423, TransientError, TransientError),
        (425, TransientError, TransientError),
        (429, TransientError, TransientError),
        (500, UnknownOutcomeError, TransientError),
        (502, UnknownOutcomeError, TransientError),
        (503, UnknownOutcomeError, TransientError),
        (504, UnknownOutcomeError, TransientError),
        (600, UnknownOutcomeError, TransientError),
    ],
)
def test_what_a_status_means(
    status: int, after_write: type[BackhaulError], after_read: type[BackhaulError]
) -> None:
    assert type(meaning(status, WRITE)) is after_write
    assert type(meaning(status, READ)) is after_read


@pytest.mark.parametrize(
    ("status", "request_", "scope"),
    [
        (412, WRITE, Scope.DELIVERY),
        (423, WRITE, Scope.DELIVERY),
        (429, WRITE, Scope.BACK_OFFICE),
        (503, READ, Scope.BACK_OFFICE),
        (500, READ, Scope.DELIVERY),
    ],
)
def test_whom_a_transient_fault_concerns(status: int, request_: Request, scope: Scope) -> None:
    error = meaning(status, request_)
    assert isinstance(error, TransientError)
    assert error.scope is scope


def test_a_documented_503_is_unsent() -> None:
    error = meaning(503, WRITE, policy=Policy(unavailable_is_unsent=True), **{"retry-after": "7"})
    assert isinstance(error, TransientError)
    assert (error.scope, error.retry_after) == (Scope.BACK_OFFICE, 7.0)
    assert "Nothing was sent" not in str(error)


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        ({"code": "E17", "reason": "credit limit"}, "E17", "credit limit"),
        (
            {"code": 17, "reason": "No", "message": "credit limit", "status": "400"},
            "17",
            "No: credit limit",
        ),
        ({"type": "urn:x", "title": "Invalid", "detail": "no name"}, "urn:x", "Invalid: no name"),
        ({"error": {"code": "X", "message": "inner"}}, "X", "inner"),
        ({"errors": [{"code": "X", "message": "first"}, {"code": "Y"}]}, "X", "first"),
        ([{"code": "X", "reason": "listed"}], "X", "listed"),
        ({"error": "invalid_request", "error_description": "d"}, "invalid_request", "d"),
        ({"reason": "line\r\none\x00\u202e two"}, "400", "line one two"),
        ({"code": True, "reason": 5}, "400", ""),
        ("text", "400", ""),
        (None, "400", ""),
    ],
)
def test_code_and_text_come_from_the_body(body: Any, code: str, text: str) -> None:
    error = meaning(400, WRITE, body=body)
    assert isinstance(error, RejectedError)
    assert error.code == code
    named = "400" if code == "400" else f"400, code {code}"
    assert error.message == (f"Rejected ({named}): {text}" if text else f"Rejected ({named}).")


def test_a_long_text_is_cut() -> None:
    error = meaning(400, WRITE, body={"reason": "x" * 100_000})
    assert error.message == f"Rejected (400): {'x' * 299}…"


def test_a_page_is_named_and_not_quoted() -> None:
    with pytest.raises(UnknownOutcomeError, match=r"\(502\): \(a body of type text/html\)"):
        classify(Response(502, HTML, b"<h1>secret</h1>"), WRITE, Policy())
    with pytest.raises(RejectedError, match="no such thing"):
        classify(Response(404, {"content-type": "text/plain"}, b"no such thing"), WRITE, Policy())


def test_a_redirect_names_its_target_without_its_query() -> None:
    error = meaning(302, WRITE, location="https://login.example/x?token=abc")
    assert "answers with a redirect to https://login.example/x." in str(error)
    assert "abc" not in str(error)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (HTML, b"<html>"),
        (JSON, b"<html>"),
        (JSON, b'{"id": 1'),
        (JSON, b""),
        (JSON, b'{"id": "\xff"}'),
        (JSON, b'{"id": 1, "id": 2}'),
        (JSON, b'{"id": NaN}'),
        (JSON, b'{"id": "\\ud800"}'),
        (JSON, b"[" * 100_000),
    ],
)
def test_a_yes_that_cannot_be_read_is_no_yes(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(UnknownOutcomeError, match=r"The answer \(200\) cannot be used"):
        document(Response(200, headers, body), WRITE)
    with pytest.raises(TransientError) as error:
        document(Response(200, headers, body), READ)
    assert error.value.scope is Scope.DELIVERY
    assert error.value.context.operation == "GET customer"


def test_a_document_comes_back_exact() -> None:
    found = document(Response(200, JSON, b'{"amount": 10.10, "count": 3}'), WRITE)
    assert str(found["amount"]) == "10.10"
    assert found["count"] == 3
