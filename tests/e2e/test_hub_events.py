"""A change made inside a back office reaches our records over its hub: real sockets, real processes."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from backhaul.bootstrap import Backhaul, opened
from backhaul.gateway.serve import Server
from backhaul.sdk.simulator.process import SimulatorProcess

TOKEN = "made-up-inbound-token"
PATIENCE = 20.0

DEPLOYMENT = """
[store]
url = "sqlite:///backhaul.db"

[backoffice.assurance]
plugin = "rest_backoffice"
url = "{url}/tmf-api"
inbound_token = {{ env = "BACKHAUL_TEST_INBOUND" }}
{token_header}

[[route]]
process = "CUT Send Account Data"
to = ["assurance"]

[[route]]
process = "CUT Receive Account Data"
to = ["assurance"]
"""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    document: Any


@dataclass(frozen=True)
class World:
    simulator: SimulatorProcess
    backhaul: Backhaul
    server: Server

    def call(self, method: str, path: str, document: Any = None, **headers: str) -> Answer:
        address = urlsplit(self.server.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
        body = None if document is None else json.dumps(document).encode()
        stated = {"Content-Type": "application/json"} if body is not None else {}
        connection.request(method, path, body, {**stated, **headers})
        response = connection.getresponse()
        content = response.read()
        connection.close()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, json.loads(content))

    def push(self, event: Any, token: str = TOKEN) -> Answer:
        path = "/inbound/assurance/listener/customerAttributeValueChangeEvent"
        return self.call("POST", path, event, Authorization=f"Bearer {token}")

    def account(self) -> Any:
        return self.call("GET", "/v1/accounts/A-1").document

    def edit(self, customer: str, **patch: Any) -> Any:
        wanted = {"resource": "customer", "id": customer, "patch": patch}
        return self.simulator.control.call("POST", "/edit", wanted)

    def registrations(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.simulator.control.call("GET", "/hub")
        return found

    def told(self) -> int:
        """How many events the hubs have delivered, duplicates included."""
        return sum(found["delivered"] for found in self.registrations())

    def customer(self) -> str:
        """An account of ours, sent and settled; the id of its customer over there."""
        made = self.call("PUT", "/v1/accounts/A-1", {"name": "Analytical Engines", "account_number": "ZA-77"})
        assert made.status == 201, made
        delivery = f"/v1/deliveries/{made.headers['backhaul-deliveries']}"
        eventually(lambda: self.call("GET", delivery).document["state"] == "completed")
        # The create is announced to us as well, and the announcement of our own change changes nothing.
        eventually(lambda: self.told() >= 1)
        eventually(lambda: not self.open_items())
        (held,) = self.simulator.control.state()["customer"]
        identifier: str = held["id"]
        return identifier

    def open_items(self) -> list[Any]:
        with self.backhaul.store.read() as uow:
            return list(uow.inbox.held())

    def messages(self, state: str) -> list[dict[str, Any]]:
        with self.backhaul.store.read() as uow:
            return uow.inbox.messages(backoffice="assurance", state=state)


def eventually(holds: Callable[[], object]) -> None:
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends, "it did not come true in time"
        time.sleep(0.02)


@pytest.fixture(params=["registered", "configured"])
def world(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Both ways in which a hub learns our token: told when we register, or set up over there by hand."""
    monkeypatch.setenv("BACKHAUL_TEST_INBOUND", TOKEN)
    by_hand = ["--listener-token", TOKEN] if request.param == "configured" else []
    header = "" if by_hand else 'hub_token_header = "X-Listener-Token"'
    with SimulatorProcess("backhaul_rest_backoffice.simulator", *by_hand) as simulator:
        file = tmp_path / "backhaul.toml"
        file.write_text(DEPLOYMENT.format(url=simulator.url, token_header=header), encoding="utf-8")
        with opened(file) as backhaul, Server(backhaul, port=0, with_worker=True) as server:
            world = World(simulator, backhaul, server)
            eventually(lambda: len(world.registrations()) == 2)
            yield world


def test_an_edit_over_there_changes_our_account_once(world: World) -> None:
    customer = world.customer()
    before = world.account()
    world.edit(customer, name="Difference Engines")
    eventually(lambda: world.account()["name"] == "Difference Engines")
    after = world.account()
    assert (after["version"], after["origin"]) == (before["version"] + 1, "assurance")
    assert after["account_number"] == "ZA-77"
    assert {found["callback"] for found in world.registrations()} == {f"{world.server.url}/inbound/assurance"}
    assert [found["givenUp"] for found in world.registrations()] == [0, 0]


def test_events_told_twice_change_it_once(world: World) -> None:
    customer = world.customer()
    before, told = world.account()["version"], world.told()
    world.simulator.control.faults({"operation": "EVENT customer*", "fault": "duplicate"})
    world.edit(customer, name="Difference Engines")
    eventually(lambda: world.told() == told + 2)
    assert world.account()["name"] == "Difference Engines"
    assert world.account()["version"] == before + 1
    assert len([found for found in world.messages("taken") if "Difference" in found["body"].decode()]) == 1


def event(world: World, customer: str, name: str) -> dict[str, Any]:
    found = next(one for one in world.simulator.control.state()["customer"] if one["id"] == customer)
    document = {key: value for key, value in found.items() if key != "version"}
    return {
        "eventId": "made-by-hand-1",
        "eventType": "CustomerAttributeValueChangeEvent",
        "event": {"customer": {**document, "name": name, "lastUpdate": "2099-01-01T00:00:00Z"}},
    }


def test_the_same_event_gets_the_first_answer_again(world: World) -> None:
    told = event(world, world.customer(), "By Hand")
    first, second = world.push(told), world.push(told)
    assert (first.status, second.status) == (200, 200)
    assert [item["state"] for item in first.document["items"]] == ["taken"]
    assert (first.document["repeated"], second.document["repeated"]) == (False, True)
    assert second.document["items"] == first.document["items"]
    assert second.document["inbox_id"] == first.document["inbox_id"]
    assert world.account()["name"] == "By Hand"


def test_another_content_under_the_same_id_is_a_conflict(world: World) -> None:
    customer = world.customer()
    assert world.push(event(world, customer, "By Hand")).status == 200
    other = world.push(event(world, customer, "By Another Hand"))
    assert (other.status, other.document["type"]) == (409, "/problems/conflict")
    assert world.account()["name"] == "By Hand"


def test_a_wrong_token_is_refused_and_nothing_is_kept(world: World) -> None:
    told = event(world, world.customer(), "By A Stranger")
    kept = len(world.messages("taken")) + len(world.messages("refused"))
    refused = world.push(told, token="another")
    assert (refused.status, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert len(world.messages("taken")) + len(world.messages("refused")) == kept
    assert world.account()["name"] == "Analytical Engines"


def test_an_event_of_an_unknown_customer_is_kept_and_refused(world: World) -> None:
    told = event(world, world.customer(), "Nobody")
    told["event"]["customer"]["id"] = "never-heard-of"
    told["event"]["customer"].pop("characteristic", None)
    refused = world.push(told)
    assert (refused.status, refused.document["type"]) == (422, "/problems/refused")
    (kept,) = [found for found in world.messages("refused") if found["id"] == refused.document["inbox_id"]]
    assert b"never-heard-of" in kept["body"]
    assert refused.document["items"][0]["state"] == "refused"
