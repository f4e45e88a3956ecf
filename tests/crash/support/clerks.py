"""Clerks who make and change records side by side while workers die."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from tests.crash.support.desk import Desk
from tests.crash.support.records import account, contact

from backhaul.entities import Record

_CONTACTS = 500
_ACCOUNTS = 800
_OF_ONE_ACCOUNT = 200
_WITHOUT_PERSON = 3
_NEW = 0.5

#: Saves one after the other; what stands together is saved in one transaction.
Errand: TypeAlias = tuple[tuple[Record, ...], ...]


def errand(number: int) -> Errand:
    """New records. Half of the contacts come together with an account that is then planned before them."""
    name, alone = f"A{number}", number % _WITHOUT_PERSON == 0
    customer = account(name, person=None if alone else f"C{number % _CONTACTS}")
    if number >= _CONTACTS:
        return ((customer,),)
    person = contact(f"C{number}", of=name if number < _OF_ONE_ACCOUNT and not alone else None)
    return ((person, customer),) if number % 2 else ((person,), (customer,))


@dataclass(slots=True)
class Clerks:
    """They save until `enough` says so; `pause` holds them up while too much is on its way."""

    desk: Desk
    seed: int
    enough: Callable[[], bool]
    pause: Callable[[], None]
    _errands: list[Errand] = field(default_factory=list)
    _problems: list[BaseException] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, number: int = 4) -> None:
        """Let so many clerks begin."""
        self._errands = [errand(number) for number in reversed(range(_ACCOUNTS))]
        for clerk in range(number):
            chance = random.Random(f"{self.seed}/{clerk}")  # noqa: S311  (what it draws is no secret)
            thread = threading.Thread(target=self._work, args=(chance,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def end(self, within: float) -> None:
        """Wait until every clerk is done; what stopped one of them is raised here."""
        for thread in self._threads:
            thread.join(within)
            assert not thread.is_alive(), "a clerk still waits for a save"
        if self._problems:
            raise self._problems[0]

    def _work(self, chance: random.Random) -> None:
        try:
            while not self.enough():
                self.pause()
                self._save(chance)
        except BaseException as problem:  # noqa: BLE001  (raised again in the thread that waits)
            self._problems.append(problem)

    def _save(self, chance: random.Random) -> None:
        known = self.desk.known()
        if known and chance.random() > _NEW:
            self.desk.change(*chance.choice(known))
            return
        for records in self._next():
            self.desk.save(*records)

    def _next(self) -> Errand:
        with self._lock:
            return self._errands.pop() if self._errands else ()
