from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from backhaul.entities import (
    Account,
    Address,
    AddressUsage,
    Contact,
    Email,
    EmailType,
    Phone,
    PhoneType,
    Record,
)
from backhaul.sdk.capability import Role
from backhaul.sdk.envelope import Envelope, Verb
from backhaul.sdk.hooks import HookCall, NoHooks
from backhaul.sdk.invocation import Invocation, PinnedSend
from backhaul.sdk.json import Json
from backhaul.sdk.mapping import MapContext
from backhaul.sdk.outcome import Completed, Outcome
from backhaul.sdk.repeat import Change
from backhaul.sdk.simulator.process import SimulatorProcess
from backhaul.sdk.written import WatchedTransport
from backhaul_rest_backoffice.adapter import TmfBackOffice
from backhaul_rest_backoffice.settings import TmfSettings

NAME = "assurance"


@dataclass
class Sender:
    """The production path of one back office without a store: it remembers what a store would."""

    invocation: Invocation
    bound: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    bases: dict[tuple[str, str], dict[str, Json]] = field(default_factory=dict)
    messages: int = 0

    @property
    def adapter(self) -> TmfBackOffice:
        adapter: TmfBackOffice = self.invocation.adapter  # type: ignore[assignment]
        return adapter

    @property
    def context(self) -> MapContext:
        external = {
            (resource, entity, ours): theirs
            for (entity, ours), bindings in self.bound.items()
            for resource, theirs in bindings.items()
        }
        internal = {
            (resource, theirs): (entity, ours) for (resource, entity, ours), theirs in external.items()
        }
        return MapContext(NAME, external_ids=external, internal_ids=internal)

    def envelope(self, entity: str = "account", verb: Verb = Verb.SEND) -> Envelope:
        self.messages += 1
        return Envelope(f"m-{self.messages}", f"c-{self.messages}", "CUT Send", entity, verb)

    def pin(self, record: Record, change: Change | None = None) -> PinnedSend:
        ref = (record.entity, record.id)
        resource = self.invocation.resource(record.entity)
        bound = self.bound.get(ref, {})
        change = change or (Change.UPDATE if resource in bound else Change.CREATE)
        envelope = self.envelope(record.entity)
        rendered = self.invocation.render(
            record,
            change,
            self.bases.get(ref, {}),
            self.context,
            HookCall(NAME, envelope),
            leave_out=lambda _: False,
        )
        return PinnedSend(
            record.entity, change, record.id, 1, rendered.payload, rendered.changes, envelope, dict(bound)
        )

    def call(self, pinned: PinnedSend) -> Outcome:
        """One attempt; what it bound is kept, whatever came of it."""
        ref = (pinned.entity, pinned.record_id)
        outcome = self.invocation.send(pinned, self.bound.setdefault(ref, {}).__setitem__)
        if isinstance(outcome, Completed) and outcome.external_id:
            self.bound[ref][str(self.invocation.resource(pinned.entity))] = outcome.external_id
        return outcome

    def send(self, record: Record) -> Completed:
        """A send that must succeed."""
        outcome = self.call(self.pin(record))
        assert isinstance(outcome, Completed), outcome
        assert outcome.unusable is None
        self.bases[record.entity, record.id] = self.invocation.ours(record.entity, record, self.context)
        return outcome

    def theirs(self, record: Record) -> str:
        return self.bound[record.entity, record.id][str(self.invocation.resource(record.entity))]

    def read(self, entity: str, document: Mapping[str, Json]) -> dict[str, Json]:
        """A document of theirs as a canonical one."""
        schema = self.invocation.schema(Role.RECEIVES, entity)
        return schema.apply({}, schema.parse(document).fields, self.context)


def sender(url: str, **settings: Any) -> Sender:
    made = TmfSettings.model_validate({"url": f"{url}/tmf-api", "timeout": 5.0, **settings})
    transport = WatchedTransport(TmfBackOffice.open_transport(made))
    return Sender(Invocation(NAME, "rest_backoffice", TmfBackOffice(made, transport), NoHooks()))


@pytest.fixture(scope="session")
def running() -> Iterator[SimulatorProcess]:
    with SimulatorProcess("backhaul_rest_backoffice.simulator", "--listener-token", "listen") as process:
        yield process


@pytest.fixture
def simulator(running: SimulatorProcess) -> SimulatorProcess:
    running.control.reset()
    return running


@pytest.fixture
def tmf(simulator: SimulatorProcess) -> Iterator[Sender]:
    made = sender(simulator.url)
    yield made
    made.invocation.close()


@pytest.fixture
def sender_with(simulator: SimulatorProcess) -> Iterator[Any]:
    """Makes senders with other settings."""
    made: list[Sender] = []

    def build(**settings: Any) -> Sender:
        made.append(sender(simulator.url, **settings))
        return made[-1]

    yield build
    for one in made:
        one.invocation.close()


@pytest.fixture
def ada() -> Contact:
    return Contact(
        id="C-1",
        first_name="Ada",
        last_name="Byron",
        salutation="Ms",
        emails=[Email(address="ada@example.org", type=EmailType.WORK, preferred=True)],
        phones=[
            Phone(number="+44 20 1", type=PhoneType.HOME),
            Phone(number="+44 20 2", type=PhoneType.FAX),
        ],
    )


@pytest.fixture
def engines() -> Account:
    """An account without a primary contact."""
    return Account(
        id="A-1",
        name="Analytical Engines",
        account_number="ZA-77",
        currency="GBP",
        addresses=[
            Address(
                part_id="p1",
                usage=AddressUsage.BILLING,
                street="Dorset Street",
                house_number="1",
                city="London",
                postal_code="W1U 4EG",
                country="GB",
            )
        ],
    )
