"""Value maps: our codes and how one back office spells them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from types import MappingProxyType
from typing import Self, TypeAlias

from backhaul.sdk.errors import ConfigurationError

#: A code as it stands on the wire.
WireCode: TypeAlias = "str | int"


def _inverted(
    name: str, spelled: Mapping[str, WireCode], inverse: Mapping[WireCode, str]
) -> dict[WireCode, str]:
    codes: dict[WireCode, list[str]] = defaultdict(list)
    for code, wire in spelled.items():
        codes[wire].append(code)
    for wire, candidates in codes.items():
        if len(candidates) > 1 and wire not in inverse:
            raise ConfigurationError(
                f"value map {name}: {', '.join(candidates)} are all spelled {wire!r}, which cannot be read.",
                hint=f"State the inverse: which of them {wire!r} means when it comes in.",
            )
    return {wire: candidates[0] for wire, candidates in codes.items()} | dict(inverse)


class ValueMap:
    """Canonical code to wire code and back; immutable.

    Raises ConfigurationError where two codes share a spelling and no inverse says which of them is meant.
    """

    __slots__ = ("from_wire", "lossy", "name", "stated", "to_wire")

    def __init__(
        self, name: str, spelled: Mapping[str, WireCode], inverse: Mapping[WireCode, str] | None = None
    ) -> None:
        for code, wire in spelled.items():
            if isinstance(wire, bool) or not isinstance(wire, str | int):
                raise ConfigurationError(
                    f"value map {name}: {code} is spelled as a {type(wire).__name__}.",
                    hint="A code on the wire is text or a whole number.",
                )
        plain = {str(code): wire for code, wire in spelled.items()}
        stated = {wire: str(code) for wire, code in (inverse or {}).items()}
        back = _inverted(name, plain, stated)
        self.name = name
        self.stated: Mapping[WireCode, str] = MappingProxyType(stated)
        self.to_wire: Mapping[str, WireCode] = MappingProxyType(plain)
        self.from_wire: Mapping[WireCode, str] = MappingProxyType(back)
        #: Codes that read back as another one.
        self.lossy = tuple(code for code, wire in plain.items() if back.get(wire) != code)

    def over(self, other: ValueMap) -> Self:
        """Return this map with the gaps filled from `other`. Raises as the constructor does."""
        spelled = {**other.to_wire, **self.to_wire}
        return type(self)(self.name, spelled, {**other.stated, **self.stated})

    def __repr__(self) -> str:
        return f"ValueMap({self.name!r}, {dict(self.to_wire)!r})"
