"""Keys: the normalised values by which a record is found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

_NOT_DIGIT = re.compile(r"[^0-9]")


@dataclass(frozen=True, slots=True)
class Key:
    """One value by which a record can be found.

    A strong key is issued and unique, and may match automatically; any other is for searching only.
    """

    kind: str
    value: str
    strong: bool


def exact(text: str) -> str:
    """Trim only: ids issued by systems can differ in nothing but the case of a letter."""
    return text.strip()


def folded(text: str) -> str:
    """Compare as people read: compatibility forms, case and runs of white space make no difference."""
    # Folding can leave a text that is no longer in compatibility form, so it is normalised twice.
    once = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", once).casefold().split())


def digits(text: str) -> str:
    """Keep the digits of a telephone number; a sign, a bracket or a space makes no difference."""
    return _NOT_DIGIT.sub("", unicodedata.normalize("NFKC", text))


@dataclass(frozen=True, slots=True)
class KeyKind:
    """A kind of key: its name, how its values are normalised, and whether it is strong."""

    name: str
    strong: bool = False
    normalise: Callable[[str], str] = folded

    def key(self, *values: str | None) -> Key | None:
        """Return the key of these values (several: a composite), or None when nothing is left of them.

        The same call serves to index a record and to look one up.
        """
        parts = [self.normalise(value or "") for value in values]
        if not any(parts):
            return None
        if len(parts) > 1:
            # Escaped, so that ("a|b", "c") and ("a", "b|c") stay two keys.
            parts = [part.replace("\\", "\\\\").replace("|", "\\|") for part in parts]
        return Key(self.name, "|".join(parts), self.strong)


INTEGRATION_ID = KeyKind("integration_id", strong=True, normalise=exact)
NAME = KeyKind("name")
PHONE = KeyKind("phone", normalise=digits)
EMAIL = KeyKind("email")
ADDRESS = KeyKind("address")
"""A composite of city, state and street."""


def distinct(*keys: Key | None) -> tuple[Key, ...]:
    """Return the keys that exist, each once, in this order."""
    return tuple(dict.fromkeys(key for key in keys if key is not None))
