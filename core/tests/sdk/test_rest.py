from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from backhaul.entities import Account
from backhaul.sdk.call import FindCall, ProbeCall, QueryCall, SendCall
from backhaul.sdk.deadline import Deadline
from backhaul.sdk.envelope import Envelope, Verb
from backhaul.sdk.errors import (
    AmbiguousError,
    AuthenticationError,
    MappingError,
    RejectedError,
    Scope,
    TransientError,
    UnknownOutcomeError,
    UnsupportedError,
)
from backhaul.sdk.mapping import MapContext, OurId, Text, WireSchema
from backhaul.sdk.repeat import Change
from backhaul.sdk.rest import RestAdapter, RestSettings
from backhaul.sdk.transports.base import Request, Response
from backhaul.sdk.transports.rest import RestTransport

ENVELOPE = Envelope("m-1", "c-1", "CUT Send Account Data", "account", Verb.SEND)
URL = "http://care.example/api"


class AccountSchema(WireSchema[Account]):
    resource = "account"

    our_own = OurId(path="externalId")
    name = Text(path="title", required=True)
    alias = Text(path="alias")


SCHEMA = AccountSchema()
ACCOUNT = Account(id="A-1", name="Engines")


class Care(RestAdapter[RestSettings]):
    our_id_field = "externalId"
    idempotency_header = "Idempotency-Key"


class Script:
    """A transport that answers from a list and remembers what it was asked."""

    def __init__(self, *responses: Response) -> None:
        self.responses = deque(responses)
        self.requests: list[Request] = []

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        assert not deadline.passed
        self.requests.append(request)
        return self.responses.popleft()

    def close(self) -> None:
        self.responses.clear()


def answer(document: Any = None, status: int = 200, **headers: str) -> Response:
    body = b"" if document is None else json.dumps(document).encode()
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    return Response(status, {"content-type": "application/json", **named}, body)


def adapter(*responses: Response, kind: type[RestAdapter[RestSettings]] = Care, **settings: Any) -> Any:
    return kind(RestSettings(url=URL, **settings), Script(*responses))


def asked(care: Any) -> list[Request]:
    found: list[Request] = care.transport.requests
    return found


def send(
    change: Change = Change.CREATE, changes: Mapping[str, Any] | None = None, bound: str | None = None
) -> SendCall[Account]:
    fields = SCHEMA.flatten(ACCOUNT, MapContext("care")) if changes is None else dict(changes)
    return SendCall(
        entity=Account,
        change=change,
        record_id="A-1",
        version=1,
        payload=SCHEMA.render(fields, nulls=change is not Change.CREATE),
        changes=fields,
        schema=SCHEMA,
        envelope=ENVELOPE,
        idempotency_key="k-1",
        deadline=Deadline.after(5),
        bindings={} if bound is None else {"account": bound},
        binder=lambda *_: None,
    )


def update(**changes: Any) -> SendCall[Account]:
    return send(Change.UPDATE, changes, "7")


def probe(bound: str | None = None) -> ProbeCall[Account]:
    bindings = {} if bound is None else {"account": bound}
    return ProbeCall(Account, "A-1", Change.CREATE, {}, SCHEMA, ENVELOPE, "k-1", Deadline.after(5), bindings)


def find() -> FindCall[Account]:
    return FindCall(Account, "A-1", (), {}, SCHEMA, ENVELOPE, Deadline.after(5))


def query(**arguments: Any) -> QueryCall[Account]:
    return QueryCall(Account, SCHEMA, ENVELOPE, Deadline.after(5), **arguments)


def test_settings_join_those_of_adapter_and_transport() -> None:
    settings = RestSettings(url=f"{URL}/", timeout=3, max_in_flight=2)
    assert (settings.url, settings.timeout, settings.max_in_flight) == (URL, 3, 2)
    assert Care.settings_type is RestSettings
    with pytest.raises(ValueError, match="urll"):
        RestSettings.model_validate({"url": URL, "urll": URL})
    with pytest.raises(ValueError, match="256"):
        RestSettings(url=URL, max_in_flight=257)


