"""Arguments that are pairs: ``kind=value``, ``BACKOFFICE:ID``."""

from __future__ import annotations

from collections.abc import Iterable

import typer


def pair(text: str, separator: str, form: str) -> tuple[str, str]:
    """Both sides of the first separator. Raises typer.BadParameter for anything else."""
    name, found, value = text.partition(separator)
    if not found or not name.strip() or not value.strip():
        raise typer.BadParameter(f"{text!r} is not of the form {form}")
    return name.strip(), value.strip()


def pairs(texts: Iterable[str], form: str = "KIND=VALUE") -> dict[str, str]:
    """Several ``kind=value``, each kind once. Raises typer.BadParameter."""
    found: dict[str, str] = {}
    for text in texts:
        name, value = pair(text, "=", form)
        if name in found:
            raise typer.BadParameter(f"{name!r} stands here twice")
        found[name] = value
    return found
