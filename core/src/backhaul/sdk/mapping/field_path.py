r"""Canonical field paths: ``addresses[billing].city``; within brackets ``\`` escapes ``]`` and itself."""

from __future__ import annotations

import re
from typing import NamedTuple

_ELEMENT = re.compile(r"\[((?:[^\]\\]|\\.)*)\]", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class ElementPath(NamedTuple):
    """One step into a list: the path of the list, the key of the element, and what follows (or "")."""

    list: str
    key: str
    rest: str


def element(list_path: str, key: str) -> str:
    """Return the path of the whole element with this key."""
    if "\\" in key or "]" in key:
        key = key.replace("\\", "\\\\").replace("]", "\\]")
    return f"{list_path}[{key}]"


def split(path: str) -> ElementPath | None:
    """Return the first step into a list, None for a path without one."""
    found = _ELEMENT.search(path)
    if found is None:
        return None
    key = _ESCAPED.sub(r"\1", found[1]) if "\\" in found[1] else found[1]
    return ElementPath(path[: found.start()], key, path[found.end() :].removeprefix("."))


def elements_of(path: str) -> tuple[str, ...]:
    """Return the elements that the path lies in, the outermost first, itself included if it is one."""
    if "[" not in path:
        return ()
    return tuple(path[: found.end()] for found in _ELEMENT.finditer(path))


def is_element(path: str) -> bool:
    """Whether the path names a whole list element."""
    return path.endswith("]")
