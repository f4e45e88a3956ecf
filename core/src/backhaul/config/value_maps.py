"""`[value_map.BACKOFFICE.NAME]`: a site's own spellings of codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from backhaul.config.problem import Problem, refuse
from backhaul.config.validation import Source
from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.mapping.value_map import ValueMap, WireCode

#: Back office to the name of a map to the map.
ValueMaps: TypeAlias = Mapping[str, Mapping[str, ValueMap]]

_INVERSE = "inverse"


def value_maps(tables: Mapping[str, Mapping[str, Mapping[str, Any]]], source: Source) -> ValueMaps:
    """The value maps of the file. Raises DeploymentError with everything that is wrong with them."""
    problems: list[Problem] = []
    maps: dict[str, dict[str, ValueMap]] = {}
    for back_office, named in tables.items():
        maps[back_office] = {}
        for name, codes in named.items():
            try:
                maps[back_office][name] = _value_map(name, codes)
            except ConfigurationError as error:
                problems.append(source.problem(("value_map", back_office, name), str(error)))
    refuse(problems)
    return maps


def _value_map(name: str, codes: Mapping[str, Any]) -> ValueMap:
    """A sub-table `inverse` says what a spelling that several codes share means when it comes in."""
    stated = codes.get(_INVERSE)
    if not isinstance(stated, Mapping):
        return ValueMap(name, codes)
    spelled = {code: wire for code, wire in codes.items() if code != _INVERSE}
    # Keys of TOML are always text; a spelling that is a number is meant as the number.
    numbers: dict[str, WireCode] = {str(wire): wire for wire in spelled.values()}
    unknown = next((code for code in stated.values() if code not in spelled), None)
    if unknown is not None:
        raise ConfigurationError(
            f"value map {name}: its inverse names {unknown!r}, which is none of its codes."
        )
    inverse: dict[WireCode, str] = {numbers.get(str(wire), str(wire)): code for wire, code in stated.items()}
    return ValueMap(name, spelled, inverse)
