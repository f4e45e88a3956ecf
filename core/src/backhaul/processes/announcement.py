"""What is told to hooks, and only after it was committed."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from backhaul.sdk.hooks import Hooks, ParkedDelivery, RecordChange
from backhaul.store.deliveries import Delivery
from backhaul.store.delivery_state import State

_log = logging.getLogger(__name__)


class Announcements:
    """Collects changes and parked deliveries within transactions and tells them afterwards."""

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks
        self._threads = threading.local()  # each thread has one transaction at a time, and so its own news

    @property
    def _waiting(self) -> deque[ParkedDelivery | RecordChange]:
        if not hasattr(self._threads, "waiting"):
            self._threads.waiting = deque()
        waiting: deque[ParkedDelivery | RecordChange] = self._threads.waiting
        return waiting

    def add(self, news: ParkedDelivery | RecordChange) -> None:
        """Remember news until the transaction has ended."""
        self._waiting.append(news)

    def changed(self, ref: tuple[str, str], version: int, origin: str, fields: tuple[str, ...]) -> None:
        """Remember a change of a record."""
        self.add(RecordChange(*ref, version, origin, fields))

    def parked(self, delivery: Delivery, state: State, reason: str) -> None:
        """Remember a delivery that a person should look at."""
        self.add(ParkedDelivery(delivery.id, delivery.backoffice, *delivery.ref, state.value, reason))

    def forget(self) -> None:
        """The transaction was undone: what it announced did not happen."""
        self._waiting.clear()

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Around a transaction: an exception undoes what it announced as well."""
        try:
            yield
        except BaseException:
            self.forget()
            raise

    def tell(self) -> None:
        """Tell everyone; hooks that fail are logged with their plugin."""
        while self._waiting:
            news = self._waiting.popleft()
            if isinstance(news, RecordChange):
                self._hooks.entity_changed(news)
            else:
                _log.error("delivery %s to %s: %s", news.delivery, news.back_office, news.state)
                self._hooks.delivery_parked(news)