def test_the_transport_is_that_of_rest() -> None:
    transport = Care.open_transport(RestSettings(url=URL))
    assert isinstance(transport, RestTransport)
    transport.close()


def test_a_request_carries_the_ids_of_its_message() -> None:
    care = adapter(answer({"id": 1}))
    care.post("v4/accounts", {"title": "Ünïcode"}, send())
    (request,) = asked(care)
    assert (request.method, request.target, request.operation) == ("POST", "v4/accounts", "POST accounts")
    assert request.headers["X-Message-Id"] == "m-1"
    assert request.headers["X-Correlation-Id"] == "c-1"
    assert request.headers["Content-Type"] == "application/json"
    assert request.body == '{"title":"Ünïcode"}'.encode()
    assert not request.safe


def test_an_id_is_escaped_and_not_part_of_the_operation() -> None:
    care = adapter(answer({"id": "a/b c"}))
    care.get("accounts", Deadline.after(5), "a/b c")
    (request,) = asked(care)
    assert (request.target, request.operation, request.safe) == (
        "accounts/a%2Fb%20c",
        "GET accounts/{id}",
        True,
    )
    assert "X-Message-Id" not in request.headers


def test_what_json_cannot_carry_is_not_sent() -> None:
    care = adapter()
    with pytest.raises(MappingError, match="Nothing was sent"):
        care.post("accounts", {"title": float("nan")}, send())
    assert asked(care) == []


def test_removing_twice_is_removing() -> None:
    care = adapter(answer(status=204), answer(status=404))
    assert care.remove("accounts", send(Change.DELETE, {}, "7")).external_id == "7"
    assert care.remove("accounts", send(Change.DELETE, {}, "7")).external_id == "7"
    assert care.remove("accounts", send(Change.DELETE, {})).external_id is None
    assert [request.method for request in asked(care)] == ["DELETE", "DELETE"]


def test_a_create_takes_its_id_from_the_answer() -> None:
    care = adapter(answer({"id": 7, "title": "ENGINES"}, 201))
    reply = care.upsert("accounts", send())
    assert (reply.external_id, reply.document) == ("7", {"id": 7, "title": "ENGINES"})
    (request,) = asked(care)
    assert json.loads(request.body or b"") == {"externalId": "A-1", "title": "Engines"}
    assert request.headers["Idempotency-Key"] == "k-1"


@pytest.mark.parametrize(
    ("response", "external_id"),
    [
        (answer(status=201, Location="http://care.example/api/accounts/a%2F7/"), "a/7"),
        (answer({"title": "x"}, 201, Location="/accounts/7"), "7"),
        (answer({"title": "x"}, 201), None),
        (answer({"id": True}, 201), None),
        (answer(status=204), None),
    ],
)
def test_a_create_without_an_id_in_the_body(response: Response, external_id: str | None) -> None:
    assert adapter(response).upsert("accounts", send()).external_id == external_id


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (answer([1], 201), UnknownOutcomeError),
        (Response(201, {"content-type": "text/html"}, b"<html>"), UnknownOutcomeError),
        (Response(201, {}, b'{"id":'), UnknownOutcomeError),
        (answer(status=502), UnknownOutcomeError),
        (answer({"code": "9", "reason": "no"}, 422), RejectedError),
        (answer(status=401), AuthenticationError),
        (answer(status=429, Retry_After="3"), TransientError),
    ],
)
def test_an_answer_means_what_it_proves(response: Response, error: type[Exception]) -> None:
    with pytest.raises(error):
        adapter(response).upsert("accounts", send())


def test_an_unbound_record_is_not_changed() -> None:
    care = adapter()
    with pytest.raises(MappingError, match="not bound"):
        care.upsert("accounts", send(Change.UPDATE, {"name": "x"}))
    assert asked(care) == []


