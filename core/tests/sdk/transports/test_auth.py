from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.simulator.message import SimRequest, SimResponse
from backhaul.sdk.simulator.server import SimulatorServer
from backhaul.sdk.transports.base import Request
from backhaul.sdk.transports.rest import RestTransport
from backhaul.sdk.transports.rest_settings import RestTransportSettings

HIDDEN = "hunter2-never-shown"
WRITE = Request("POST", "customer", "POST customer", body=b"{}", headers={"authorization": "forged"})

Simulate = Callable[..., SimulatorServer]
Connect = Callable[..., RestTransport]


class Asked:
    """Keeps the headers of every request and answers with what it is told."""

    def __init__(self, *statuses: int) -> None:
        self.headers: list[dict[str, str]] = []
        self._statuses = list(statuses)

    def __call__(self, request: SimRequest) -> SimResponse:
        self.headers.append(dict(request.headers))
        return SimResponse(self._statuses.pop(0) if self._statuses else 200, {})


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BH_SECRET", "pâss:word")
    monkeypatch.setenv("BH_TOKEN", "t0ken")


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        (
            {"kind": "basic", "username": "anna", "password": {"env": "BH_SECRET"}},
            "authorization",
            "Basic " + base64.b64encode("anna:pâss:word".encode()).decode(),
        ),
        ({"kind": "bearer", "token": {"env": "BH_TOKEN"}}, "authorization", "Bearer t0ken"),
        ({"kind": "api_key", "value": {"env": "BH_TOKEN"}}, "x-api-key", "t0ken"),
        ({"kind": "api_key", "header": "X-Site-Key", "value": {"env": "BH_TOKEN"}}, "x-site-key", "t0ken"),
    ],
)
def test_credentials_stand_in_their_header(
    simulate: Simulate, connect: Connect, auth: dict[str, Any], header: str, value: str
) -> None:
    asked = Asked()
    assert connect(simulate(asked).url, auth=auth).exchange(WRITE, Deadline.after(5)).status == 200
    assert asked.headers[0][header] == value


def test_a_refusal_is_an_answer_and_nothing_is_sent_again(simulate: Simulate, connect: Connect) -> None:
    asked = Asked(401)
    transport = connect(simulate(asked).url, auth={"kind": "bearer", "token": {"env": "BH_TOKEN"}})
    assert transport.exchange(WRITE, Deadline.after(5)).status == 401
    assert len(asked.headers) == 1


def test_a_rotated_secret_is_used_without_restart(
    simulate: Simulate, connect: Connect, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text("old\n")

    def rotating(request: SimRequest) -> SimResponse:
        file.write_text("new\n")
        return SimResponse(200 if request.header("authorization") == "Bearer new" else 401)

    server = simulate(rotating)
    transport = connect(server.url, auth={"kind": "bearer", "token": {"file": str(file)}})
    assert transport.exchange(WRITE, Deadline.after(5)).status == 200
    assert server.statistics.document()["statuses"] == {"200": 1, "401": 1}


@pytest.mark.parametrize("value", [f"{HIDDEN}\r\nX-A: 1", f"{HIDDEN} ", "é" + HIDDEN])
def test_a_secret_that_no_header_can_carry_is_not_shown(
    simulate: Simulate, connect: Connect, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("BH_TOKEN", value)
    transport = connect(simulate(Asked()).url, auth={"kind": "bearer", "token": {"env": "BH_TOKEN"}})
    with pytest.raises(ConfigurationError, match="environment variable BH_TOKEN cannot stand") as error:
        transport.exchange(WRITE, Deadline.after(5))
    assert HIDDEN not in str(error.value)


@pytest.mark.parametrize(
    "auth",
    [
        {"kind": "basic", "username": "anna", "password": HIDDEN},
        {"kind": "bearer", "token": {"value": HIDDEN}},
        {"kind": "magic", "token": HIDDEN},
        {"kind": "bearer", "tokenn": HIDDEN, "token": {"env": "X"}},
        {"kind": "api_key", "header": "X:Y", "value": {"env": "X"}},
    ],
)
def test_wrong_settings_are_refused_and_not_quoted(auth: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        RestTransportSettings.model_validate({"url": "https://example.org", "auth": auth})
    assert HIDDEN not in str(refused.value)
