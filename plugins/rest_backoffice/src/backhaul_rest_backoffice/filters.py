"""Filters of lists, and the check that what a system shows is what was asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backhaul.entities import Account, Contact
from backhaul.sdk.call import FindCall, QueryCall
from backhaul.sdk.errors import MappingError
from backhaul.sdk.json import Json
from backhaul.sdk.mapping import WireField
from backhaul.sdk.reply import Found
from backhaul.sdk.rest import RestAdapter
from backhaul_rest_backoffice.mapping import characteristic
from backhaul_rest_backoffice.mapping.characteristic import OUR_ID, value_of

_CHARACTERISTIC = re.compile(r"(?P<place>\w+)\[name=(?P<name>\w+)\]\.value")
_PLAIN = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Filter:
    """A query, and what an object that it selects must look like: some systems ignore filters."""

    query: Mapping[str, str]
    holds: Callable[[Mapping[str, Json]], bool]


def by_characteristic(place: str, name: str, value: str) -> dict[str, str]:
    """The query for objects with this characteristic."""
    return {f"{place}.name": name, f"{place}.value": value}


def characteristic_filter(place: str, name: str, value: str) -> Filter:
    """Objects with this characteristic."""
    return Filter(
        by_characteristic(place, name, value),
        lambda document: characteristic.find(document, place, name) == value,
    )


def text_filter(**properties: str) -> Filter:
    """Objects with these texts; case makes no difference, as systems differ in it."""

    def holds(document: Mapping[str, Json]) -> bool:
        return all(str(document.get(name)).casefold() == text.casefold() for name, text in properties.items())

    return Filter(properties, holds)


def account_filters(call: FindCall[Account]) -> list[Filter]:
    """How the customer of an account may be found, the surest way first."""
    place = "characteristic"
    filters = [characteristic_filter(place, OUR_ID, call.record_id)]
    number, name = call.fields.get("account_number"), call.fields.get("name")
    if isinstance(number, str):
        filters.append(characteristic_filter(place, "accountNumber", number))
    if isinstance(name, str):
        filters.append(text_filter(name=name))
    return filters


def contact_filters(call: FindCall[Contact]) -> list[Filter]:
    """How the individual of a contact may be found, the surest way first."""
    filters = [characteristic_filter("partyCharacteristic", OUR_ID, call.record_id)]
    given, family = call.fields.get("first_name"), call.fields.get("last_name")
    if isinstance(given, str) and isinstance(family, str):
        filters.append(text_filter(givenName=given, familyName=family))
    return filters


def first_found(
    adapter: RestAdapter[Any], collection: str, call: FindCall[Any], filters: Sequence[Filter]
) -> tuple[Found, ...]:
    """All objects that the first filter to find any selects."""
    for wanted in filters:
        found = {
            item.external_id: item
            for item in adapter.search(collection, call, wanted.query)
            if wanted.holds(item.document)
        }
        if found:
            return tuple(found.values())
    return ()


def criteria(call: QueryCall[Any], place: str) -> dict[str, str]:
    """The query for criteria given by canonical field.

    Raises MappingError for a field that the lists cannot be filtered by, and for two characteristics: of
    those a query can name one.
    """
    query: dict[str, str] = {}
    for field, value in call.criteria.items():
        wanted = _criterion(call, place, field, value)
        if set(wanted) & set(query):
            msg = "Only one criterion of a query can be a characteristic."
            raise MappingError(msg, path=field, hint="Leave out all but one.")
        query |= wanted
    return query


def _criterion(call: QueryCall[Any], place: str, field: str, value: Json) -> dict[str, str]:
    declared = call.schema.fields.get(field)
    path = (
        value_of(place, OUR_ID) if field == "id" else declared.path if isinstance(declared, WireField) else ""
    )
    named = _CHARACTERISTIC.fullmatch(path)
    if not isinstance(value, str | int) or not (named or _PLAIN.fullmatch(path)):
        msg = f"{call.schema.resource} cannot be filtered by {field}."
        raise MappingError(msg, path=field, hint="Filter by id, a name, the status or one characteristic.")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return by_characteristic(named["place"], named["name"], text) if named else {path: text}