def test_an_update_reads_merges_and_writes() -> None:
    current = {"id": 7, "title": "Engines", "theirs": [1], "alias": "AE"}
    care = adapter(answer(current, ETag='"3"'), answer({**current, "title": "Ltd"}))
    reply = care.upsert("accounts", update(name="Ltd"))
    read, written = asked(care)
    assert (read.method, written.method, written.target) == ("GET", "PATCH", "accounts/7")
    assert json.loads(written.body or b"") == {"title": "Ltd"}
    assert written.headers["If-Match"] == '"3"'
    assert written.headers["Content-Type"] == "application/merge-patch+json"
    assert (reply.external_id, reply.document["title"]) == ("7", "Ltd")


def test_without_a_strong_tag_the_write_is_unconditional() -> None:
    for headers in ({}, {"ETag": 'W/"3"'}):
        care = adapter(answer({"id": 7}, 200, **headers), answer(status=204), patch_type="application/json")
        assert care.upsert("accounts", update(name="x")).external_id == "7"
        assert "If-Match" not in asked(care)[1].headers
        assert asked(care)[1].headers["Content-Type"] == "application/json"


def test_what_is_there_already_is_not_written() -> None:
    current = {"id": 7, "title": "Ltd"}
    care = adapter(answer(current))
    assert care.upsert("accounts", update(name="Ltd", alias=None)).document == current
    assert len(asked(care)) == 1


def test_a_lost_race_is_tried_again() -> None:
    care = adapter(answer({"id": 7}, ETag='"3"'), answer(status=412))
    with pytest.raises(TransientError) as caught:
        care.upsert("accounts", update(name="x"))
    assert caught.value.scope is Scope.DELIVERY


def test_a_failed_read_before_a_write_proves_that_nothing_was_written() -> None:
    with pytest.raises(TransientError):
        adapter(answer(status=502)).upsert("accounts", update(name="x"))


def test_exact_numbers_of_theirs_go_back_as_they_came() -> None:
    class Rows(WireSchema[Account]):
        resource = "account"
        name = Text(path="rows[kind=own].title")

    schema = Rows()
    body = b'{"id":7,"rows":[{"kind":"theirs","rate":0.1000000000000000055511151231257827}]}'
    care = adapter(Response(200, {"content-type": "application/json"}, body), answer(status=204))
    call = update(name="x")
    object.__setattr__(call, "schema", schema)
    care.upsert("accounts", call)
    assert b'"rate":0.1000000000000000055511151231257827}' in (asked(care)[1].body or b"")


def test_a_bound_object_is_probed_by_its_id() -> None:
    care = adapter(answer({"id": 7}), answer(status=404), answer(status=410))
    assert care.probe("accounts", probe("7")).external_id == "7"
    assert care.probe("accounts", probe("7")) is None
    assert care.probe("accounts", probe("7")) is None


def test_a_probe_by_our_id_believes_no_ignored_filter() -> None:
    others = [{"id": 1, "externalId": "A-0"}, {"id": 2}]
    care = adapter(
        answer(others, X_Total_Count="3"), answer([{"id": 3, "externalId": "A-1"}], X_Total_Count="3")
    )
    assert care.probe("accounts", probe()).external_id == "3"
    first, second = asked(care)
    assert first.query == {"externalId": "A-1", "offset": "0", "limit": "100"}
    assert second.query["offset"] == "2"
    assert adapter(answer(others, X_Total_Count="2")).probe("accounts", probe()) is None


def test_two_objects_with_our_id_are_for_a_person() -> None:
    twins = [{"id": number, "externalId": "A-1"} for number in (1, 2)]
    with pytest.raises(AmbiguousError) as caught:
        adapter(answer(twins, X_Total_Count="2")).probe("accounts", probe())
    assert caught.value.candidates == ("1", "2")


