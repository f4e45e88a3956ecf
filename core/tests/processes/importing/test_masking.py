from __future__ import annotations

from typing import Any

import pytest

from backhaul.processes.importing.masking import masked, shown

CARD = "4111 1111 1111 1111"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"pays with {CARD}, 12/29", "pays with **** **** **** 1111, 12/29"),
        ("5500-0000-0000-0004 or 4111111111111111", "****-****-****-0004 or ************1111"),
        ("٤١١١١١١١١١١١١١١١", "************١١١١"),
        ("order 4711, phone 0800 123456", "order 4711, phone 0800 123456"),
    ],
)
def test_all_but_four_digits_are_masked(text: str, expected: str) -> None:
    assert masked(text) == expected


def test_what_is_shown_stays_on_one_line() -> None:
    assert shown("a\nb\udcfc") == r"'a\nb\\xfc'"


@pytest.mark.parametrize(
    "column", ["name", "account_number", "description", "status", "postal_code", "account_id"]
)
def test_a_card_number_rejects_the_row_wherever_it_stands(export: Any, column: str) -> None:
    export.account_rows({column: "4111-1111-1111-1111"})
    reject = export.only_reject()
    assert reject.field == column
    assert "payment card number" in reject.reason
    assert "4111" not in repr(reject) + "".join(reject.row)


def test_a_card_number_in_a_row_that_is_no_csv_is_masked(export: Any) -> None:
    with export.accounts.open("a", encoding="utf-8") as target:
        target.write(f'A-1,"x"y,{CARD}\nA-2,{CARD}\n')
    first, second = export.rejects()
    assert first.row == ('A-1,"x"y,**** **** **** 1111',)
    assert second.row == ("A-2", "**** **** **** 1111")


def test_an_international_telephone_number_is_no_card_number(export: Any) -> None:
    # Without its +, this is a well-formed 13-digit card number.
    export.contact_rows(
        {"work_phone": "+4111 111 111 119"}, {"contact_id": "C-2", "work_phone": "4111 111 111 119"}
    )
    reject = export.only_reject()
    assert (reject.line, reject.field) == (3, "work_phone")
    export.contact_rows({"work_phone": "+4111 111 111 119", "email": "x"})
    assert "+4111 111 111 119" in export.only_reject().row
