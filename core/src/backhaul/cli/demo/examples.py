"""The examples: the export, the deployment and the faults that the demo runs on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import backhaul
from backhaul.sdk.errors import ConfigurationError

_PLACE = Path("examples") / "telco"


@dataclass(frozen=True, slots=True)
class Examples:
    """The files of `examples/telco`."""

    folder: Path

    @property
    def accounts(self) -> Path:
        """The export's accounts."""
        return self.folder / "accounts.csv"

    @property
    def contacts(self) -> Path:
        """The export's contacts."""
        return self.folder / "contacts.csv"

    @property
    def deployment(self) -> Path:
        """The deployment file, with addresses that the demo replaces."""
        return self.folder / "backhaul.toml"

    def faults(self, back_office: str) -> Path | None:
        """The fault plan of a back office; None for one that works well."""
        plan = self.folder / f"{back_office}.faults.toml"
        return plan if plan.exists() else None

    @property
    def complete(self) -> bool:
        """Whether everything is there that must be."""
        return all(path.is_file() for path in (self.accounts, self.contacts, self.deployment))


def find_examples() -> Examples:
    """The examples of the checkout that this package runs from, or around the current folder.

    Raises ConfigurationError where there are none: they are part of the repository, not of the package.
    """
    for root in _roots():
        found = Examples(root / _PLACE)
        if found.complete:
            return found
    msg = f"The demo needs the files in {_PLACE}, and they are not here: they come with the repository."
    raise ConfigurationError(msg, hint="Clone the repository, go there and run 'make demo'.")


def _roots() -> Iterator[Path]:
    here = Path.cwd()
    yield from Path(backhaul.__file__).resolve().parents
    yield from (here, *here.parents)
