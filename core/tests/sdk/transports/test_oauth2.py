from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest

from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import AuthenticationError, TransientError
from backhaul.sdk.simulator.message import SimRequest, SimResponse
from backhaul.sdk.simulator.server import SimulatorServer
from backhaul.sdk.transports.base import Request
from backhaul.sdk.transports.http_channel import HttpChannel
from backhaul.sdk.transports.oauth2 import ClientCredentials
from backhaul.sdk.transports.rest import RestTransport
from backhaul.sdk.transports.rest_settings import OAuth2Auth, RestTransportSettings

HIDDEN = "hunter2 never=shown"
WRITE = Request("POST", "customer", "POST customer", body=b"{}")

Simulate = Callable[..., SimulatorServer]
Connect = Callable[..., RestTransport]


class Office:
    """A back office that honours the last token it gave."""

    def __init__(self, **token: Any) -> None:
        self.asked: list[SimRequest] = []
        self.executed = 0
        self.token: dict[str, Any] = {"token_type": "Bearer", "expires_in": 3600, **token}
        self.status = 200
        self.valid = ""
        self.obstinate = False

    def __call__(self, request: SimRequest) -> SimResponse:
        if request.path == "/token":
            self.asked.append(request)
            self.valid = f"t{len(self.asked)}"
            return SimResponse(self.status, {"access_token": self.valid, **self.token})
        if self.obstinate or request.header("authorization") != f"Bearer {self.valid}":
            return SimResponse(401)
        self.executed += 1
        return SimResponse(201, {})


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BH_SECRET", HIDDEN)


def settings(server: SimulatorServer, **more: Any) -> dict[str, Any]:
    return {
        "kind": "oauth2",
        "token_url": f"{server.url}/token",
        "client_id": "back haul",
        "client_secret": {"env": "BH_SECRET"},
        **more,
    }


def test_one_token_serves_many_requests(simulate: Simulate, connect: Connect) -> None:
    office = Office()
    server = simulate(office)
    transport = connect(server.url, auth=settings(server, scope="a b"))
    for _ in range(3):
        assert transport.exchange(WRITE, Deadline.after(5)).status == 201
    assert len(office.asked) == 1
    assert parse_qs(office.asked[0].body.decode()) == {"grant_type": ["client_credentials"], "scope": ["a b"]}
    basic = office.asked[0].headers["authorization"].removeprefix("Basic ")
    assert base64.b64decode(basic) == b"back+haul:hunter2+never%3Dshown"


def test_credentials_can_stand_in_the_body(simulate: Simulate, connect: Connect) -> None:
    office = Office()
    server = simulate(office)
    transport = connect(server.url, auth=settings(server, credentials_in="body"))
    assert transport.exchange(WRITE, Deadline.after(5)).status == 201
    form = parse_qs(office.asked[0].body.decode())
    assert (form["client_id"], form["client_secret"]) == (["back haul"], [HIDDEN])
    assert "authorization" not in office.asked[0].headers


def test_a_refused_token_is_replaced_and_the_request_sent_once_more(
    simulate: Simulate, connect: Connect
) -> None:
    office = Office()
    server = simulate(office)
    transport = connect(server.url, auth=settings(server))
    transport.exchange(WRITE, Deadline.after(5))
    office.valid = "withdrawn"
    assert transport.exchange(WRITE, Deadline.after(5)).status == 201
    assert (len(office.asked), office.executed) == (2, 2)


def test_a_second_refusal_is_the_answer(simulate: Simulate, connect: Connect) -> None:
    office = Office()
    office.obstinate = True
    server = simulate(office)
    transport = connect(server.url, auth=settings(server))
    assert transport.exchange(WRITE, Deadline.after(5)).status == 401
    assert server.statistics.document()["statuses"] == {"200": 2, "401": 2}


def test_threads_share_one_renewal(simulate: Simulate, connect: Connect) -> None:
    office = Office()
    server = simulate(office)
    transport = connect(server.url, auth=settings(server), max_in_flight=8)
    for _ in range(2):
        threads = [
            threading.Thread(target=transport.exchange, args=(WRITE, Deadline.after(10))) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        office.valid = "withdrawn"
    assert office.executed == 16
    assert len(office.asked) == 2


@pytest.mark.parametrize(
    ("expires_in", "after", "fetched"),
    [
        (100, 89, 1),
        (100, 91, 2),
        (3600, 3569, 1),
        (3600, 3571, 2),
        ("100", 91, 2),
        (None, 10**9, 1),
        (0, 0, 2),
    ],
)
def test_a_token_is_renewed_a_little_early(
    simulate: Simulate, expires_in: Any, after: float, fetched: int
) -> None:
    office = Office(expires_in=expires_in)
    server = simulate(office)
    auth = OAuth2Auth.model_validate(settings(server))
    now = [0.0]
    channel = HttpChannel(auth.token_url, RestTransportSettings(url=server.url))
    credentials = ClientCredentials(auth, channel, clock=lambda: now[0])
    credentials.headers(Deadline.after(5))
    now[0] = after
    credentials.headers(Deadline.after(5))
    credentials.close()
    assert len(office.asked) == fetched


@pytest.mark.parametrize(
    ("status", "token", "kind", "words"),
    [
        (
            400,
            {"error": "invalid_client"},
            AuthenticationError,
            r"refused our client credentials \(400 invalid",
        ),
        (401, {"error": HIDDEN}, AuthenticationError, r"refused our client credentials \(401\)"),
        (429, {}, TransientError, "the token endpoint answered 429"),
        (500, {}, TransientError, "the token endpoint answered 500"),
        (200, {"access_token": None}, TransientError, "is missing"),
        (200, {"access_token": "a\r\nb"}, TransientError, "is missing"),
    ],
)
def test_without_a_token_nothing_is_sent(
    simulate: Simulate,
    connect: Connect,
    status: int,
    token: dict[str, Any],
    kind: type[Exception],
    words: str,
) -> None:
    office = Office(**token)
    office.status = status
    server = simulate(office)
    transport = connect(server.url, auth=settings(server))
    with pytest.raises(kind, match=words) as error:
        transport.exchange(WRITE, Deadline.after(5))
    assert "not sent" in str(error.value) or "Nothing was sent" in str(error.value)
    assert HIDDEN not in str(error.value)
    assert server.statistics.document()["requests"] == 1


def test_an_unreachable_token_endpoint_means_unsent(
    simulate: Simulate, connect: Connect, closed_port: int
) -> None:
    server = simulate(Office())
    auth = settings(server, token_url=f"http://127.0.0.1:{closed_port}/token")
    with pytest.raises(TransientError, match=r"token could not be fetched: .* refused"):
        connect(server.url, auth=auth).exchange(WRITE, Deadline.after(5))


def test_a_slow_token_endpoint_is_held_to_the_deadline(simulate: Simulate, connect: Connect) -> None:
    server = simulate(Office())
    server.faults = server.faults.parse({"rule": [{"fault": "dribble", "seconds": 0.02, "head": True}]})
    with pytest.raises(TransientError, match="The request was not sent"):
        connect(server.url, auth=settings(server)).exchange(WRITE, Deadline.after(0.2))
