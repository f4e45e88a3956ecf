from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from backhaul.sdk.errors import BackhaulError
from backhaul.sdk.simulator.control_client import ControlClient
from backhaul.sdk.simulator.process import SimulatorProcess
from backhaul_rest_backoffice.simulator.service import ServiceOptions, TmfService

PARTY = "/tmf-api/party/v4"
CUSTOMERS = "/tmf-api/customerManagement/v4/customer"
ADA = {"givenName": "Ada", "familyName": "Byron"}


class Client:
    """Speaks plain HTTP, so that nothing of ours stands between test and simulator."""

    def __init__(self, url: str, **headers: str) -> None:
        parts = urlsplit(url)
        self._connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        self._headers = {"Content-Type": "application/json", **headers}

    def call(self, method: str, path: str, document: Any = None, **headers: str) -> tuple[int, Any, Any]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = None if document is None else json.dumps(document)
        self._connection.request(method, path, body, {**self._headers, **named})
        answer = self._connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None, answer.headers

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def service() -> Iterator[TmfService]:
    with TmfService(ServiceOptions()) as service:
        yield service


@pytest.fixture
def client(service: TmfService) -> Iterator[Client]:
    client = Client(service.server.url)
    yield client
    client.close()


@pytest.fixture
def control(service: TmfService) -> ControlClient:
    return ControlClient(service.server.control_url)


def test_create_read_patch_and_delete(client: Client) -> None:
    status, created, headers = client.call("POST", f"{PARTY}/individual", ADA)
    assert (status, headers["ETag"]) == (201, '"1"')
    one = f"{PARTY}/individual/{created['id']}"
    assert created["href"] == one
    assert client.call("GET", one)[1] == created
    assert set(client.call("GET", f"{one}?fields=familyName")[1]) == {"id", "href", "familyName"}
    merge = {"Content_Type": "application/merge-patch+json"}
    assert client.call("PATCH", one, {"title": "Ms"}, If_Match='"1"', **merge)[1]["title"] == "Ms"
    assert client.call("PATCH", one, {"title": "Dr"}, If_Match='"1"', **merge)[0] == 412
    assert client.call("DELETE", one)[0] == 204
    assert client.call("GET", one)[0] == 404


def test_lists_say_how_many_there_are(client: Client) -> None:
    for _ in range(3):
        client.call("POST", f"{PARTY}/individual", ADA)
    status, page, headers = client.call("GET", f"{PARTY}/individual?offset=1&limit=1")
    assert (status, len(page), headers["X-Total-Count"], headers["X-Result-Count"]) == (206, 1, "3", "1")
    query = urlencode({"familyName": "Byron", "limit": 50})
    assert client.call("GET", f"{PARTY}/individual?{query}")[0] == 200


def test_refusals_are_error_documents(client: Client) -> None:
    customer = {"name": "X", "engagedParty": {"id": "IN-1", "@referredType": "Individual"}}
    status, error, _ = client.call("POST", CUSTOMERS, customer)
    assert (status, error["code"], error["status"]) == (422, "ENGAGED_PARTY_UNKNOWN", "422")
    assert client.call("POST", CUSTOMERS, {"nam": "X"})[0] == 400
    assert client.call("PATCH", f"{CUSTOMERS}/1", {}, Content_Type="application/json-patch+json")[0] == 415
    assert client.call("PUT", CUSTOMERS, {})[0] == 405
    assert client.call("GET", "/tmf-api/customer/v5/customer")[0] == 404


def test_an_idempotency_header_is_not_honoured(client: Client) -> None:
    for _ in range(2):
        client.call("POST", f"{PARTY}/individual", ADA, Idempotency_Key="same", X_Message_Id="same")
    assert client.call("GET", f"{PARTY}/individual")[2]["X-Total-Count"] == "2"


def test_clients_are_told_apart_by_their_token() -> None:
    with TmfService(ServiceOptions(bearer_token="open")) as service:
        for token, status in (("open", 200), ("shut", 401)):
            client = Client(service.server.url, Authorization=f"Bearer {token}")
            assert client.call("GET", CUSTOMERS)[0] == status
            client.close()


def test_a_user_works_inside_the_system(client: Client, control: ControlClient) -> None:
    created = control.call("POST", "/create", {"resource": "individual", "document": ADA})
    edit = {"resource": "individual", "id": created["id"], "patch": {"title": "Ms"}}
    control.call("POST", "/edit", edit)
    _, seen, headers = client.call("GET", created["href"])
    assert (seen["title"], headers["ETag"]) == ("Ms", '"2"')
    assert seen["lastUpdate"] > created["lastUpdate"]
    assert [written["by"] for written in control.call("GET", "/journal")] == ["user", "user"]
    assert [written["seq"] for written in control.call("GET", "/journal?since=1")] == [2]
    before, after = control.call("GET", "/journal?documents=true")
    assert ("title" in before["document"], after["document"]["title"]) == (False, "Ms")
    control.call("POST", "/delete", {"resource": "individual", "id": created["id"]})
    assert control.call("GET", "/counts")["individual"] == 0


@pytest.mark.parametrize(
    ("method", "path", "document"),
    [
        ("POST", "/create", {"resource": "individual"}),
        ("POST", "/edit", {"resource": "individual", "id": "IN-1", "patch": {}}),
        ("GET", "/journal?since=x", None),
    ],
)
def test_a_wrong_control_is_refused(control: ControlClient, method: str, path: str, document: Any) -> None:
    with pytest.raises(BackhaulError, match="refuses"):
        control.call(method, path, document)


def test_the_state_can_be_put_back(client: Client, control: ControlClient) -> None:
    _, created, _ = client.call("POST", f"{PARTY}/individual", ADA)
    state = control.state()
    control.reset()
    assert client.call("GET", created["href"])[0] == 404
    control.restore(state)
    assert client.call("GET", created["href"])[1] == created
    assert client.call("POST", f"{PARTY}/individual", ADA)[1]["id"] != created["id"]


def test_hubs_are_registered_and_removed(client: Client, control: ControlClient) -> None:
    callback = {"callback": "http://127.0.0.1:9/in"}
    status, registered, _ = client.call("POST", f"{PARTY}/hub", callback)
    assert (status, client.call("POST", f"{PARTY}/hub", callback)[0]) == (201, 409)
    assert [found["callback"] for found in control.call("GET", "/hub")] == [callback["callback"]]
    assert client.call("DELETE", f"{PARTY}/hub/{registered['id']}")[0] == 204
    assert client.call("DELETE", f"{PARTY}/hub/{registered['id']}")[0] == 404


def test_planned_refusals_are_error_documents(client: Client, control: ControlClient) -> None:
    control.faults({"fault": "refuse", "operation": "POST individual", "code": "BLOCKED", "limit": 1})
    status, error, _ = client.call("POST", f"{PARTY}/individual", ADA)
    assert (status, error["code"]) == (422, "BLOCKED")
    assert client.call("POST", f"{PARTY}/individual", ADA)[0] == 201


def test_it_runs_in_a_process_of_its_own() -> None:
    with SimulatorProcess("backhaul_rest_backoffice.simulator", "--upper-names") as process:
        client = Client(process.url)
        assert client.call("POST", f"{PARTY}/individual", ADA)[1]["familyName"] == "BYRON"
        client.close()
