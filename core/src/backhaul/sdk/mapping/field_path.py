r"""Canonical field paths: ``addresses[billing].city``; within brackets ``\`` escapes ``]`` and itself."""

from __future__ import annotations

import re

_ELEMENT = re.compile(r"\[((?:[^\]\\]|\\.)*)\]", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def element(list_path: str, key: str) -> str:
    """Return the path of the whole element with this key."""
    if "\\" in key or "]" in key:
        key = key.replace("\\", "\\\\").replace("]", "\\]")
    return f"{list_path}[{key}]"


def split(path: str) -> tuple[str, str, str] | None:
    """Return list path, element key and what follows it (or ""), None for a path without an element."""
    if "\\" not in path:  # every field of every element comes by here, and few keys need escaping
        list_path, bracket, inner = path.partition("[")
        key, closing, rest = inner.partition("]")
        return (list_path, key, rest[1:] if rest[:1] == "." else rest) if bracket and closing else None
    found = _ELEMENT.search(path)
    if found is None:
        return None
    key = _ESCAPED.sub(r"\1", found[1])
    return path[: found.start()], key, path[found.end() :].removeprefix(".")


def elements_of(path: str) -> tuple[str, ...]:
    """Return the elements that the path lies in, the outermost first, itself included if it is one."""
    if "[" not in path:
        return ()
    if "\\" not in path and path.count("]") == 1:
        return (path[: path.index("]") + 1],)
    return tuple(path[: found.end()] for found in _ELEMENT.finditer(path))


def is_element(path: str) -> bool:
    """Whether the path names a whole list element."""
    return path.endswith("]")
