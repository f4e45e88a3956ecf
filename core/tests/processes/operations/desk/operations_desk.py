"""An operator's desk in a test: a store, one back office, and a worker that runs only when told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from operations_shelf import Shelf, ShelfSettings

from backhaul.delivery.backoff import Backoff
from backhaul.delivery.dispatcher import Dispatcher
from backhaul.delivery.limits import Limits
from backhaul.entities import Account, Contact, Record
from backhaul.processes.announcement import Announcements
from backhaul.processes.front_office import FrontOffice
from backhaul.processes.landscape import Landscape
from backhaul.processes.operations.back_offices import BackOfficeOperations
from backhaul.processes.operations.balance import balance
from backhaul.processes.operations.cross_references import CrossReferenceOperations
from backhaul.processes.operations.deliveries import DeliveryOperations
from backhaul.processes.operations.lanes import LaneOperations
from backhaul.processes.operations.mandate import Mandate
from backhaul.processes.ownership import Ownership
from backhaul.processes.route import Route
from backhaul.processes.send import SendHandler
from backhaul.sdk.errors import RejectedError, UnknownOutcomeError
from backhaul.sdk.hooks import NoHooks
from backhaul.sdk.invocation import Invocation
from backhaul.sdk.json import Json
from backhaul.sdk.reply import Reply
from backhaul.store.database import Database
from backhaul.store.deliveries import Delivery
from backhaul.store.delivery_filter import DeliveryFilter
from backhaul.store.delivery_state import State
from backhaul.store.records import Ref
from backhaul.store.sync_states import SyncState
from backhaul.store.unit_of_work import Store

NOON = 1_700_000_000.0
ANN = Mandate("ann", "the test says so")
REFUSAL = RejectedError("We do not serve this street.", code="E7")
SILENCE = UnknownOutcomeError("No answer came.")
TAKEN = Reply.accepted("T1")
ENTITIES: dict[str, type[Record]] = {"account": Account, "contact": Contact}


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


class Desk:
    """Accounts and contacts go to `billing` at every save."""

    def __init__(self, url: str, **settings: Any) -> None:
        self.clock = Clock()
        self.store = Store(Database(url, self.clock))
        self.shelf = Shelf(ShelfSettings(**settings))
        self.planned = 0
        self.serve()

    def serve(
        self, missing: Mapping[str, str] | None = None, routes: tuple[Route, ...] | None = None
    ) -> None:
        """Start (again), with these back offices missing or these routes."""
        lost = missing or {}
        invocation = Invocation("billing", "shelf", self.shelf, NoHooks(), self.clock)
        sends = (Route("Send Contact Data", ("billing",)), Route("CUT Send Account Data", ("billing",)))
        self.landscape = Landscape(
            {} if "billing" in lost else {"billing": invocation},
            sends if routes is None else routes,
            Ownership(),
            ENTITIES,
            NoHooks(),
            missing=lost,
        )
        self.announcements = Announcements(self.landscape.hooks)
        self.front = FrontOffice(self.store, self.landscape, self.announcements)
        self.deliveries = DeliveryOperations(
            self.store, self.landscape, self.announcements, planned=self._plan
        )
        self.lanes = LaneOperations(self.store, planned=self._plan)
        self.back_offices = BackOfficeOperations(self.store, self.landscape, planned=self._plan)
        self.pairs = CrossReferenceOperations(self.store, self.landscape, planned=self._plan)

    def _plan(self) -> None:
        self.planned += 1

    # ---- making things happen ---------------------------------------------------------------------------

    def save(self, number: int = 1, **fields: Any) -> int:
        """Create an account, or change it; the delivery that was planned."""
        with self.store.read() as uow:
            stored = uow.records.get("account", f"a{number}")
        if stored is None:
            record = Account.model_validate({"id": f"a{number}", "name": f"Account {number}", **fields})
        else:
            old = stored.typed(ENTITIES)
            assert isinstance(old, Account)
            record = old.changed(**fields)
        return self.front.save(record).deliveries[-1]

    def contact(self, number: int = 1) -> int:
        """Create a contact; the delivery that was planned."""
        saved = self.front.save(Contact(id=f"c{number}", last_name=f"Contact {number}"))
        return saved.deliveries[-1]

    def drain(self, *, advance: float = 0.0) -> None:
        """Let time pass, then let a worker do what is ready."""
        self.clock.now += advance
        limits = {
            name: Limits(1, invocation.settings.timeout, Backoff(1.0, 8.0))
            for name, invocation in self.landscape.invocations.items()
        }
        handler = SendHandler(self.landscape, self.announcements)
        Dispatcher(self.store, handler, limits, monotonic=self.clock).drain()

    def after(self, *steps: Any, number: int = 1, **fields: Any) -> int:
        """Save an account and send it, answered like this; the delivery."""
        self.shelf.script.extend(steps)
        delivery = self.save(number, **fields)
        self.drain()
        return delivery

    def parked_for_a_person(self, number: int = 1) -> int:
        """A send whose outcome is unknown, and nothing can find out but a person, who looked long after."""
        delivery = self.after(SILENCE, number=number)
        self.drain(advance=61)
        self.clock.now += 61
        return delivery

    # ---- looking ----------------------------------------------------------------------------------------

    def got(self, delivery_id: int) -> Delivery:
        with self.store.read() as uow:
            found = uow.deliveries.get(delivery_id)
        assert found is not None
        return found

    def state(self, delivery_id: int) -> State:
        return self.got(delivery_id).state

    def sync(self, number: int = 1) -> SyncState:
        with self.store.read() as uow:
            return uow.sync_states.get("billing", ("account", f"a{number}"))

    def bound(self, ref: Ref = ("account", "a1")) -> dict[str, str]:
        with self.store.read() as uow:
            return dict(uow.cross_references.to_external("billing", [ref])[ref])

    def trail(self) -> list[tuple[str, str, str, str]]:
        """What was audited, oldest first: who, why, verb, subject."""
        with self.store.read() as uow:
            rows = reversed(uow.ledger.audit_trail())
        return [(row["who"], row["why"], row["verb"], row["subject"]) for row in rows]

    def verbs(self) -> list[str]:
        return [verb for _, _, verb, _ in self.trail()]

    def all(self) -> list[Delivery]:
        with self.store.read() as uow:
            return uow.deliveries.page(DeliveryFilter(), limit=1000)

    def check(self) -> None:
        """The balance holds, and every lane counts exactly what can run on it."""
        assert all(row.holds for row in balance(self.store, self.landscape))
        runnable: dict[int, int] = {}
        for one in self.all():
            runnable[one.lane_id] = runnable.get(one.lane_id, 0) + int(one.runnable)
        with self.store.read() as uow:
            for lane, count in runnable.items():
                stored = uow.lanes.get(lane)
                assert stored is None or stored.runnable == count, f"lane {lane}"

    def fields(self, delivery_id: int) -> dict[str, Json]:
        """What its pin says."""
        changes: dict[str, Json] = self.got(delivery_id).pin["changes"]
        return changes
