from __future__ import annotations

from io import StringIO

import pytest

from backhaul.processes.importing.physical_row import physical_rows


def read(text: str) -> list[tuple[int, tuple[str, ...], bool]]:
    rows = physical_rows(StringIO(text, newline="\n"))
    return [(row.line, row.cells, row.fault is not None) for row in rows]


def test_a_row_begins_on_a_physical_line() -> None:
    assert read('a,"b\nb",c\r\n\r\nd,"""e""",f') == [
        (1, ("a", "b\nb", "c"), False),
        (4, ("d", '"e"', "f"), False),
    ]


@pytest.mark.parametrize("text", ["", "\n", "\r\n\n"])
def test_empty_lines_are_no_rows(text: str) -> None:
    assert read(text) == []


def test_commas_alone_are_a_row() -> None:
    assert read(",\n") == [(1, ("", ""), False)]


def test_a_quote_within_an_unquoted_cell_is_a_quote() -> None:
    assert read('19" rack,x\n') == [(1, ('19" rack', "x"), False)]


def test_a_quote_that_is_never_closed_costs_one_line() -> None:
    assert read('a,"b\nc,d\ne,"f"\n') == [
        (1, ('a,"b',), True),
        (2, ("c", "d"), False),
        (3, ("e", "f"), False),
    ]


def test_a_quote_open_at_the_end_costs_one_line() -> None:
    assert read('a,b\n"c\nd,e') == [(1, ("a", "b"), False), (2, ('"c',), True), (3, ("d", "e"), False)]


def test_two_broken_rows_in_a_row() -> None:
    assert [(line, fault) for line, _, fault in read('"a"b\n"c"d\ne\n')] == [(1, True), (2, True), (3, False)]


def test_an_open_quote_swallows_no_long_file() -> None:
    rows = read('"open\n' + "a,b\n" * 3000)
    assert rows[0] == (1, ('"open',), True)
    assert [row for row in rows[1:] if row[2]] == []
    assert (len(rows), rows[-1]) == (3001, (3001, ("a", "b"), False))


def test_a_carriage_return_alone_is_no_row_end() -> None:
    assert read("a\rb\nc\n") == [(1, ("a\rb",), True), (2, ("c",), False)]


def test_a_cell_beyond_the_limit_costs_one_row() -> None:
    assert [(line, fault) for line, _, fault in read("x" * 200_000 + "\nc\n")] == [(1, True), (2, False)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('"a"b,c\n', "text stands between a closing quote and the next comma"),
        ('a,"b\n', "a quote is opened and never closed"),
        ("a\rb\n", "a carriage return stands alone, outside of quotes"),
        ("x" * 200_000, "a cell is too long, or a quote is never closed"),
    ],
)
def test_the_reason_is_said_for_people(text: str, reason: str) -> None:
    (row,) = physical_rows([text])
    assert row.fault == f"not a row of CSV: {reason}"
