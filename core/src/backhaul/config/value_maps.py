"""`[value_map.BACKOFFICE.NAME]`: a site's own spellings of codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.mapping.value_map import ValueMap, WireCode

#: Back office to the name of a map to the map.
ValueMaps: TypeAlias = Mapping[str, Mapping[str, ValueMap]]

_INVERSE = "inverse"


def checked_codes(codes: Mapping[str, Any]) -> Mapping[str, Any]:
    """The codes of one map, unchanged. Raises ValueError if they make no value map."""
    try:
        _value_map("", codes)
    except ConfigurationError as error:
        raise ValueError(str(error).removeprefix("value map : ")) from error
    return codes


def value_maps(tables: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> ValueMaps:
    """The value maps of the file, from codes that were checked."""
    return {
        back_office: {name: _value_map(name, codes) for name, codes in named.items()}
        for back_office, named in tables.items()
    }


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
