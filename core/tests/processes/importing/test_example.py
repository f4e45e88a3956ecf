from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest

from backhaul.entities import Account, Contact, Record
from backhaul.processes.importing import ACCOUNTS, CONTACTS, ImportedRow, Reject, import_rows, read_export

FOLDER = Path(__file__).resolve().parents[4] / "examples" / "telco"
FILES = ("accounts.csv", "contacts.csv", "planted_defects.csv")


def planted() -> list[dict[str, str]]:
    with (FOLDER / "planted_defects.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


@pytest.fixture(scope="module")
def items() -> list[ImportedRow | Reject]:
    return list(import_rows(FOLDER / "accounts.csv", FOLDER / "contacts.csv"))


@pytest.fixture(scope="module")
def records(items: list[ImportedRow | Reject]) -> dict[str, Record]:
    return {item.record.id: item.record for item in items if isinstance(item, ImportedRow)}


def test_the_generator_reproduces_the_committed_files(tmp_path: Path) -> None:
    subprocess.run([sys.executable, FOLDER / "generate.py", tmp_path], check=True)
    assert [(tmp_path / name).read_bytes() == (FOLDER / name).read_bytes() for name in FILES] == [True] * 3


def test_exactly_the_planted_defects_are_rejected(items: list[ImportedRow | Reject]) -> None:
    found = [(Path(item.file).name, item.line, item.field) for item in items if isinstance(item, Reject)]
    assert sorted(found) == sorted((row["file"], int(row["line"]), row["field"]) for row in planted())


def test_no_row_is_lost(items: list[ImportedRow | Reject]) -> None:
    with (FOLDER / "contacts.csv").open(encoding="utf-8-sig", newline="") as source:
        contacts = sum(1 for _ in csv.DictReader(source))
    kinds = Counter(
        (item.entity if isinstance(item, Reject) else item.record.entity, isinstance(item, Reject))
        for item in items
    )
    assert kinds["contact", False] + kinds["contact", True] == contacts
    # 500 accounts, seven rows written again, three rows that are no proper CSV.
    assert kinds["account", False] + kinds["account", True] == 510
    assert kinds["account", False] >= 440


def test_every_record_refers_only_to_good_records(records: dict[str, Record]) -> None:
    references = set(chain.from_iterable(record.references() for record in records.values()))
    assert len(references) > 1000
    assert {reference.id for reference in references} <= records.keys()


def test_contacts_come_first(items: list[ImportedRow | Reject]) -> None:
    entities = [item.entity if isinstance(item, Reject) else item.record.entity for item in items]
    assert entities == sorted(entities, reverse=True)


def test_the_same_files_give_equal_records(records: dict[str, Record]) -> None:
    again = read_export(FOLDER / "accounts.csv", FOLDER / "contacts.csv")
    assert {item.id: item for item in again if isinstance(item, Record)} == records


def test_text_arrives_as_it_was_written(records: dict[str, Record]) -> None:
    names = {record.name for record in records.values() if isinstance(record, Account)}
    assert "👨‍👩‍👧‍👦 Familie Strauß" in names
    assert "\u202bشركة الخليج للاتصالات (Gulf)\u202c" in names
    assert 'Toms "Fish & Chips"' in names
    assert "Zoe\u0308 Combining" in names
    assert max(map(len, names)) > 300
    assert {"王", "O'Brien", 'van der "Graaf"'} <= {
        record.last_name for record in records.values() if isinstance(record, Contact)
    }


def test_amounts_keep_the_decimals_of_their_currency(records: dict[str, Record]) -> None:
    limits = {
        (limit.currency, str(limit.amount))
        for record in records.values()
        if isinstance(record, Account) and record.credit_profile
        and (limit := record.credit_profile.credit_limit)
    }  # fmt: skip
    assert {("JPY", "50000"), ("KWD", "1000.250"), ("EUR", "1250.5")} <= limits


def test_no_reject_shows_a_card_number(items: list[ImportedRow | Reject]) -> None:
    text = "\n".join(repr(item) + "|".join(item.row) for item in items if isinstance(item, Reject))
    assert "4111 1111" not in text
    assert "5500-0000" not in text
    assert "**** **** **** 1111" in text


def test_the_description_names_every_column_and_every_defect() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    columns = {*ACCOUNTS.names, *CONTACTS.names}
    assert columns <= set(re.findall(r"`(\w+)`", readme))
    counts = Counter(row["defect"] for row in planted())
    assert dict(re.findall(r"^\| ([^|`]+) \| (\d+) \|", readme, re.MULTILINE)) == {
        kind: str(count) for kind, count in counts.items()
    }
    assert f"{len(planted())} rows are spoiled" in readme
