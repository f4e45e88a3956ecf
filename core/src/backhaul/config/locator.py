"""Where in a TOML file each key stands."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import TypeAlias

#: Keys of tables and indexes of arrays, from the root of the file.
KeyPath: TypeAlias = "tuple[str | int, ...]"

_BLANK = re.compile(r"(?:[ \t\n]+|#[^\n]*)*")
_INDENT = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]*")
# Before the closing quotes of a multi-line string may stand two more that belong to it.
_MULTI_BASIC = re.compile(r'"""(?:[^\\]|\\.)*?"""(?:""?)?', re.DOTALL)
_MULTI_LITERAL = re.compile(r"'''.*?'''(?:''?)?", re.DOTALL)
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_STRINGS = (_MULTI_BASIC, _MULTI_LITERAL, _BASIC, _LITERAL)


class Locator:
    """Key paths of one file to their line numbers, counted from 1."""

    def __init__(self, lines: Mapping[KeyPath, int]) -> None:
        self._lines = lines

    @classmethod
    def of(cls, text: str) -> Locator:
        """The lines of a text that `tomllib` accepts. Raises tomllib.TOMLDecodeError for any other."""
        tomllib.loads(text)
        return cls(_Scanner(text).document())

    def line(self, path: Sequence[str | int]) -> int:
        """The line of a key path; of the nearest table or array around it, where it does not stand itself."""
        return self._lines.get(self.known(path), 1)

    def known(self, path: Sequence[str | int]) -> KeyPath:
        """The longest beginning of a path that stands in the file."""
        whole = tuple(path)
        return next((whole[:end] for end in range(len(whole), 0, -1) if whole[:end] in self._lines), ())


class _Scanner:
    """Reads a document that is known to be valid, so it only has to tell its parts apart."""

    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n")
        self._at = 0
        self._line_ends = [match.start() for match in re.finditer("\n", self._text)]
        self._lines: dict[KeyPath, int] = {}
        self._tables_in: dict[KeyPath, int] = {}

    def document(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._ahead("["):
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self._lines

    def _header(self) -> KeyPath:
        line, many = self._line(), self._ahead("[[")
        self._at += 2 if many else 1
        *around, last = self._key()
        self._at += 2 if many else 1
        path: KeyPath = ()
        for part in around:
            path = self._element((*path, part))
            self._lines.setdefault(path, line)
        path = (*path, last)
        if many:
            self._tables_in[path] = self._tables_in.get(path, 0) + 1
            self._lines.setdefault(path, line)
            path = self._element(path)
        # A table that a header before it implied is better looked for at its own header.
        self._lines[path] = line
        return path

    def _element(self, path: KeyPath) -> KeyPath:
        """The last table of an array of tables: that is what a later header goes on with."""
        return (*path, self._tables_in[path] - 1) if path in self._tables_in else path

    def _pair(self, table: KeyPath) -> None:
        line, path = self._line(), table
        for part in self._key():
            path = (*path, part)
            self._lines.setdefault(path, line)
        self._at += 1  # the equals sign
        self._skip(_INDENT)
        self._value(path)

    def _key(self) -> list[str]:
        parts: list[str] = []
        while True:
            self._skip(_INDENT)
            parts.append(self._key_part())
            self._skip(_INDENT)
            if not self._ahead("."):
                return parts
            self._at += 1

    def _key_part(self) -> str:
        raw = self._take(_BASIC if self._ahead('"') else _LITERAL if self._ahead("'") else _BARE_KEY)
        return raw if _BARE_KEY.fullmatch(raw) else str(tomllib.loads(f"key = {raw}")["key"])

    def _value(self, path: KeyPath) -> None:
        if self._ahead("["):
            self._members(path, "]")
        elif self._ahead("{"):
            self._members(path, "}")
        else:
            string = next((found for kind in _STRINGS if (found := kind.match(self._text, self._at))), None)
            self._at = string.end() if string else self._after(_SCALAR)

    def _members(self, path: KeyPath, closing: str) -> None:
        self._at += 1
        index = 0
        self._skip(_BLANK)
        while not self._ahead(closing):
            if closing == "}":
                self._pair(path)
            else:
                self._lines[(*path, index)] = self._line()
                self._value((*path, index))
            index += 1
            self._skip(_BLANK)
            if self._ahead(","):
                self._at += 1
                self._skip(_BLANK)
        self._at += 1

    def _line(self) -> int:
        return bisect_right(self._line_ends, self._at - 1) + 1

    def _ahead(self, text: str) -> bool:
        return self._text.startswith(text, self._at)

    def _after(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self._text, self._at)
        if found is None:
            msg = f"line {self._line()}: the file is read differently here than by tomllib"
            raise AssertionError(msg)
        return found.end()

    def _skip(self, pattern: re.Pattern[str]) -> None:
        self._at = self._after(pattern)

    def _take(self, pattern: re.Pattern[str]) -> str:
        start = self._at
        self._skip(pattern)
        return self._text[start : self._at]
