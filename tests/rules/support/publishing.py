"""A batch office: what it sends it publishes under the name of its batch, in a folder that everybody sees."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.rules.support.office import Office, OfficeSettings
from tests.rules.support.system import System
from tests.rules.support.transport import SystemTransport
from tests.rules.support.world import World

from backhaul.delivery.backoff import Backoff
from backhaul.delivery.dispatcher import Dispatcher
from backhaul.delivery.events import Event, Rendered
from backhaul.delivery.limits import Limits
from backhaul.delivery.owner import Owner
from backhaul.sdk.call import SendCall
from backhaul.sdk.hooks import Hooks
from backhaul.sdk.invocation import Invocation
from backhaul.sdk.reply import Reply
from backhaul.sdk.written import WatchedTransport
from backhaul.store.unit_of_work import Store, UnitOfWork


class PowerFailureError(Exception):
    """Nothing of this process happens any more."""


@dataclass
class Folder:
    """Everything that was published, in order; `before` and `after` are called around each file."""

    published: list[tuple[str, bytes]] = field(default_factory=list)
    before: Callable[[str], None] = field(default=lambda _: None)
    after: Callable[[str], None] = field(default=lambda _: None)

    @property
    def names(self) -> list[str]:
        """The names in the order of publishing."""
        return [name for name, _ in self.published]


class BatchOffice(Office):
    """Publishes each batch as a file, then tells the system of it."""

    folder: Folder

    def send_many(self, calls: Sequence[SendCall[Any]]) -> Sequence[Reply | Exception]:
        """One file for all of them, under the name that was committed for it."""
        name = str(calls[0].batch)
        assert {call.batch for call in calls} == {name}
        self.folder.before(name)
        lines = [[call.envelope.message_id, call.record_id, call.payload] for call in calls]
        self.folder.published.append((name, json.dumps(lines).encode()))
        self.folder.after(name)
        return super().send_many(calls)


class Mains(Store):
    """A store until the power fails."""

    off = False

    def __init__(self, store: Store) -> None:
        super().__init__(store.database)

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """A transaction, while there is power."""
        if self.off:
            raise PowerFailureError
        with super().write() as uow:
            yield uow


class Gathering(Dispatcher):
    """Pins nothing before everything that it claimed is rendered: so that all of it travels in one batch."""

    def _collect(self, *, claiming: bool, patience: float) -> tuple[list[Event], bool]:
        events, due = super()._collect(claiming=claiming, patience=patience)
        while events and len(events) < self._outstanding() and isinstance(events[-1], Rendered):
            one = self._events.get(timeout=10.0)
            events += [one] if one is not None else []
        return events, due


@dataclass
class BatchWorld(World):
    """A world whose offices publish to one folder; a worker can lose its power."""

    folder_of_batches: Folder = field(default_factory=Folder)

    def _invocation(self, name: str, settings: OfficeSettings, hooks: Hooks) -> Invocation:
        if name not in self.systems:
            self.systems[name] = System(name, settings.repeat, settings.stamps)
        office = BatchOffice(settings, WatchedTransport(SystemTransport(self.systems[name])))
        office.folder = self.folder_of_batches
        return Invocation(name, "rules_batches", office, hooks, self.clock)

    def crash(self, *, published: bool) -> None:
        """Work until a batch is about to be published (or just was); then this worker is no more."""
        mains = Mains(self.store)

        def fail(_: str) -> None:
            mains.off = True
            raise PowerFailureError

        where = "after" if published else "before"
        setattr(self.folder_of_batches, where, fail)
        limits = {
            name: Limits(one.settings.max_in_flight, one.settings.timeout, Backoff(1.0, 8.0))
            for name, one in self.landscape.invocations.items()
        }
        dispatcher = Gathering(mains, self.handler, limits, monotonic=self.clock)
        dispatcher._owner = Owner("a host that is gone", "boot", 1, "1")
        try:
            dispatcher.drain()
        except PowerFailureError:
            return
        finally:
            setattr(self.folder_of_batches, where, lambda _: None)
        msg = "nothing was published"
        raise AssertionError(msg)
