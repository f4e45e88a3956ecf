"""What a transport says about a write is true, whatever the back office and the network do meanwhile."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import BackhaulError, TransientError, UnknownOutcomeError
from backhaul.sdk.simulator.fault_plan import FaultPlan
from backhaul.sdk.simulator.message import SimRequest, SimResponse
from backhaul.sdk.simulator.server import SimulatorServer
from backhaul.sdk.transports.base import Request
from backhaul.sdk.transports.rest import RestTransport
from backhaul.sdk.transports.rest_reply import classify, document
from backhaul.sdk.transports.rest_settings import RestTransportSettings

Simulate = Callable[..., SimulatorServer]
Connect = Callable[..., RestTransport]

FAULTS = FaultPlan.parse(
    {
        "seed": 11,
        "rule": [
            {"fault": fault, "probability": 0.04, "seconds": 0.0001, **more}
            for fault, more in (
                ("drop_before", {}),
                ("drop_after_commit", {}),
                ("fail_before_commit", {}),
                ("fail_after_commit", {"status": 502}),
                ("throttle", {}),
                ("dribble", {}),
                ("garble", {"garbling": "truncated"}),
                ("garble", {"garbling": "html"}),
            )
        ],
    }
)


def test_unsent_was_not_executed_and_done_was_executed_once(simulate: Simulate, connect: Connect) -> None:
    executed: Counter[str] = Counter()

    def execute(request: SimRequest) -> SimResponse:
        executed[request.path.rpartition("/")[2]] += 1
        return SimResponse(201, {"ok": True})

    server = simulate(execute, faults=FAULTS)
    transport = connect(server.url, max_in_flight=8)
    settings = RestTransportSettings(url=server.url)

    def send(number: int) -> tuple[str, type[BackhaulError] | None]:
        disturb(server, number)
        request = Request("POST", f"customer/{number}", "POST customer", body=b"{}")
        try:
            document(classify(transport.exchange(request, Deadline.after(10)), request, settings), request)
        except (TransientError, UnknownOutcomeError) as error:
            return str(number), type(error)
        return str(number), None

    with ThreadPoolExecutor(8) as threads:
        outcomes = dict(threads.map(send, range(600)))

    kinds = Counter(outcomes.values())
    assert min(kinds[None], kinds[TransientError], kinds[UnknownOutcomeError]) > 10
    assert [number for number, kind in outcomes.items() if kind is TransientError and executed[number]] == []
    assert [number for number, kind in outcomes.items() if kind is None and executed[number] != 1] == []
    assert max(executed.values()) == 1


def disturb(server: SimulatorServer, number: int) -> None:
    """An outage of a few requests now and then, counted, so that a slow machine sees no more of them."""
    if number % 150 == 100:
        server.outage()
    if number % 150 == 110:
        server.reopen()


def test_ipv6(simulate: Simulate, connect: Connect) -> None:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            pass
    except OSError as error:
        pytest.skip(f"no IPv6 on this machine: {error}")
    server = simulate(lambda request: SimResponse(json={"host": request.header("host")}), host="::1")
    assert server.url.startswith("http://[::1]:")
    answer = connect(server.url).exchange(Request("GET", "x", "GET x", safe=True), Deadline.after(5))
    assert b'"[::1]:' in answer.body
