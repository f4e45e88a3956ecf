from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from backhaul.bootstrap import Backhaul

GET = f"/v1/processes/{quote('CUT Get Account Data')}"
SEND = f"/v1/processes/{quote('CUT Send Account Data')}"
RECEIVE = f"/v1/processes/{quote('CUT Receive Account')}"


@pytest.fixture(autouse=True)
def acme(ask: Any) -> None:
    ask("PUT", "/v1/accounts/A-1", {"name": "Acme"})


def test_a_get_answers_with_the_record(ask: Any) -> None:
    found = ask("POST", GET, {"id": "A-1"})
    assert (found.status, found.headers["etag"], found.document["name"]) == (200, '"1"', "Acme")


def test_a_process_goes_by_any_of_its_names_in_any_case(ask: Any) -> None:
    assert ask("POST", f"/v1/processes/{quote('cut get account')}", {"id": "A-1"}).status == 200


def test_a_get_finds_by_the_id_of_a_back_office(ask: Any, backhaul: Backhaul) -> None:
    with backhaul.store.write() as uow:
        uow.cross_references.bind("pushing", "account", "X-9", ("account", "A-1"))
    found = ask("POST", GET, {"back_office": "pushing", "external_id": "X-9"})
    assert (found.status, found.document["id"]) == (200, "A-1")
    assert ask("POST", GET, {"back_office": "pushing", "external_id": "X-8"}).status == 404


def test_a_send_answers_with_what_was_planned(ask: Any) -> None:
    sent = ask("POST", SEND, {"id": "A-1"})
    assert (sent.status, sent.document) == (202, {"process": "CUT Send Account Data", "deliveries": []})


def test_a_send_to_a_back_office_that_takes_none_is_refused(ask: Any) -> None:
    refused = ask("POST", SEND, {"id": "A-1", "to": ["pushing"]})
    assert (refused.status, refused.document["type"]) == (422, "/problems/unsupported")


@pytest.mark.parametrize(
    ("path", "call", "status"),
    [
        (GET, {"id": "none"}, 404),
        (SEND, {"id": "none"}, 404),
        (SEND, {"id": "A-1", "to": ["nowhere"]}, 404),
        (SEND, {"id": "A-1", "to": []}, 400),
        (SEND, {"back_office": "pushing", "external_id": "X"}, 400),
        (GET, {"id": "A-1", "to": ["pushing"]}, 400),
        (GET, {"id": "A-1", "external_id": "X"}, 400),
        (GET, {"identifier": "A-1"}, 400),
        (GET, {}, 400),
        (RECEIVE, {"id": "A-1"}, 422),
        ("/v1/processes/CUT%20Gut%20Account", {"id": "A-1"}, 404),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(ask: Any, path: str, call: Any, status: int) -> None:
    refused = ask("POST", path, call)
    assert (refused.status, refused.headers["content-type"]) == (status, "application/problem+json")


def test_the_catalogue_is_listed(ask: Any) -> None:
    names = {item["name"]: item["verb"] for item in ask("GET", "/v1/processes").document["items"]}
    assert names["CUT Send Account Data"] == "send"


def test_back_offices_are_listed_with_the_missing_one(ask: Any) -> None:
    items = {item["name"]: item for item in ask("GET", "/v1/backoffices").document["items"]}
    assert set(items) == {"lost", "pushing", "signing", "silent"}
    assert (items["pushing"]["available"], items["pushing"]["health"]) == (True, "up")
    assert items["lost"]["available"] is False
    assert items["lost"]["reason"]


@pytest.mark.parametrize(("id", "status"), [("1", 404), ("0", 400), ("x", 400), (str(2**63), 400)])
def test_a_delivery_that_is_not_there(ask: Any, id: str, status: int) -> None:  # noqa: A002
    assert ask("GET", f"/v1/deliveries/{id}").status == status
