from __future__ import annotations

from typing import Any

import pytest

ACME = {"name": "Acme", "account_number": "N-1"}


def test_a_record_is_created_and_read_with_its_version_as_tag(ask: Any) -> None:
    made = ask("PUT", "/v1/accounts/A-1", ACME)
    assert (made.status, made.headers["etag"], made.headers["location"]) == (201, '"1"', "/v1/accounts/A-1")
    found = ask("GET", "/v1/accounts/A-1")
    assert (found.status, found.headers["etag"]) == (200, '"1"')
    assert found.document == made.document
    assert found.document["name"] == "Acme"


def test_a_record_without_id_gets_one(ask: Any) -> None:
    made = ask("POST", "/v1/accounts", ACME)
    assert made.status == 201
    assert ask("GET", made.headers["location"]).document["id"] == made.document["id"]


def test_an_id_may_hold_what_an_address_must_escape(ask: Any) -> None:
    made = ask("POST", "/v1/accounts", {"id": "a/b ü?", "name": "Acme"})
    assert made.headers["location"] == "/v1/accounts/a%2Fb%20%C3%BC%3F"
    assert ask("GET", made.headers["location"]).document["id"] == "a/b ü?"


def test_a_known_version_is_not_sent_again(ask: Any) -> None:
    ask("PUT", "/v1/accounts/A-1", ACME)
    assert ask("GET", "/v1/accounts/A-1", If_None_Match='W/"1"').status == 304
    assert ask("GET", "/v1/accounts/A-1", If_None_Match='"2"').status == 200


def test_a_taken_id_is_a_conflict(ask: Any) -> None:
    ask("PUT", "/v1/accounts/A-1", ACME)
    again = ask("PUT", "/v1/accounts/A-1", ACME)
    assert (again.status, again.document["type"]) == (409, "/problems/conflict")


def test_a_merge_patch_changes_what_it_names(ask: Any) -> None:
    ask("PUT", "/v1/accounts/A-1", {**ACME, "alias": "A", "extensions": {"site": {"x": 1.5}}})
    patch = {"name": "Acme Ltd", "alias": None, "extensions": {"site": {"y": 0.25}}}
    changed = ask("PATCH", "/v1/accounts/A-1", patch, If_Match='"1"')
    assert (changed.status, changed.headers["etag"]) == (200, '"2"')
    assert changed.document["name"] == "Acme Ltd"
    assert "alias" not in changed.document
    assert changed.document["account_number"] == "N-1"
    assert changed.document["extensions"] == {"site": {"x": 1.5, "y": 0.25}}
    assert ask("GET", "/v1/accounts/A-1").document == changed.document


def test_amounts_are_exact(ask: Any) -> None:
    body = b'{"name":"Acme","credit_auto_approval_limit":{"amount":0.10,"currency":"EUR"}}'
    made = ask("POST", "/v1/accounts", body, Content_Type="application/json")
    assert made.document["credit_auto_approval_limit"] == {"amount": "0.10", "currency": "EUR"}


@pytest.mark.parametrize(
    ("if_match", "status"),
    [('"2"', 412), ('W/"1"', 412), ("1", 412), ('"1", "9"', 200), ("*", 200), ('"1"', 200)],
)
def test_a_change_needs_the_version_that_was_read(ask: Any, if_match: str, status: int) -> None:
    ask("PUT", "/v1/accounts/A-1", ACME)
    assert ask("PATCH", "/v1/accounts/A-1", {"name": "B"}, If_Match=if_match).status == status


def test_a_change_without_a_version_is_refused(ask: Any) -> None:
    ask("PUT", "/v1/accounts/A-1", ACME)
    refused = ask("PATCH", "/v1/accounts/A-1", {"name": "B"})
    assert (refused.status, refused.document["type"]) == (428, "/problems/precondition-required")


@pytest.mark.parametrize("name", ["version", "created_at", "updated_at", "origin", "id"])
def test_what_is_issued_here_cannot_be_set(ask: Any, name: str) -> None:
    read = ask("PUT", "/v1/accounts/A-1", ACME).document
    refused = ask("PATCH", "/v1/accounts/A-1", {name: "other"}, If_Match='"1"')
    assert (refused.status, refused.document["errors"][0]["path"]) == (422, name)
    assert ask("PATCH", "/v1/accounts/A-1", {name: read[name]}, If_Match='"1"').status == 200


