"""Ownership: which side may change which field (RULES 6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from backhaul.sdk.envelope import FRONT

SHARED = "shared"
CREATE = "@create"
DELETE = "@delete"

# Within brackets a backslash escapes, see `sdk.mapping.field_path`.
_ELEMENT = re.compile(r"\[(?:[^\]\\]|\\.)*\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Ownership:
    """Per entity: field pattern to owner, which is a back office, `front` or `shared` (the default).

    Patterns are field paths without list elements, `*` matching the rest: ``credit_profile.*``. A field owns
    what is in it: ``credit_profile`` means the same. The longest pattern that matches decides.
    """

    rules: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def owner(self, entity: str, path: str) -> str:
        """Who owns the field at a path; list elements (``addresses[billing].city``) are left out of it."""
        if entity not in self.rules:
            return SHARED
        plain = _ELEMENT.sub("", path)
        best, owner = -1, SHARED
        for pattern, name in self.rules.get(entity, {}).items():
            around = pattern.removesuffix(".*")
            if len(pattern) > best and (fnmatchcase(plain, around) or fnmatchcase(plain, f"{around}.*")):
                best, owner = len(pattern), name
        return owner

    def may_send(self, entity: str, path: str, back_office: str) -> bool:
        """A payload to a back office leaves out what that back office owns."""
        return self.owner(entity, path) != back_office

    def may_change(self, entity: str, path: str, sender: str) -> bool:
        """Whether a sender (a back office or `front`) may change the field."""
        return self.owner(entity, path) in (SHARED, sender)

    def may(self, entity: str, right: str, sender: str) -> bool:
        """Whether a sender may create (`@create`) or delete (`@delete`) records; shared unless stated."""
        return self.rules.get(entity, {}).get(right, SHARED) in (SHARED, sender)

    def foreign(self, entity: str, paths: set[str]) -> dict[str, str]:
        """Of the changed paths, those that a back office owns, with its name: a local edit is refused."""
        owners = {path: self.owner(entity, path) for path in paths}
        return {path: owner for path, owner in owners.items() if owner not in (SHARED, FRONT)}
