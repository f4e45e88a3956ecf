"""The front desk: what the front office's own users do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from backhaul.bootstrap import Backhaul
from backhaul.entities import Account, Contact, Record
from backhaul.sdk.errors import ConflictError

R = TypeVar("R", bound=Record)

_PAGE = 500
_TRIES = 20


class FrontDesk:
    """Looks records up and changes them."""

    def __init__(self, backhaul: Backhaul) -> None:
        self._backhaul = backhaul

    def accounts(self) -> list[Account]:
        """Every account, by id."""
        return [record for record in self._all("account") if isinstance(record, Account)]

    def contacts(self) -> list[Contact]:
        """Every contact, by id."""
        return [record for record in self._all("contact") if isinstance(record, Contact)]

    def change(self, record: R, change: Callable[[R], R]) -> None:
        """Save a change; whoever was faster is read, and the change made again on top of it.

        Raises ConflictError when somebody is faster twenty times.
        """
        for left in reversed(range(_TRIES)):
            current = self._backhaul.get.by_id(record.entity, record.id)
            try:
                self._backhaul.front_office.save(change(current), interactive=True)  # type: ignore[arg-type]
            except ConflictError:
                if not left:
                    raise
                continue
            return

    def _all(self, entity: str) -> Iterator[Record]:
        after: str | None = None
        while True:
            page = self._backhaul.get.by_example(entity, {}, after=after, limit=_PAGE)
            yield from page.records
            after = page.next_after
            if after is None:
                return
