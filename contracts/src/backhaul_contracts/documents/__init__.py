"""The agreed documents: JSON Schemas of the entities, service descriptions, file layouts. Data only."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable

__all__ = ["UnknownDocumentError", "document", "names", "path"]


class UnknownDocumentError(LookupError):
    """There is no document of this name in the installed contracts."""


def path(name: str) -> Traversable:
    """Return where a document lies, by its name such as `entities/account.json`.

    Raises UnknownDocumentError, with the names there are, for any other name.
    """
    known = names()
    if name not in known:
        msg = f"no document {name!r} in the contracts; there are: {', '.join(known)}"
        raise UnknownDocumentError(msg)
    return files(__name__).joinpath(*name.split("/"))


def document(name: str) -> bytes:
    """Return the bytes of a document, by its name. Raises UnknownDocumentError."""
    return path(name).read_bytes()


def names() -> tuple[str, ...]:
    """Return the names of all documents, sorted."""
    return tuple(sorted(_names(files(__name__), "")))


def _names(folder: Traversable, prefix: str) -> Iterator[str]:
    for entry in folder.iterdir():
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _names(entry, f"{prefix}{entry.name}/")
        elif not entry.name.endswith((".py", ".pyc")):
            yield prefix + entry.name