def test_a_system_without_our_id_has_no_probe_by_it() -> None:
    class Plain(RestAdapter[RestSettings]):
        pass

    with pytest.raises(UnsupportedError, match="Plain"):
        adapter(kind=Plain).probe("accounts", probe())


def test_find_gives_every_candidate() -> None:
    care = adapter(answer([{"id": 1}, {"id": 2}], X_Total_Count="2"))
    assert [found.external_id for found in care.find("accounts", find(), {"title": "x"})] == ["1", "2"]
    assert asked(care)[0].query["title"] == "x"


@pytest.mark.parametrize("document", [{"items": []}, [1], [{"title": "no id"}]])
def test_a_list_that_is_none_is_an_error(document: Any) -> None:
    with pytest.raises(TransientError):
        adapter(answer(document, X_Total_Count="1")).find("accounts", find(), {})


def server(size: int, **headers: str) -> Callable[[Request, Deadline], Response]:
    """A system with so many objects that pages as it was asked to."""

    def exchange(request: Request, _: Deadline) -> Response:
        offset, limit = int(request.query["offset"]), int(request.query["limit"])
        return answer([{"id": number} for number in range(size)[offset : offset + limit]], 200, **headers)

    return exchange


def pages(care: Any, size: int) -> list[list[str]]:
    found, page = [], None
    while True:
        turned = care.query("accounts", query(page=page, page_size=size), {})
        found.append([one.external_id for one in turned.found])
        page = turned.next_page
        if page is None:
            return found


@pytest.mark.parametrize("headers", [{"X_Total_Count": "5"}, {}])
def test_pages_are_read_to_the_end(headers: dict[str, str]) -> None:
    care = adapter()
    care.transport.exchange = server(5, **headers)
    turned = pages(care, 2)
    assert [one for page in turned for one in page] == ["0", "1", "2", "3", "4"]
    assert len(care.find("accounts", find(), {})) == 5


def test_a_smaller_cap_of_theirs_loses_nothing() -> None:
    care = adapter()
    capped = server(5)
    care.transport.exchange = lambda request, deadline: capped(
        Request("GET", "", "", query={**request.query, "limit": "2"}), deadline
    )
    assert len(care.find("accounts", find(), {})) == 5


def test_a_full_page_shown_again_is_an_error_and_not_an_endless_list() -> None:
    care = adapter()
    care.transport.exchange = lambda *_: answer([{"id": 1}, {"id": 2}])
    with pytest.raises(TransientError, match="same page again"):
        pages(care, 2)
    care.transport.exchange = lambda *_: answer([{"id": 1}], X_Total_Count="9")
    with pytest.raises(TransientError, match="same page again"):
        pages(care, 2)


def test_a_system_that_knows_no_pages_shows_its_list_once() -> None:
    care = adapter()
    care.transport.exchange = lambda *_: answer([{"id": 1}, {"id": 2}])
    assert pages(care, 10) == [["1", "2"], []]


def test_a_list_without_end_is_an_error() -> None:
    care = adapter()
    care.transport.exchange = server(10**6)
    with pytest.raises(TransientError, match="does not end"):
        list(care.search("accounts", find(), {}))


def test_a_page_is_not_made_up() -> None:
    for wrong in ("7", "x.y.1", "1.abc.2", ""):
        with pytest.raises(MappingError, match="no page"):
            adapter().query("accounts", query(page=wrong), {})


def test_a_query_by_external_id() -> None:
    care = adapter(answer({"id": 7}), answer(status=404))
    assert care.query("accounts", query(external_id="7"), {}).found[0].external_id == "7"
    assert care.query("accounts", query(external_id="7"), {}).found == ()


def test_check_says_that_the_system_answers() -> None:
    assert adapter(answer({})).check(Deadline.after(5)) == f"{URL} answers (200)"
    with pytest.raises(AuthenticationError):
        adapter(answer(status=401)).check(Deadline.after(5))
