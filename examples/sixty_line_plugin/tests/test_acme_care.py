from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from backhaul.entities import Account, AccountStatus
from backhaul.host.discovery import discover
from backhaul.host.registry import Registry
from backhaul.sdk.envelope import Envelope, Verb
from backhaul.sdk.hooks import HookCall, NoHooks
from backhaul.sdk.invocation import Invocation, PinnedSend
from backhaul.sdk.mapping import MapContext
from backhaul.sdk.outcome import Completed, Outcome, Unknown
from backhaul.sdk.repeat import Change
from backhaul.sdk.simulator.fault_plan import FaultKind, FaultPlan, FaultRule
from backhaul.sdk.simulator.message import SimRequest, SimResponse
from backhaul.sdk.simulator.server import SimulatorServer

EXAMPLE = Path(__file__).resolve().parent.parent
CONTEXT = MapContext("care")
ACCOUNT = Account(id="A-1", name="Engines", account_number="7", status=AccountStatus.ACTIVE)


class Accounts:
    """What Acme Care would hold."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.held: dict[str, dict[str, Any]] = {}

    def state(self) -> dict[str, dict[str, Any]]:
        return self.held

    def restore(self, state: Any) -> None:
        self.held = state

    def create(self, request: SimRequest) -> SimResponse:
        document = {"id": str(len(self.held) + 1), "rev": 1, **request.json()}
        self.held[document["id"]] = document
        return self.shown(document, 201)

    def page(self, request: SimRequest) -> SimResponse:
        query = request.query
        wanted = [one for one in self.held.values() if one.get("externalId") == query["externalId"]]
        return SimResponse(json=wanted[int(query["offset"]) :], headers={"X-Total-Count": str(len(wanted))})

    def read(self, request: SimRequest) -> SimResponse:
        return self.shown(self.held[request.params["id"]])

    def patch(self, request: SimRequest) -> SimResponse:
        document = self.held[request.params["id"]]
        if request.header("if-match") != f'"{document["rev"]}"':
            return SimResponse(412)
        document.update(request.json(), rev=document["rev"] + 1)
        return self.shown(document)

    def shown(self, document: dict[str, Any], status: int = 200) -> SimResponse:
        return SimResponse(status, json.loads(json.dumps(document)), headers={"ETag": f'"{document["rev"]}"'})


@pytest.fixture
def care() -> Iterator[SimulatorServer]:
    system = Accounts()
    server = SimulatorServer(system)
    server.route("POST", "/accounts", system.create)
    server.route("GET", "/accounts", system.page)
    server.route("GET", "/accounts/{id}", system.read)
    server.route("PATCH", "/accounts/{id}", system.patch)
    with server:
        yield server


@pytest.fixture
def invocation(care: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Invocation]:
    """The plugin as a deployment loads it: by the entry point in its pyproject.toml."""
    monkeypatch.syspath_prepend(EXAMPLE / "src")
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    points = project["entry-points"]["backhaul"].items()
    found = discover([EntryPoint(name, reference, "backhaul") for name, reference in points])
    assert found.quarantined == ()
    adapter = Registry(found, strict=True).adapter("acme_care")
    assert isinstance(adapter, type)
    settings = adapter.settings_type.model_validate({"url": care.url, "timeout": 5})
    invocation = Invocation(
        "care", "acme_care", adapter(settings, adapter.open_transport(settings)), NoHooks()
    )
    yield invocation
    invocation.close()


def pinned(
    invocation: Invocation, account: Account, change: Change, base: Any = None, theirs: str | None = None
) -> PinnedSend:
    envelope = Envelope("m-1", "c-1", "CUT Send Account Data", "account", Verb.SEND)
    call = HookCall("care", envelope)
    rendered = invocation.render(account, change, base or {}, CONTEXT, call, leave_out=lambda _: False)
    bindings = {"account": theirs} if theirs else {}
    return PinnedSend(
        "account", change, account.id, 1, rendered.payload, rendered.changes, envelope, bindings
    )


def send(invocation: Invocation, pin: PinnedSend) -> Outcome:
    return invocation.send(pin, lambda *_: None)


def test_the_whole_plugin_has_at_most_sixty_lines() -> None:
    files = [EXAMPLE / "pyproject.toml", *(EXAMPLE / "src").rglob("*.py")]
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files) <= 60


def test_an_account_is_created_and_changed(invocation: Invocation, care: SimulatorServer) -> None:
    made = send(invocation, pinned(invocation, ACCOUNT, Change.CREATE))
    assert isinstance(made, Completed)
    assert made.external_id == "1"
    held = care.system.state()["1"]
    assert held == {
        "id": "1",
        "rev": 1,
        "externalId": "A-1",
        "title": "Engines",
        "number": "7",
        "state": "active",
    }
    held["theirs"] = "kept"
    renamed = ACCOUNT.changed(name="Engines Ltd")
    base = invocation.ours("account", ACCOUNT, CONTEXT)
    assert isinstance(send(invocation, pinned(invocation, renamed, Change.UPDATE, base, "1")), Completed)
    assert (held["title"], held["theirs"], held["rev"]) == ("Engines Ltd", "kept", 2)


def test_a_create_without_an_answer_is_found_again(invocation: Invocation, care: SimulatorServer) -> None:
    pin = pinned(invocation, ACCOUNT, Change.CREATE)
    assert invocation.probe(pin) is None
    care.faults = FaultPlan([FaultRule(FaultKind.DROP_AFTER_COMMIT, "POST /accounts")])
    assert isinstance(send(invocation, pin), Unknown)
    found = invocation.probe(pin)
    assert found is not None
    assert found.external_id == "1"
