from __future__ import annotations

import tomllib
from collections.abc import Iterator
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backhaul.config.locator import KeyPath, Locator


def paths(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Every key path of parsed TOML."""
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, member in members:
        yield (*path, key)
        yield from paths(member, (*path, key))


def lines(text: str) -> dict[KeyPath, int]:
    plain = dedent(text).lstrip("\n")
    locator = Locator.of(plain)
    return {path: locator.line(path) for path in paths(tomllib.loads(plain))}


def test_tables_and_keys() -> None:
    assert lines(
        """
        top = 1

        [store]            # a comment with = and [
        url = "sqlite://"  # "
        [back.office.billing]
        plugin = 'x'
        [back]
        more = true
        """
    ) == {
        ("top",): 1,
        ("store",): 3,
        ("store", "url"): 4,
        ("back",): 7,
        ("back", "office"): 5,
        ("back", "office", "billing"): 5,
        ("back", "office", "billing", "plugin"): 6,
        ("back", "more"): 8,
    }


def test_arrays_of_tables_and_tables_below_them() -> None:
    assert lines(
        """
        [[route]]
        process = "a"
        [[route]]
        process = "b"
        [route.when]
        x = 1
        [[route.inner]]
        y = 2
        [[route.inner]]
        y = 3
        [ route . "inner" . deep ]
        z = 4
        [[route]]
        """
    ) == {
        ("route",): 1,
        ("route", 0): 1,
        ("route", 0, "process"): 2,
        ("route", 1): 3,
        ("route", 1, "process"): 4,
        ("route", 1, "when"): 5,
        ("route", 1, "when", "x"): 6,
        ("route", 1, "inner"): 7,
        ("route", 1, "inner", 0): 7,
        ("route", 1, "inner", 0, "y"): 8,
        ("route", 1, "inner", 1): 9,
        ("route", 1, "inner", 1, "y"): 10,
        ("route", 1, "inner", 1, "deep"): 11,
        ("route", 1, "inner", 1, "deep", "z"): 12,
        ("route", 2): 13,
    }


def test_dotted_and_quoted_keys() -> None:
    assert lines(
        r"""
        a.b . "c.d" = 1
        a.'e "f"'.g = 2
        "credit_profile.*" = "billing"
        "\u00e4 \"=\" # [x]" = 3
        3.14 = 4
        "" = 5
        """
    ) == {
        ("a",): 1,
        ("a", "b"): 1,
        ("a", "b", "c.d"): 1,
        ("a", 'e "f"'): 2,
        ("a", 'e "f"', "g"): 2,
        ("credit_profile.*",): 3,
        ('ä "=" # [x]',): 4,
        ("3",): 5,
        ("3", "14"): 5,
        ("",): 6,
    }


def test_inline_tables_and_arrays() -> None:
    assert lines(
        """
        password = { env = "A, }" , other.deep = { x = 1 }, none = {} }
        to = [
          "one",  # ], not the end
          [ "two", { k = 2 } ],

          "three",
        ]
        empty = []
        last = 1
        """
    ) == {
        ("password",): 1,
        ("password", "env"): 1,
        ("password", "other"): 1,
        ("password", "other", "deep"): 1,
        ("password", "other", "deep", "x"): 1,
        ("password", "none"): 1,
        ("to",): 2,
        ("to", 0): 3,
        ("to", 1): 4,
        ("to", 1, 0): 4,
        ("to", 1, 1): 4,
        ("to", 1, 1, "k"): 4,
        ("to", 2): 6,
        ("empty",): 8,
        ("last",): 9,
    }


def test_strings_over_several_lines() -> None:
    assert lines(
        '''
        a = """
        [not_a_table]
        x = 1 \\""" still in it
        ends with two quotes"""""
        b = \'\'\'
        # not a comment
        y = 2 \\\'\'\'\'
        c = ["""
        """, "]", \'\\\', 1979-05-27 07:32:00 , -inf]
        d = """"quoted" """
        e = ""
        f = \'\'
        '''
    ) == {
        ("a",): 1,
        ("b",): 5,
        ("c",): 8,
        ("c", 0): 8,
        ("c", 1): 9,
        ("c", 2): 9,
        ("c", 3): 9,
        ("c", 4): 9,
        ("d",): 10,
        ("e",): 11,
        ("f",): 12,
    }


def test_windows_line_ends() -> None:
    assert Locator.of('[a]\r\nx = """\r\n"""\r\ny = 1\r\n').line(("a", "y")) == 4


def test_what_does_not_stand_in_the_file_is_looked_for_around_it() -> None:
    locator = Locator.of("x = 1\n[a]\nb = [\n1]\n")
    assert locator.line(("a", "missing", "deep")) == 2
    assert locator.line(("a", "b", 7)) == 3
    assert locator.line(("missing",)) == 1
    assert locator.line(()) == 1
    assert locator.known(("a", "b", 0, "more")) == ("a", "b", 0)


def test_an_empty_file_has_a_first_line() -> None:
    assert Locator.of("").line(("a",)) == 1


def test_what_is_not_toml_is_refused() -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        Locator.of("a = ")


SPELLINGS = ("{}", '"{}"', "'{}'", '"{} .=#[]{{}}"', "'{} \\.=\"'")
SCALARS = (
    "1", "-3.5e7", "true", "inf", "0xff", "1979-05-27T07:32:00Z", "07:32:00", "1979-05-27 07:32:00",
    '""', "''", '"#]}, = \\" \\\\"', "'\\'", "'[#]}, ='",
    '"""a"""', '"""\n# k\n[x]\n\\""" "" """""', "'''\nk = 1\\\n'''", "'''a'''''", '"""\\\n   """',
)  # fmt: skip


class Writer:
    """Writes a document in which every key holds the number of its line."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.text = ""
        self.keys = 0

    def key(self) -> str:
        """A key not used before, that says its line."""
        self.keys += 1
        spelled = self.draw(st.sampled_from(SPELLINGS)).format(f"L{self.text.count(chr(10)) + 1}_{self.keys}")
        return spelled + self.draw(st.sampled_from(["", " ", "\t"]))

    def blank(self) -> None:
        self.text += self.draw(st.sampled_from(["", " ", "\n", "# [x] = 1\n", " #\n\t\n"]))

    def pair(self, depth: int) -> None:
        keys = self.key()
        for _ in range(self.draw(st.integers(0, 2))):
            keys += ". " + self.key()
        self.text += f"{keys}={self.draw(st.sampled_from(['', ' ']))}"
        self.value(depth)

    def value(self, depth: int) -> None:
        kind = self.draw(st.sampled_from(["scalar", "array", "table"])) if depth else "scalar"
        if kind == "scalar":
            self.text += self.draw(st.sampled_from(SCALARS))
        elif kind == "array":
            self.array(depth - 1)
        else:
            self.inline_table(depth - 1)

    def array(self, depth: int) -> None:
        self.text += "["
        for _ in range(self.draw(st.integers(0, 3))):
            self.blank()
            self.value(depth)
            self.blank()
            self.text += ","
        self.blank()
        self.text += "]"

    def inline_table(self, depth: int) -> None:
        self.text += "{ "
        for index in range(self.draw(st.integers(0, 3))):
            self.text += ", " if index else ""
            self.pair(depth)
        self.text += " }"

    def document(self) -> str:
        headers: list[str] = []
        for _ in range(self.draw(st.integers(0, 6))):
            around = self.draw(st.sampled_from(["", *headers]))
            name = f"{around}. {self.key()}" if around else self.key()
            headers.append(name)
            many = self.draw(st.integers(0, 2))
            for _ in range(max(many, 1)):
                self.text += f"[[ {name}]]" if many else f"[{name}]"
                self.body()
        return self.text

    def body(self) -> None:
        self.text += self.draw(st.sampled_from(["\n", " # x\n\n"]))
        for _ in range(self.draw(st.integers(0, 3))):
            self.blank()
            self.pair(2)
            self.text += "\n"


@st.composite
def documents(draw: st.DrawFn) -> str:
    return Writer(draw).document()


@given(documents())
def test_any_document_is_located_as_tomllib_reads_it(text: str) -> None:
    locator = Locator.of(text)
    for path in paths(tomllib.loads(text)):
        assert locator.known(path) == path
        if isinstance(path[-1], str):
            assert path[-1].startswith(f"L{locator.line(path)}_")
