"""The deployment: what one file decides, typed and immutable."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from backhaul.config.locator import Locator
from backhaul.config.model_keys import suggestion
from backhaul.config.problem import DeploymentError, Problem
from backhaul.config.store_address import store_address
from backhaul.config.tables import BackOfficeTable, DeploymentTable, ServeTable, StoreTable
from backhaul.config.validation import Source
from backhaul.config.value_maps import ValueMaps, value_maps
from backhaul.processes.ownership import Ownership
from backhaul.processes.route import Route
from backhaul.sdk.errors import ConfigurationError, NotFoundError
from backhaul.sdk.settings import AdapterSettings

S = TypeVar("S", bound=AdapterSettings)

_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Deployment:
    """One `backhaul.toml`, valid in itself; `backhaul.config.checks` holds it against what is installed."""

    path: Path
    store: StoreTable
    serve: ServeTable
    hook_plugins: tuple[str, ...]
    back_offices: Mapping[str, BackOfficeTable]
    routes: tuple[Route, ...]
    ownership: Ownership
    value_maps: ValueMaps
    source: Source = field(repr=False, compare=False)

    def store_url(self) -> str:
        """The address of the store with its password; a relative SQLite file lies beside the deployment file.

        Raises ConfigurationError if a secret cannot be read.
        """
        try:
            return store_address(self.store.url, self.store.password, self.path.absolute().parent)
        except ConfigurationError as error:
            raise DeploymentError([self.source.problem(("store",), str(error))]) from error

    def settings_for(self, back_office: str, settings_type: type[S]) -> S:
        """The settings of a back office, by its adapter's settings class.

        Raises DeploymentError with every fault of its table, and NotFoundError for an unknown name.
        """
        table = self.back_offices.get(back_office)
        if table is None:
            msg = f"There is no back office {back_office!r}; {suggestion(back_office, self.back_offices)}"
            raise NotFoundError(msg)
        return self.source.validated(settings_type, table.settings, ("backoffice", back_office))

    def all_settings(
        self, types: Mapping[str, type[AdapterSettings]]
    ) -> tuple[dict[str, AdapterSettings], tuple[Problem, ...]]:
        """The settings of these back offices and what is wrong with the others', to be reported at once."""
        settings: dict[str, AdapterSettings] = {}
        problems: list[Problem] = []
        for name, settings_type in types.items():
            try:
                settings[name] = self.settings_for(name, settings_type)
            except DeploymentError as error:
                problems.extend(error.problems)
        return settings, tuple(problems)


def load_deployment(path: Path) -> Deployment:
    """Read a deployment file. Raises DeploymentError with everything that is wrong in it."""
    try:
        # Some editors begin UTF-8 with a byte order mark.
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        hint = "'backhaul init' writes a new one." if isinstance(error, FileNotFoundError) else None
        msg = f"The deployment file cannot be read: {error.strerror}."
        raise ConfigurationError(msg, file=str(path), hint=hint) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise DeploymentError([Problem(str(path), line, "this is not UTF-8 text")]) from None
    return parse_deployment(text, path)


def parse_deployment(text: str, path: Path) -> Deployment:
    """The deployment in a text that stands, or will stand, at `path`. Raises as `load_deployment` does."""
    raw, source = _parsed(text, str(path))
    tables = source.validated(DeploymentTable, raw, quoting=True)
    return Deployment(
        path=path,
        store=tables.store,
        serve=tables.serve,
        hook_plugins=tables.hooks.plugins,
        back_offices=MappingProxyType(tables.backoffice),
        routes=tuple(table.route() for table in tables.route),
        ownership=Ownership(tables.ownership),
        value_maps=value_maps(tables.value_map),
        source=source,
    )


def _parsed(text: str, file: str) -> tuple[Mapping[str, Any], Source]:
    try:
        return tomllib.loads(text), Source(file, Locator.of(text))
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        line = int(place["line"]) if place and place["line"] else text.count("\n") + 1
        message = f"this is not TOML: {_PLACE.sub('', str(error))}"
        raise DeploymentError([Problem(file, line, message)]) from None