def test_an_invalid_document_names_every_place_and_no_value(ask: Any) -> None:
    refused = ask("POST", "/v1/accounts", {"nam": "made-up-value", "currency": "made-up-currency"})
    assert (refused.status, refused.headers["content-type"]) == (422, "application/problem+json")
    assert {found["path"] for found in refused.document["errors"]} == {"name", "nam", "currency"}
    assert b"made-up-value" not in refused.body


def test_the_id_of_document_and_address_agree(ask: Any) -> None:
    assert ask("PUT", "/v1/accounts/A-1", {**ACME, "id": "A-2"}).status == 422


def test_an_idempotency_key_is_not_ignored(ask: Any) -> None:
    refused = ask("POST", "/v1/accounts", ACME, Idempotency_Key="k")
    assert (refused.status, refused.document["type"]) == (422, "/problems/unsupported")
    assert ask("GET", "/v1/accounts").document["items"] == []


def test_a_query_by_example_answers_page_by_page(ask: Any) -> None:
    for number in range(3):
        ask("PUT", f"/v1/accounts/A-{number}", {"name": "Acme"})
    ask("PUT", "/v1/accounts/B", {"name": "Other"})
    first = ask("GET", "/v1/accounts?key=name:ACME&limit=2").document
    assert [item["id"] for item in first["items"]] == ["A-0", "A-1"]
    rest = ask("GET", f"/v1/accounts?key=name:ACME&limit=2&after={first['next_after']}").document
    assert ([item["id"] for item in rest["items"]], rest["next_after"]) == (["A-2"], None)


def test_all_keys_given_must_hold(ask: Any) -> None:
    ask("PUT", "/v1/accounts/A-1", ACME)
    ask("PUT", "/v1/accounts/A-2", {"name": "Acme"})
    found = ask("GET", "/v1/accounts?key=name:acme&key=account_number:N-1").document
    assert [item["id"] for item in found["items"]] == ["A-1"]


@pytest.mark.parametrize(
    "query",
    ["keys=name:a", "key=name", "key=name:", "key=shoe:4", "key=name:a&key=name:b", "limit=0", "limit=x"],
)
def test_a_query_that_is_not_understood_is_refused(ask: Any, query: str) -> None:
    refused = ask("GET", f"/v1/accounts?{query}")
    assert (refused.status, refused.document["type"]) == (400, "/problems/bad-request")


def test_a_collection_goes_by_the_name_of_its_entity_too(ask: Any) -> None:
    ask("PUT", "/v1/contact/C-1", {"first_name": "Ada", "last_name": "Byron"})
    assert ask("GET", "/v1/contacts/C-1").document["last_name"] == "Byron"


@pytest.mark.parametrize("path", ["/v1/accounts/none", "/v1/shoes/1", "/v1/shoes", "/elsewhere"])
def test_what_is_not_there_is_not_found(ask: Any, path: str) -> None:
    missing = ask("GET", path)
    assert (missing.status, missing.document["type"]) == (404, "/problems/not-found")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'{"a":1,"a":2}', 400),
        (b'{"a":NaN}', 400),
        (b"\xff", 400),
        (b"[" * 100_000, 400),
        (b'{"extensions":' + b'{"a":' * 70 + b"1" + b"}" * 71, 400),
        (b'{"name":"\\u0000"}', 422),
        (b'{"name":"\\ud800"}', 400),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(ask: Any, body: bytes, status: int) -> None:
    assert ask("POST", "/v1/accounts", body, Content_Type="application/json").status == status


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_of_another_type_is_refused(ask: Any, kind: str) -> None:
    assert ask("POST", "/v1/accounts", b"{}", Content_Type=kind).status == 415


@pytest.mark.parametrize("path", ["/a%00b", "?key=name:a%00", "?after=%00"])
def test_a_nul_in_the_address_is_refused(ask: Any, path: str) -> None:
    assert ask("GET", f"/v1/accounts{path}").status == 400
