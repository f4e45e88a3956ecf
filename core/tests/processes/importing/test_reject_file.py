from __future__ import annotations

import csv
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from backhaul.processes.importing import ACCOUNTS, CONTACTS, Reject, reject_files
from backhaul.sdk.errors import ConfigurationError


def rows(path: Path) -> list[list[str]]:
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as source:
        return list(csv.reader(source))


def write(folder: Path, rejects: Iterable[Reject]) -> None:
    with reject_files(folder) as keep:
        for reject in rejects:
            keep(reject)


def test_rejects_stand_with_line_field_reason_and_row(export: Any, tmp_path: Path) -> None:
    export.contact_rows({"email": "x", "first_name": 'Zoë "Z"\nQuinn'})
    export.account_rows({"description": "4111 1111 1111 1111"})
    write(tmp_path, export.rejects())
    header, row = rows(tmp_path / "contacts.rejects.csv")
    assert header == ["line", "field", "reason", *CONTACTS.names]
    assert row[:6] == [
        "2",
        "email",
        "is not one e-mail address, such as name@example.com",
        "C-1",
        "",
        'Zoë "Z"\nQuinn',
    ]
    header, row = rows(tmp_path / "accounts.rejects.csv")
    assert header == ["line", "field", "reason", *ACCOUNTS.names]
    assert row[header.index("description")] == "**** **** **** 1111"


def test_cells_stand_below_their_column_whatever_the_order_of_the_export(export: Any, tmp_path: Path) -> None:
    names = list(reversed(CONTACTS.names))
    values = {"contact_id": "C-9", "last_name": "Li", "status": "gone"}
    lines = [",".join(names), ",".join(values.get(name, "") for name in names)]
    export.contacts.write_text("\n".join(lines), encoding="utf-8")
    write(tmp_path, export.rejects())
    header, row = rows(tmp_path / "contacts.rejects.csv")
    assert {name: value for name, value in zip(header[3:], row[3:], strict=True) if value} == values


def test_what_has_no_cells_stands_as_written(export: Any, tmp_path: Path) -> None:
    with export.contacts.open("ab") as target:
        target.write(b'C-1,"M\xfcller"x\r\nC-2,,\r\n')
    write(tmp_path, export.rejects())
    _, first, second = rows(tmp_path / "contacts.rejects.csv")
    assert first[3:] == ['C-1,"M\\xfcller"x']
    assert second[3:] == ["C-2", "", ""]


def test_a_file_of_an_earlier_run_is_replaced_also_by_nothing(tmp_path: Path) -> None:
    (tmp_path / "accounts.rejects.csv").write_text("old", encoding="utf-8")
    write(tmp_path, [])
    assert [len(rows(path)) for path in sorted(tmp_path.iterdir())] == [1, 1]


def failing(reject: Reject) -> Iterator[Reject]:
    yield reject
    msg = "store is gone"
    raise RuntimeError(msg)


def test_nothing_appears_when_the_import_fails(export: Any, tmp_path: Path) -> None:
    export.account_rows({"status": ""})
    folder = tmp_path / "rejects"
    folder.mkdir()
    (folder / "accounts.rejects.csv").write_text("old", encoding="utf-8")
    with pytest.raises(RuntimeError, match="store is gone"):
        write(folder, failing(export.only_reject()))
    assert [path.name for path in folder.iterdir()] == ["accounts.rejects.csv"]
    assert (folder / "accounts.rejects.csv").read_text(encoding="utf-8") == "old"


def test_only_the_owner_reads_the_rejects(tmp_path: Path) -> None:
    write(tmp_path, [])
    assert stat.S_IMODE((tmp_path / "contacts.rejects.csv").stat().st_mode) == 0o600


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"cannot be written: No such file.*Name a folder that exists"
    ):
        write(tmp_path / "nowhere", [])
