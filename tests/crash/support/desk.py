"""The front desk: saves records and counts its saves, which is the truth that everything is judged by."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.crash.support.records import saved_again

from backhaul.entities import Record
from backhaul.processes.front_office import FrontOffice
from backhaul.sdk.errors import ConflictError
from backhaul.store.records import Ref


@dataclass(slots=True)
class Desk:
    """Any number of clerks may use it at once."""

    office: FrontOffice
    saved: dict[Ref, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def save(self, *records: Record) -> None:
        """Save new records in one transaction."""
        for saved in self.office.save_all(records):
            self._count(saved.record)

    def change(self, entity: str, record_id: str) -> None:
        """Read, change, save; whoever lost the race to another clerk reads again."""
        while True:
            record = self.office.load(entity, record_id)
            try:
                saved = self.office.save(saved_again(record))
            except ConflictError:
                continue
            self._count(saved.record)
            return

    def known(self) -> Sequence[Ref]:
        """Every record that was saved."""
        with self._lock:
            return list(self.saved)

    def _count(self, record: Record) -> None:
        ref = (record.entity, record.id)
        with self._lock:
            self.saved[ref] = self.saved.get(ref, 0) + 1
