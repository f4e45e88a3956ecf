from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from typing import Any

import pytest

from backhaul.sdk.simulator.control_client import ControlClient
from backhaul.sdk.simulator.server import SimulatorServer

Connect = Callable[[SimulatorServer], Callable[..., tuple[int, Any, dict[str, str]]]]
ANNA = {"name": "Anna"}


@pytest.mark.parametrize(
    ("rule", "status", "held"),
    [
        ({"fault": "refuse", "status": 409, "code": "E1", "text": "no"}, 409, 0),
        ({"fault": "refuse"}, 422, 0),
        ({"fault": "fail_before_commit", "status": 503}, 503, 0),
        ({"fault": "fail_after_commit", "status": 502}, 502, 1),
        ({"fault": "throttle", "retry_after": "7"}, 429, 0),
        ({"fault": "unauthorized"}, 401, 0),
        ({"fault": "duplicate"}, 201, 2),
        ({"fault": "delay", "seconds": 0.01}, 201, 1),
    ],
)
def test_what_is_answered_and_what_is_held(
    shop: SimulatorServer,
    client: Connect,
    control: ControlClient,
    rule: dict[str, Any],
    status: int,
    held: int,
) -> None:
    control.faults({**rule, "operation": "create *", "nth": 1})
    call = client(shop)
    answered, answer, headers = call("POST", "/customer", ANNA)
    assert (answered, len(control.state())) == (status, held)
    assert headers.get("retry-after") == rule.get("retry_after")
    assert answer.get("code") == (rule.get("code", "SIMULATED") if status >= 400 else None)
    assert call("POST", "/customer", ANNA)[0] == 201
    assert [(count["matched"], count["struck"]) for count in control.stats()["faults"]] == [(2, 1)]


@pytest.mark.parametrize(("fault", "held"), [("drop_before", 0), ("drop_after_commit", 1)])
def test_a_dropped_connection_gives_no_answer(
    shop: SimulatorServer, client: Connect, control: ControlClient, fault: str, held: int
) -> None:
    control.faults({"fault": fault})
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        client(shop)("POST", "/customer", ANNA)
    assert len(control.state()) == held
    assert control.stats()["statuses"] == {"0": 1}


@pytest.mark.parametrize(
    ("garbling", "expected"),
    [
        ("html", b"<html>"),
        ("truncated", b'{"id":"1",'),
        ("encoding", b"\xff\xfe\xc3"),
        ("empty", b""),
    ],
)
def test_garbling_spoils_an_answer_of_the_same_status(
    shop: SimulatorServer, client: Connect, control: ControlClient, garbling: str, expected: bytes
) -> None:
    control.faults({"fault": "garble", "garbling": garbling})
    connection = client(shop).connection  # type: ignore[attr-defined]
    connection.request("POST", "/customer", b'{"name":"Anna"}')
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 201
    assert body.startswith(expected)
    assert bool(body) == bool(expected)
    assert len(control.state()) == 1


def test_an_oversized_answer_is_really_large(
    shop: SimulatorServer, client: Connect, control: ControlClient
) -> None:
    control.faults({"fault": "garble", "garbling": "oversized"})
    _, _, headers = client(shop)("POST", "/customer", ANNA)
    assert int(headers["content-length"]) > 30_000_000


@pytest.mark.parametrize("head", [True, False])
def test_dribbling_sends_a_byte_at_a_time(
    shop: SimulatorServer, client: Connect, control: ControlClient, *, head: bool
) -> None:
    control.faults({"fault": "dribble", "seconds": 0.001, "head": head})
    begun = time.monotonic()
    assert client(shop)("POST", "/customer", ANNA)[:2] == (201, {"id": "1", "name": "Anna"})
    assert time.monotonic() - begun >= 0.001 * (80 if head else 20)


def test_faults_can_be_combined(shop: SimulatorServer, client: Connect, control: ControlClient) -> None:
    control.faults(
        {"fault": "duplicate"}, {"fault": "fail_after_commit"}, {"fault": "delay", "seconds": 0.01}
    )
    assert client(shop)("POST", "/customer", ANNA)[0] == 500
    assert len(control.state()) == 2


def test_no_rules_end_all_faults(shop: SimulatorServer, client: Connect, control: ControlClient) -> None:
    control.faults({"fault": "throttle"})
    control.faults()
    assert client(shop)("POST", "/customer", ANNA)[0] == 201
