"""References to code, as specs write them: ``module:attribute``."""

from __future__ import annotations

from functools import reduce
from importlib import import_module


def referenced(reference: str) -> object:
    """The object that ``module:attribute`` (or ``module``) names. Raises whatever importing it raises."""
    module, _, attribute = reference.partition(":")
    return reduce(getattr, attribute.split(".") if attribute else [], import_module(module))
