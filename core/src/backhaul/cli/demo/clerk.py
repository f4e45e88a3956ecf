"""The clerk: what people do inside a simulated back office, in the words of the TM Forum."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backhaul.cli.demo.simulated import SimulatedBackOffice

_CUSTOMER, _INDIVIDUAL = "customer", "individual"


class Clerk:
    """Works in one back office, and knows nothing of any other."""

    def __init__(self, system: SimulatedBackOffice) -> None:
        self._system = system
        self._objects = system.objects()

    def customers(self) -> list[dict[str, Any]]:
        """The customers, as they were when the clerk came in."""
        return self._objects[_CUSTOMER]

    def rename_customers(self, chosen: list[dict[str, Any]]) -> int:
        """A company has a new name; how many of them."""
        for customer in chosen:
            self._system.edit(_CUSTOMER, customer["id"], {"name": f"{customer['name'][:150]} (new name)"})
        return len(chosen)

    def suspend_customers(self, chosen: list[dict[str, Any]]) -> int:
        """A customer did not pay; how many of them."""
        for customer in chosen:
            self._system.edit(_CUSTOMER, customer["id"], {"status": "suspended"})
        return len(chosen)

    def correct_numbers(self, most: int) -> int:
        """A person has a new telephone number; how many of them."""
        chosen = list(self._people_with_telephone())[:most]
        for number, person in enumerate(chosen):
            media = [_renumbered(medium, f"+49 30 5550{number:03}") for medium in person["contactMedium"]]
            self._system.edit(_INDIVIDUAL, person["id"], {"contactMedium": media})
        return len(chosen)

    def open_account(self, given_name: str, family_name: str) -> str:
        """A new customer walks in; the customer's id."""
        person = {"givenName": given_name, "familyName": family_name, "status": "validated"}
        identifier = self._system.create(_INDIVIDUAL, person)
        customer = {
            "name": f"{given_name} {family_name}",
            "status": "active",
            "engagedParty": {"id": identifier, "@referredType": "Individual"},
        }
        return self._system.create(_CUSTOMER, customer)

    def _people_with_telephone(self) -> Iterator[dict[str, Any]]:
        for person in self._objects[_INDIVIDUAL]:
            if any(medium["mediumType"] == "telephone" for medium in person.get("contactMedium", ())):
                yield person


def _renumbered(medium: dict[str, Any], number: str) -> dict[str, Any]:
    if medium["mediumType"] != "telephone":
        return medium
    return {**medium, "characteristic": {**medium["characteristic"], "phoneNumber": number}}
