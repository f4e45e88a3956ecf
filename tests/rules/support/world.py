"""A whole deployment in a test: store, landscape, systems, and a worker that runs only when told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.rules.support.clock import Clock
from tests.rules.support.document import Document
from tests.rules.support.office import Office, OfficeSettings
from tests.rules.support.payment import Payment
from tests.rules.support.system import System
from tests.rules.support.transport import SystemTransport
from tests.rules.support.views import Views

from backhaul.delivery.backoff import Backoff
from backhaul.delivery.dispatcher import Dispatcher
from backhaul.delivery.limits import Limits
from backhaul.delivery.settlement import wake
from backhaul.entities import ENTITIES, Record
from backhaul.host.hook_dispatch import HookDispatch
from backhaul.processes.announcement import Announcements
from backhaul.processes.catalogue import PROCESSES, Catalogue, Process
from backhaul.processes.front_office import FrontOffice
from backhaul.processes.gates import gate_problems
from backhaul.processes.get import Get
from backhaul.processes.landscape import Landscape
from backhaul.processes.operations.back_offices import BackOfficeOperations
from backhaul.processes.operations.cross_references import CrossReferenceOperations
from backhaul.processes.operations.deliveries import DeliveryOperations
from backhaul.processes.operations.lanes import LaneOperations
from backhaul.processes.operations.mandate import Mandate
from backhaul.processes.operations.pair_rows import COLUMNS
from backhaul.processes.ownership import Ownership
from backhaul.processes.planning import Cause, Intent, Planner
from backhaul.processes.query import Query
from backhaul.processes.receive import Receive
from backhaul.processes.receiving.item import Receipt
from backhaul.processes.route import Route
from backhaul.processes.send import SendHandler
from backhaul.sdk.envelope import FRONT, Verb
from backhaul.sdk.inbound import RawMessage
from backhaul.sdk.invocation import Invocation
from backhaul.sdk.secret import Secret
from backhaul.sdk.written import WatchedTransport
from backhaul.store.database import Database
from backhaul.store.deliveries import DeliveryFilter
from backhaul.store.delivery_state import Action, State
from backhaul.store.records import Ref
from backhaul.store.sync_states import Presence
from backhaul.store.unit_of_work import Store

SEND_ACCOUNT = "CUT Send Account Data"
SEND_CONTACT = "Send Contact Data"
SEND_PAYMENT = "Send Payment Data"
TOKEN = "inbound-token"
CATALOGUE = Catalogue(
    (
        *PROCESSES,
        Process(SEND_PAYMENT, Verb.SEND, "payment"),
        Process("Receive Payment Data", Verb.RECEIVE, "payment"),
    )
)
_OFFICE = OfficeSettings()
_LONGEST = 200
BY = Mandate("operator", "a test")


def routes(*names: str, **options: Any) -> tuple[Route, ...]:
    """Accounts and contacts are sent to these back offices on every save."""
    return tuple(Route(process, names, **options) for process in (SEND_CONTACT, SEND_ACCOUNT))


@dataclass
class World(Views):
    """One deployment. `offices` are the settings per back office; by default every save is sent to all."""

    folder: Path
    empty: Path
    offices: Mapping[str, OfficeSettings] = field(default_factory=lambda: {"billing": _OFFICE})
    routes: Sequence[Route] | None = None
    ownership: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    hooks: Mapping[str, object] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    entities: Mapping[str, type[Record]] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    systems: dict[str, System] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.file = self.folder / "store.db"
        if not self.file.exists():
            shutil.copy(self.empty, self.file)
        self._dispatchers: list[Dispatcher] = []
        self._open()

    def _open(self) -> None:
        self.store = Store(Database(f"sqlite:///{self.file}", self.clock))
        hooks = HookDispatch(self.hooks)
        invocations = {
            name: self._invocation(name, settings, hooks) for name, settings in self.offices.items()
        }
        self.landscape = Landscape(
            invocations=invocations,
            routes=tuple(routes(*self.offices) if self.routes is None else self.routes),
            ownership=Ownership(self.ownership),
            entities={**ENTITIES, "payment": Payment, **self.entities},
            hooks=hooks,
            catalogue=CATALOGUE,
            missing=self.missing,
        )
        problems = list(gate_problems(self.landscape))
        assert not problems, problems
        announcements = Announcements(hooks)
        self.planner = Planner(self.landscape)
        self.front = FrontOffice(self.store, self.landscape, announcements)
        self.receive = Receive(self.store, self.landscape, announcements)
        self.get = Get(self.store, self.landscape)
        self.query = Query(self.store, self.landscape)
        self.handler = SendHandler(self.landscape, announcements)
        self.operations = DeliveryOperations(self.store, self.landscape, announcements)
        self.lanes = LaneOperations(self.store)
        self.xref = CrossReferenceOperations(self.store, self.landscape)
        self.back_offices = BackOfficeOperations(self.store, self.landscape)

    def _invocation(self, name: str, settings: OfficeSettings, hooks: HookDispatch) -> Invocation:
        secret = self.folder / "inbound-token"
        secret.write_text(TOKEN, encoding="utf-8")
        settings = settings.model_copy(update={"inbound_token": Secret.from_file(secret)})
        if name not in self.systems:
            self.systems[name] = System(name, settings.repeat, settings.stamps)
        transport = WatchedTransport(SystemTransport(self.systems[name]))
        return Invocation(name, "rules_office", Office(settings, transport), hooks, self.clock)

    @property
    def system(self) -> System:
        """The one system, where there is one."""
        (system,) = self.systems.values()
        return system

    # ---- running ----------------------------------------------------------------------------------------

    def dispatcher(self) -> Dispatcher:
        """A worker's dispatcher on this store."""
        limits = {
            name: Limits(
                invocation.settings.max_in_flight,
                invocation.settings.timeout,
                Backoff(invocation.settings.backoff, invocation.settings.backoff_limit),
            )
            for name, invocation in self.landscape.invocations.items()
        }
        made = Dispatcher(self.store, self.handler, limits, monotonic=self.clock)
        self._dispatchers.append(made)
        return made

    def drain(self, *, advance: float = 0.0) -> None:
        """Let time pass, then work until nothing is ready: deliveries, and what is held of messages."""
        self.clock.advance(advance)
        while True:
            self.dispatcher().drain()
            if not self.receive.take_held():
                return

    def settle(self, *, within: float = 1_000.0) -> None:
        """Drain again at every moment at which something becomes ready, as long as time does not run out."""
        ends = self.clock() + within
        for _ in range(_LONGEST):
            self.drain()
            moment = self.next_moment()
            if moment is None or moment > ends:
                return
            self.clock.advance_to(moment)
        msg = "the deployment never becomes quiet"
        raise AssertionError(msg)

    def next_moment(self) -> float | None:
        """When the next lane, canary or deadline is due; None when nothing is left to wait for."""
        now = self.clock()
        with self.store.read() as uow:
            lanes = uow.lanes.next_ready(list(self.offices))
            states = uow.backoffices.all().values()
            tries = [state.try_at for state in states if state.try_at is not None and lanes is not None]
            waiting = uow.deliveries.page(DeliveryFilter(), limit=10_000)
        deadlines = [one.deadline for one in waiting if one.state is State.ACCEPTED and one.deadline]
        moments = [*tries, *deadlines, *([lanes] if lanes is not None else [])]
        return min((moment for moment in moments if moment > now), default=None)

    def restart(self, **changed: Any) -> None:
        """Stop and start on the same store, with other settings where they are given."""
        self.store.close()
        for name, value in changed.items():
            setattr(self, name, value)
        self._open()

    def close(self) -> None:
        """End it."""
        self.store.close()

    # ---- front office -----------------------------------------------------------------------------------

    def save(self, record: Record, **options: Any) -> Record:
        """Save in the front office; the stored record."""
        return self.front.save(record, **options).record

    def edit(self, entity: str, record_id: str, **fields: Any) -> Record:
        """Read, change and save."""
        return self.save(self.front.load(entity, record_id).changed(**fields))

    def load(self, entity: str, record_id: str) -> Any:
        """The record as it is now."""
        return self.front.load(entity, record_id)

    def command(self, record: Record, office: str = "billing", **route: Any) -> int:
        """Save a record without sending it, and plan a command of it; the delivery."""
        saved = self.save(record) if record.version == 0 else record
        cause = Cause(FRONT, "command", interactive=True, name="command")
        made = Route(SEND_PAYMENT, (office,), **route)
        document = saved.model_dump(mode="json")
        intent = Intent(office, saved, SEND_PAYMENT, cause, Action.COMMAND, made, document)
        with self.store.write() as uow:
            return self.planner.enqueue(uow, intent)

    def bind(self, office: str, resource: str, external_id: str, ref: Ref) -> None:
        """The bare facts of a binding, made known to what waits; also for a record that is not here."""
        with self.store.write() as uow:
            uow.cross_references.bind(office, resource, external_id, ref)
            state = uow.sync_states.get(office, ref)
            state.presence = Presence.BOUND
            assert uow.sync_states.put(state)
            wake(uow, office, [ref])

    def import_pair(self, office: str, resource: str, external_id: str, ref: Ref) -> None:
        """A person imports a pair (`backhaul xref import`)."""
        lines = [",".join(COLUMNS), ",".join((office, resource, external_id, *ref))]
        report = self.xref.load(lines, BY)
        assert report.bound == 1, report

    # ---- messages ---------------------------------------------------------------------------------------

    def push(self, office: str, *events: Document, message_id: str | None = None) -> Receipt:
        """The system tells us, with its token."""
        said: Document = {"events": list(events)}
        if message_id is not None:
            said["messageId"] = message_id
        return self.push_bytes(office, json.dumps(said).encode(), message_id=message_id)

    def push_bytes(
        self, office: str, body: bytes, *, message_id: str | None = None, token: str = TOKEN
    ) -> Receipt:
        """Any bytes in a system's name."""
        headers = {"authorization": f"Bearer {token}"}
        return self.receive.push(office, RawMessage(body, headers, "", message_id, self.clock()))

    def tell(
        self, office: str, collection: str, external_id: str, kind: str = "updated", **more: Any
    ) -> Receipt:
        """The system tells what one of its objects is like now."""
        return self.push(office, self.systems[office].event(collection, external_id, kind, **more))
