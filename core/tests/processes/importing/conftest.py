"""Small exports, written for one test."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from backhaul.entities import Record
from backhaul.processes.importing import ACCOUNTS, CONTACTS, Layout, Reject, read_export

Cells = Mapping[str, str]
GOOD: dict[str, Cells] = {
    "account": {"account_id": "A-1", "name": "Müller & Söhne", "status": "active"},
    "contact": {"contact_id": "C-1", "last_name": "O'Brien", "status": "active"},
}


def write(path: Path, layout: Layout, rows: Sequence[Cells]) -> Path:
    """Write rows; what a row does not state is as in a good one."""
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, layout.names, restval="")
        writer.writeheader()
        writer.writerows({**GOOD[layout.entity], **row} for row in rows)
    return path


class Export:
    """An export in a folder: accounts.csv and contacts.csv, empty at first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.accounts = write(folder / "accounts.csv", ACCOUNTS, [])
        self.contacts = write(folder / "contacts.csv", CONTACTS, [])

    def account_rows(self, *rows: Cells) -> None:
        write(self.accounts, ACCOUNTS, rows)

    def contact_rows(self, *rows: Cells) -> None:
        write(self.contacts, CONTACTS, rows)

    def read(self, known: Callable[[str, str], bool] | None = None) -> list[Record | Reject]:
        if known is None:
            return list(read_export(self.accounts, self.contacts))
        return list(read_export(self.accounts, self.contacts, known=known))

    def records(self) -> list[Record]:
        return [item for item in self.read() if isinstance(item, Record)]

    def rejects(self, known: Callable[[str, str], bool] | None = None) -> list[Reject]:
        return [item for item in self.read(known) if isinstance(item, Reject)]

    def only_reject(self) -> Reject:
        (reject,) = self.rejects()
        return reject


@pytest.fixture
def export(tmp_path: Path) -> Export:
    return Export(tmp_path)
