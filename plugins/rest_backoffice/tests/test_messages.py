from __future__ import annotations

import json
import queue
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from backhaul.entities import Account, Contact
from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import AuthenticationError, ConfigurationError, MappingError, UnsupportedError
from backhaul.sdk.inbound import InboundKind, RawMessage
from backhaul.sdk.simulator.process import SimulatorProcess

Sender = Any
Senders = Callable[..., Sender]
MOMENT = "2030-01-31T10:00:00.5+02:00"


def event(**changes: Any) -> dict[str, Any]:
    customer = {
        "id": "CU-1",
        "name": "Engines",
        "engagedParty": {"id": "OR-1", "@referredType": "Organization"},
        "characteristic": [{"name": "backhaulId", "value": "A-1"}],
        "lastUpdate": MOMENT,
    }
    return {
        "eventId": "E-1",
        "eventType": "CustomerCreateEvent",
        "timeOcurred": "2030-01-31T09:00:00Z",
        "correlationId": "c-1",
        "event": {"customer": customer},
        **changes,
    }


def message(document: Any, path: str = "listener/customerCreateEvent") -> RawMessage:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return RawMessage(body, {"authorization": "Bearer secret"}, path)


def read(tmf: Sender, document: Any, path: str = "listener/customerCreateEvent") -> Any:
    ((capability, inbound),) = tmf.invocation.read(message(document, path))
    return capability.entity.entity, inbound


@pytest.fixture
def tmf(sender_with: Senders) -> Sender:
    return sender_with()


def test_an_event_is_an_inbound_record(tmf: Sender) -> None:
    entity, inbound = read(tmf, event())
    assert entity == "account"
    assert (inbound.kind, inbound.external_id, inbound.our_id) == (InboundKind.CREATED, "CU-1", "A-1")
    assert (inbound.message_id, inbound.causation_id) == ("E-1", "c-1")
    assert inbound.stamp == "2030-01-31T08:00:00.500000Z"
    assert tmf.read("account", inbound.document)["name"] == "Engines"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("customerCreateEvent", InboundKind.CREATED),
        ("CustomerAttributeValueChangeEvent", InboundKind.UPDATED),
        ("customerStateChangeEvent", InboundKind.UPDATED),
        ("customerDeleteEvent", InboundKind.DELETED),
    ],
)
def test_the_type_or_the_address_says_what_happened(tmf: Sender, name: str, kind: InboundKind) -> None:
    assert read(tmf, event(eventType=name))[1].kind is kind
    assert read(tmf, event(eventType=None), f"listener/{name}")[1].kind is kind


@pytest.mark.parametrize("name", ["timeOcurred", "timeOccurred", "eventTime"])
def test_the_time_of_the_event_stands_in(tmf: Sender, sender_with: Senders, name: str) -> None:
    told = event()
    del told["timeOcurred"]
    del told["event"]["customer"]["lastUpdate"]
    told[name] = "2030-01-31T09:00:00Z"
    assert read(tmf, told)[1].stamp == "2030-01-31T09:00:00.000000Z"
    assert read(sender_with(last_update_field=None), told)[1].stamp is None


def test_an_individual_is_a_contact(tmf: Sender) -> None:
    person = {
        "id": "IN-1",
        "givenName": "Ada",
        "partyCharacteristic": [{"name": "backhaulId", "value": "C-1"}],
    }
    told = event(eventType="IndividualStateChangeEvent", event={"individual": person})
    entity, inbound = read(tmf, told)
    assert (entity, inbound.our_id) == ("contact", "C-1")


@pytest.mark.parametrize(
    "document",
    [
        b"{",
        b"<html/>",
        [],
        {},
        event(eventType="OrganizationCreateEvent"),
        event(event={}),
        event(event={"customer": []}),
        event(event={"customer": {"name": "no id"}}),
    ],
)
def test_what_is_not_understood_is_refused(tmf: Sender, document: Any) -> None:
    with pytest.raises(MappingError):
        tmf.invocation.read(message(document, "listener/x"))


def test_only_the_inbound_token_proves_the_sender(sender_with: Senders, monkeypatch: Any) -> None:
    monkeypatch.setenv("TOKEN", "secret")
    with pytest.raises(AuthenticationError):
        sender_with().adapter.authenticate(message(event()))
    knowing = sender_with(inbound_token={"env": "TOKEN"}).adapter
    knowing.authenticate(message(event()))
    with pytest.raises(AuthenticationError):
        knowing.authenticate(RawMessage(b"{}", {"authorization": "Bearer other"}))


# -- polling ------------------------------------------------------------------------------------------------


def poll(tmf: Sender, cursor: str | None, source: str = "individual") -> Any:
    return tmf.invocation.poll(source, cursor)


def names(polled: Any) -> list[str]:
    return [json.loads(found.body)["familyName"] for found in polled.messages]


def create(simulator: SimulatorProcess, *families: str) -> list[str]:
    made = [
        simulator.control.call(
            "POST",
            "/create",
            {"resource": "individual", "document": {"givenName": "Ada", "familyName": family}},
        )
        for family in families
    ]
    return [found["id"] for found in made]


def edit(simulator: SimulatorProcess, identifier: str, patch: dict[str, Any]) -> None:
    simulator.control.call("POST", "/edit", {"resource": "individual", "id": identifier, "patch": patch})


