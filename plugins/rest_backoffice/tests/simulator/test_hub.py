from __future__ import annotations

import json
import queue
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from backhaul.sdk.simulator.fault_plan import FaultPlan
from backhaul_rest_backoffice.simulator.event import Event, event
from backhaul_rest_backoffice.simulator.event_faults import EventFaults
from backhaul_rest_backoffice.simulator.hub import Hub
from backhaul_rest_backoffice.simulator.listener import Listener
from backhaul_rest_backoffice.simulator.refusal import Refusal


class Callback(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.arrived: queue.Queue[tuple[str, str | None, Any]] = queue.Queue()
        self.answers = [204]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/in"


class Handler(BaseHTTPRequestHandler):
    server: Callback

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.arrived.put((self.path, self.headers.get("Authorization"), body))
        self.send_response(self.server.answers.pop(0) if len(self.server.answers) > 1 else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def callback() -> Iterator[Callback]:
    with Callback() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub("configured")
    yield hub
    hub.close()


def created(number: int = 1, api: str = "party", resource: str = "individual") -> Event:
    return event(
        resource, api, "Create", {"id": str(number)}, event_id=f"EV-{number}", at="now", correlation_id=None
    )


def test_an_event_arrives_with_the_token(hub: Hub, callback: Callback) -> None:
    registered = hub.register("party", {"callback": callback.url})
    hub.tell(created())
    path, authorization, body = callback.arrived.get(timeout=5)
    assert registered["callback"] == callback.url
    assert (path, authorization) == ("/in/listener/individualCreateEvent", "Bearer configured")
    assert body["timeOcurred"] == "now"
    assert body["event"] == {"individual": {"id": "1"}}


def test_the_token_given_at_registration_wins(hub: Hub, callback: Callback) -> None:
    hub.register("party", {"callback": callback.url}, "given")
    hub.tell(created())
    assert callback.arrived.get(timeout=5)[1] == "Bearer given"


def test_each_api_has_its_own_hub_and_a_query_chooses(hub: Hub, callback: Callback) -> None:
    hub.register(
        "customer",
        {"callback": callback.url, "query": "eventType=CustomerDeleteEvent,CustomerStateChangeEvent"},
    )
    hub.tell(created(1))
    hub.tell(created(2, "customer", "customer"))
    wanted = event("customer", "customer", "Delete", {}, event_id="3", at="now", correlation_id=None)
    hub.tell(wanted)
    assert callback.arrived.get(timeout=5)[2]["eventId"] == "3"
    assert callback.arrived.empty()


def test_a_failing_callback_is_tried_again(callback: Callback) -> None:
    callback.answers = [503, 500, 204]
    listener = Listener(callback.url, None, pause=0.001)
    listener.tell(created())
    assert [callback.arrived.get(timeout=5)[1] for _ in range(3)] == [None] * 3
    listener.close()
    assert (listener.delivered, listener.given_up) == (1, 0)


def test_a_callback_that_keeps_failing_is_given_up(callback: Callback) -> None:
    callback.answers = [500] * 9
    listener = Listener(callback.url, None, attempts=2, pause=0.001)
    listener.tell(created(1))
    listener.tell(created(2))
    for _ in range(4):
        callback.arrived.get(timeout=5)
    listener.close()
    assert listener.delivered == 0


def test_a_held_event_is_not_lost(callback: Callback) -> None:
    listener = Listener(callback.url, None)
    listener.tell(created(1), late=True)
    assert callback.arrived.get(timeout=5)[2]["eventId"] == "EV-1"
    listener.close()


def test_the_same_registration_is_refused(hub: Hub, callback: Callback) -> None:
    first = hub.register("party", {"callback": callback.url})
    with pytest.raises(Refusal) as caught:
        hub.register("party", {"callback": callback.url})
    assert caught.value.status == 409
    hub.unregister("party", first["id"])
    assert hub.progress() == []


@pytest.mark.parametrize(
    "body",
    [{}, {"callback": "ftp://x"}, {"callback": "http://x", "query": "status=1"}, {"callbak": "http://x"}],
)
def test_a_bad_registration_is_refused(hub: Hub, body: dict[str, str]) -> None:
    with pytest.raises(Refusal) as caught:
        hub.register("party", body)
    assert caught.value.status == 400


def planned(*rules: dict[str, Any]) -> list[str]:
    """What a plan makes of twenty events."""
    plan = FaultPlan.parse({"seed": 1, "rule": list(rules)})
    faults = EventFaults(lambda: plan)
    stream: list[str] = []
    held: list[str] = []
    for number in range(20):
        handling = faults.handling(created(number))
        stream += [f"{number}" for _ in range(0 if handling.late else handling.copies)]
        stream += held
        held = [f"{number}"] if handling.late else []
    return stream + held


def test_the_fault_plan_doubles_delays_and_loses_events() -> None:
    plain = [str(number) for number in range(20)]
    event = {"operation": "EVENT individual*"}
    assert planned() == plain
    assert planned({**event, "fault": "duplicate", "nth": [2]}) == ["0", "1", "1", *plain[2:]]
    assert planned({**event, "fault": "delay", "nth": [1]}) == ["1", "0", *plain[2:]]
    assert planned({**event, "fault": "drop_before", "nth": [1]}) == plain[1:]
    assert planned({"fault": "drop_before", "operation": "EVENT customer*"}, {"fault": "duplicate"}) == plain
    assert sorted(set(planned({**event, "fault": "delay", "probability": 0.4})), key=int) == plain
