from __future__ import annotations

import re
from typing import Any

import pytest

from backhaul.processes.importing import ACCOUNTS, CONTACTS
from backhaul.sdk.errors import ConfigurationError

HEADER = ",".join(CONTACTS.names)


def refused(export: Any, content: str | bytes) -> str:
    export.contacts.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigurationError) as caught:
        export.read()
    assert caught.value.file == str(export.contacts)
    return str(caught.value)


def test_a_missing_column_names_the_nearest(export: Any) -> None:
    message = refused(export, HEADER.replace("birth_date", "Birthdate"))
    assert "contacts.csv:1: the column 'birth_date' is missing; the nearest column is 'Birthdate'" in message
    assert "The columns are: contact_id, salutation," in message


def test_an_optional_column_may_not_be_missing_either(export: Any) -> None:
    assert "the column 'job_title' is missing The columns" in refused(
        export, HEADER.replace("job_title,", "")
    )


def test_a_column_too_many_names_the_nearest(export: Any) -> None:
    message = refused(export, HEADER + ",home_phone")
    assert "there is no column 'home_phone'; the nearest column is 'mobile_phone'" in message


def test_a_column_that_stands_twice(export: Any) -> None:
    assert "the column 'gender' stands twice" in refused(export, HEADER + ",gender")


def test_a_column_without_a_name(export: Any) -> None:
    assert "there is no column ''" in refused(export, HEADER + ",")


@pytest.mark.parametrize(("separator", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_another_separator(export: Any, separator: str, name: str) -> None:
    assert f"separated by {name} Export with commas." in refused(export, HEADER.replace(",", separator))


def test_an_empty_file(export: Any) -> None:
    assert "the file is empty" in refused(export, "\n\n")
    assert "the file is empty" in refused(export, b"\xef\xbb\xbf")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_utf_16(export: Any, encoding: str) -> None:
    text = HEADER if encoding == "utf-16" else "\ufeff" + HEADER
    assert "the file is UTF-16 Save the export as UTF-8." in refused(export, text.encode(encoding))


def test_a_header_that_is_no_row(export: Any) -> None:
    assert "contacts.csv:1: the header is not a row of CSV" in refused(export, '"open,' + HEADER + "\n")


def test_the_header_shows_no_card_number(export: Any) -> None:
    assert "4111" not in refused(export, HEADER + ",4111111111111111")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_byte_order_marks_and_line_ends(export: Any, mark: bytes, end: str) -> None:
    row = ",".join(
        {"contact_id": "C-1", "last_name": "Li", "status": "active"}.get(n, "") for n in CONTACTS.names
    )
    export.contacts.write_bytes(mark + (HEADER + end + row + end).encode())
    assert [record.id for record in export.records()] == ["C-1"]


def test_a_byte_that_is_not_utf_8_spoils_its_row_only(export: Any) -> None:
    export.contact_rows({"last_name": "M#ller"}, {"contact_id": "C-2"})
    export.contacts.write_bytes(export.contacts.read_bytes().replace(b"#", b"\xfc"))
    reject = export.only_reject()
    assert (reject.line, reject.field) == (2, "last_name")
    assert reject.reason == "is not UTF-8 (byte 0xFC); save the export as UTF-8"
    assert "M\\xfcller" in reject.row
    assert [record.id for record in export.records()] == ["C-2"]


@pytest.mark.parametrize(("row", "found"), [("C-1,x", 2), ("C-1" + "," * 15, 16)])
def test_a_wrong_number_of_cells(export: Any, row: str, found: int) -> None:
    export.contacts.write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
    reject = export.only_reject()
    assert reject.field == ""
    assert reject.reason == f"has {found} cells, but the header has 15; check its commas and quotes"
    assert reject.row == tuple(row.split(","))


def test_all_faults_of_a_row_are_named(export: Any) -> None:
    export.contact_rows({"gender": "F", "email": "x", "birth_date": "soon"})
    reject = export.only_reject()
    assert reject.field == "gender"
    assert re.fullmatch(
        r"'F' is none of .*; also birth_date: 'soon' is .*; also email: is not .*", reject.reason
    )


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1c", "\x85"])
def test_control_characters_are_not_trimmed_away(export: Any, character: str) -> None:
    export.contact_rows({"first_name": f"Ana{character}"})
    reject = export.only_reject()
    assert (reject.field, reject.reason[:20]) == (
        "first_name",
        f"control character U+{ord(character):04X}"[:20],
    )


@pytest.mark.parametrize(
    ("cells", "field", "reason"),
    [
        ({"currency": "JPY", "credit_limit": "10.50"}, "credit_limit", "10.50 has 2 decimals, but JPY has 0"),
        ({"currency": "JPY", "credit_limit": "10.00"}, "credit_limit", "10.00 has 2 decimals, but JPY has 0"),
        (
            {"currency": "KWD", "credit_limit": "1.2345"},
            "credit_limit",
            "1.2345 has 4 decimals, but KWD has 3",
        ),
        ({"credit_limit": "10"}, "currency", "is empty; an amount needs its currency"),
        ({"address_valid_from": "2024-01-01"}, "address_valid_from", "is given, but there is no address"),
    ],
)
def test_cells_that_contradict_each_other(
    export: Any, cells: dict[str, str], field: str, reason: str
) -> None:
    export.account_rows(cells)
    reject = export.only_reject()
    assert (reject.field, reject.reason) == (field, reason)


@pytest.mark.parametrize(
    ("currency", "amount"), [("JPY", "10"), ("EUR", "10.5"), ("KWD", "1.234"), ("XAU", "0.12345")]
)
def test_amounts_that_fit_their_currency(export: Any, currency: str, amount: str) -> None:
    export.account_rows({"currency": currency, "credit_limit": amount})
    (account,) = export.records()
    assert str(account.credit_profile.credit_limit.amount) == amount


@pytest.mark.parametrize("layout", [ACCOUNTS, CONTACTS], ids=lambda layout: layout.entity)
def test_every_column_says_what_stands_in_it(layout: Any) -> None:
    assert [column.name for column in layout.columns if not column.meaning] == []
    assert layout.id_column.required
    assert len(set(layout.names)) == len(layout.names)