def test_a_poll_brings_what_was_changed(sender_with: Senders, simulator: SimulatorProcess) -> None:
    tmf = sender_with(poll_overlap=0)
    first, _, _ = create(simulator, "A", "B", "C")
    polled = poll(tmf, None)
    assert (names(polled), polled.more) == (["A", "B", "C"], False)
    edit(simulator, first, {"title": "Ms"})
    again = poll(tmf, polled.cursor)
    # The last change of the poll before is shown again: another one could bear the same stamp.
    assert names(again) == ["C", "A"]
    assert {found.message_id for found in again.messages} & {found.message_id for found in polled.messages}
    ((capability, inbound),) = tmf.invocation.read(again.messages[1])
    assert (capability.entity, inbound.kind) == (Contact, InboundKind.CHANGED)
    assert inbound.external_id == first
    assert inbound.message_id == again.messages[1].message_id
    assert inbound.stamp is not None
    assert inbound.stamp == again.cursor


def test_the_overlap_is_looked_at_again_under_the_same_ids(
    sender_with: Senders, simulator: SimulatorProcess
) -> None:
    tmf = sender_with(poll_overlap=60)
    create(simulator, "A", "B")
    once = poll(tmf, None)
    twice = poll(tmf, once.cursor)
    assert [found.message_id for found in once.messages] == [found.message_id for found in twice.messages]
    assert once.cursor == twice.cursor


def test_a_long_poll_goes_on_where_it_stopped(sender_with: Senders, simulator: SimulatorProcess) -> None:
    tmf = sender_with(poll_overlap=60, page_size=2, poll_pages=2)
    families = [f"F{number}" for number in range(11)]
    create(simulator, *families)
    seen: list[str] = []
    polled = poll(tmf, None)
    rounds = 1
    seen += names(polled)
    while polled.more:
        polled = poll(tmf, polled.cursor)
        seen += names(polled)
        rounds += 1
    assert list(dict.fromkeys(seen)) == families
    assert rounds < 12


def test_objects_that_change_between_pages_are_not_missed(
    sender_with: Senders, simulator: SimulatorProcess
) -> None:
    tmf = sender_with(poll_overlap=0, page_size=2, poll_pages=50)
    identifiers = create(simulator, *[f"F{number}" for number in range(6)])
    exchange = tmf.adapter.transport.exchange
    moved: list[str] = []

    def busy(request: Any, deadline: Deadline) -> Any:
        response = exchange(request, deadline)
        if len(moved) < 2:
            edit(simulator, identifiers[len(moved)], {"title": "Ms"})
            moved.append(identifiers[len(moved)])
        return response

    tmf.adapter.transport.exchange = busy
    assert set(names(poll(tmf, None))) == {f"F{number}" for number in range(6)}


def test_nothing_yet_leaves_the_cursor(tmf: Sender, simulator: SimulatorProcess) -> None:
    assert poll(tmf, None).cursor is None
    cursor = "2030-01-01T00:00:00.000000Z"
    assert poll(tmf, cursor) == poll(tmf, cursor)
    assert poll(tmf, cursor).cursor == cursor


def test_a_source_that_is_not_polled_is_refused(tmf: Sender, sender_with: Senders) -> None:
    for office, source in (
        (tmf, "organization"),
        (sender_with(last_update_field=None), "customer"),
        (sender_with(poll_sources=["customer"]), "individual"),
    ):
        with pytest.raises(UnsupportedError):
            poll(office, None, source)
    assert sender_with(poll_sources=["customer"]).adapter.poll_sources == ("customer",)


def test_a_missing_stamp_is_no_silent_end(sender_with: Senders, simulator: SimulatorProcess) -> None:
    create(simulator, "A")
    tmf = sender_with(last_update_field="href")
    exchange = tmf.adapter.transport.exchange

    def unsorted(request: Any, deadline: Deadline) -> Any:
        from dataclasses import replace  # noqa: PLC0415

        return exchange(replace(request, query={}), deadline)

    tmf.adapter.transport.exchange = unsorted
    with pytest.raises(ConfigurationError, match="has no href"):
        poll(tmf, None)


# -- the hub ------------------------------------------------------------------------------------------------


class Callback(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.arrived: queue.Queue[RawMessage] = queue.Queue()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/in/assurance"


class Handler(BaseHTTPRequestHandler):
    server: Callback

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): text for name, text in self.headers.items()}
        self.server.arrived.put(RawMessage(body, headers, self.path.removeprefix("/in/assurance/")))
        self.send_response(204)
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


def test_events_arrive_after_subscribing(
    sender_with: Senders,
    simulator: SimulatorProcess,
    callback: Callback,
    monkeypatch: Any,
    engines: Account,
) -> None:
    monkeypatch.setenv("TOKEN", "given")
    tmf = sender_with(inbound_token={"env": "TOKEN"}, hub_token_header="X-Listener-Token")
    for _ in range(2):
        tmf.adapter.subscribe(callback.url, Deadline.after(5))
    assert len(simulator.control.call("GET", "/hub")) == 2
    tmf.send(engines)
    arrived = callback.arrived.get(timeout=5)
    tmf.adapter.authenticate(arrived)
    assert arrived.path == "listener/customerCreateEvent"
    ((capability, inbound),) = tmf.invocation.read(arrived)
    assert capability.entity is Account
    assert (inbound.our_id, inbound.external_id) == ("A-1", tmf.theirs(engines))
    assert inbound.causation_id == "c-1"
    control = simulator.control
    control.call(
        "POST", "/edit", {"resource": "customer", "id": inbound.external_id, "patch": {"status": "x"}}
    )
    ((_, changed),) = tmf.invocation.read(callback.arrived.get(timeout=5))
    assert changed.kind is InboundKind.UPDATED
    assert changed.stamp > inbound.stamp
    assert callback.arrived.empty()


def test_a_hub_that_is_off_is_not_asked(
    sender_with: Senders, simulator: SimulatorProcess, callback: Callback
) -> None:
    sender_with(hub=False).adapter.subscribe(callback.url, Deadline.after(5))
    assert simulator.control.call("GET", "/hub") == []
