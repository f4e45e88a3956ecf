"""The tables of a deployment file, as they stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictInt

from backhaul.config.duration import Duration
from backhaul.config.store_address import StoreUrl
from backhaul.config.value_maps import checked_codes
from backhaul.processes.ownership import SHARED
from backhaul.processes.route import FirstSend, Mode, Payload, Route, Trigger, UnmatchedUpdate
from backhaul.sdk.envelope import FRONT
from backhaul.sdk.secret import Secret

_RESERVED = (FRONT, SHARED)
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_HTTP_ADDRESS = re.compile(r"https?://[^/?#@\s]+(?:/[^?#\s]*)?")


class Table(BaseModel):
    """A table with a closed set of keys; its errors never show a value."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class StoreTable(Table):
    """`[store]`: where everything is kept. The url holds no password, or is a secret as a whole."""

    url: StoreUrl = "sqlite:///backhaul.db"
    password: Secret | None = None


def _http_address(url: str) -> str:
    if not _HTTP_ADDRESS.fullmatch(url):
        msg = "write an address such as https://backhaul.example, without query or user"
        raise ValueError(msg)
    return url


class ServeTable(Table):
    """`[serve]`: where the gateway listens, and `base_url`, under which back offices reach it."""

    host: str = Field(default="127.0.0.1", min_length=1)
    port: StrictInt = Field(default=8800, ge=0, le=65_535)
    base_url: Annotated[str, AfterValidator(_http_address)] | None = None

    @property
    def address(self) -> str:
        """`base_url` without a slash at its end; by default what host and port say."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.base_url or f"http://{host}:{self.port}").rstrip("/")


class HooksTable(Table):
    """`[hooks]`: plugins whose hooks run although no back office uses them, and without which none starts."""

    plugins: tuple[str, ...] = ()


class BackOfficeTable(Table):
    """`[backoffice.NAME]`: the plugin and its own settings, unread until its settings class is known."""

    model_config = ConfigDict(extra="allow")

    plugin: str = Field(min_length=1)

    @property
    def settings(self) -> Mapping[str, Any]:
        """Every key but `plugin`, as it stands in the file."""
        return self.model_extra or {}

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        # A secret may have been written where it must not, so what is unread is not shown.
        yield "plugin", self.plugin


def _listed(value: object) -> object:
    if isinstance(value, str):
        msg = f'write a list, even of one: ["{value}"]'
        raise ValueError(msg)  # noqa: TRY004  (pydantic reports a ValueError, and raises a TypeError on)
    return value


def _targets(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        msg = "name at least one back office"
        raise ValueError(msg)
    if len(set(names)) != len(names):
        msg = "each name stands here once"
        raise ValueError(msg)
    return names


def _flat(value: object) -> object:
    """Nested tables as dotted paths: ``a.b = 1`` and ``"a.b" = 1`` mean the same."""
    if not isinstance(value, Mapping):
        return value
    flat: dict[str, Any] = {}
    for path, member in _flattened(value, ""):
        if path in flat:
            msg = f"{path} stands here twice"
            raise ValueError(msg)
        flat[path] = member
    return flat


def _flattened(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flattened(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _condition(value: object) -> object:
    members = value if isinstance(value, list) else [value]
    if not all(isinstance(member, str | int | float) for member in members):
        msg = "a condition is text, a number, true or false, or a list of them; write dates in quotes"
        raise ValueError(msg)
    return value


Conditions: TypeAlias = Annotated[
    dict[str, Annotated[Any, AfterValidator(_condition)]], BeforeValidator(_flat)
]
Owners: TypeAlias = Annotated[dict[str, str], BeforeValidator(_flat)]


class RouteTable(Table):
    """`[[route]]`; see `backhaul.processes.route.Route`. Durations are numbers of seconds or text ("2s")."""

    process: str = Field(min_length=1)
    to: Annotated[tuple[str, ...], BeforeValidator(_listed), AfterValidator(_targets)]
    when: Conditions = Field(default_factory=dict)
    trigger: Trigger = Trigger.SAVE
    payload: Payload = Payload.LATEST
    settle: Duration = 0.0
    first_send: FirstSend = FirstSend.CREATE
    mode: Mode = Mode.LIVE
    not_after: Duration | None = None
    unmatched_update: UnmatchedUpdate = UnmatchedUpdate.REFUSE

    def route(self) -> Route:
        """The route that it describes."""
        return Route(**{name: getattr(self, name) for name in type(self).model_fields})


def _back_office_name(name: str) -> str:
    if name in _RESERVED:
        msg = f"a back office cannot have this name: {' and '.join(_RESERVED)} are owners of fields"
        raise ValueError(msg)
    if not _NAME.fullmatch(name):
        msg = "a back office is named with up to 64 small letters, digits, _ and -, a letter first"
        raise ValueError(msg)
    return name


BackOfficeName: TypeAlias = Annotated[str, AfterValidator(_back_office_name)]


class DeploymentTable(Table):
    """The whole file."""

    store: StoreTable = StoreTable()
    serve: ServeTable = ServeTable()
    hooks: HooksTable = HooksTable()
    backoffice: dict[BackOfficeName, BackOfficeTable] = Field(default_factory=dict)
    route: tuple[RouteTable, ...] = ()
    ownership: dict[str, Owners] = Field(default_factory=dict)
    value_map: dict[str, dict[str, Annotated[dict[str, Any], AfterValidator(checked_codes)]]] = Field(
        default_factory=dict
    )
