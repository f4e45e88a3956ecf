"""The catalogue: every named process is a row, and every row is one of the four verbs."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from backhaul.sdk.envelope import Verb
from backhaul.sdk.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Process:
    """One named business process."""

    name: str
    verb: Verb
    entity: str
    aliases: tuple[str, ...] = ()


def cut(verb: Verb, subject: str, entity: str) -> Process:
    """A CUT process (Siebel Communications); the sources write its name with and without "Data"."""
    name = f"CUT {verb.value.capitalize()} {subject}"
    return Process(f"{name} Data", verb, entity, (name,))


#: Vendor process names; the entity decides which record they exchange.
PROCESSES: tuple[Process, ...] = (
    cut(Verb.GET, "Account", "account"),
    cut(Verb.SEND, "Account", "account"),
    cut(Verb.RECEIVE, "Account", "account"),
    # An account's contacts are sent before it (Siebel: Update External System on each contact first).
    Process("Send Contact Data", Verb.SEND, "contact", ("Update External System Contact",)),
    Process("Receive Contact Data", Verb.RECEIVE, "contact"),
    Process("Get Contact Data", Verb.GET, "contact"),
)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


class Catalogue:
    """Finds processes by name or alias, in any case."""

    def __init__(self, processes: Iterable[Process] = PROCESSES) -> None:
        self.processes = tuple(processes)
        self._by_name = {
            _folded(name): process for process in self.processes for name in (process.name, *process.aliases)
        }

    def find(self, name: str) -> Process:
        """The process of this name. Raises NotFoundError with the nearest name."""
        found = self._by_name.get(_folded(name))
        if found is None:
            near = difflib.get_close_matches(_folded(name), self._by_name, n=1)
            hint = (
                f"Did you mean {self._by_name[near[0]].name!r}?" if near else "'backhaul plugins' lists them."
            )
            msg = f"There is no process {name!r}."
            raise NotFoundError(msg, hint=hint)
        return found

    def of(self, verb: Verb, entity: str) -> Process | None:
        """The process of a verb for an entity, or None."""
        return next((item for item in self.processes if (item.verb, item.entity) == (verb, entity)), None)
