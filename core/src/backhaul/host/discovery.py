"""Which plugins are installed, told from their specs alone: no adapter is imported."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

from backhaul.sdk.spec import CONTRACT, AdapterSpec

GROUP = "backhaul"


@dataclass(frozen=True, slots=True)
class Plugin:
    """One usable plugin: its spec and the distribution that brought it."""

    spec: AdapterSpec
    distribution: str
    version: str


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A plugin that is not used, and the reason, which tells the reader what to do."""

    name: str
    distribution: str
    reason: str

    def __str__(self) -> str:
        source = f" ({self.distribution})" if self.distribution else ""
        return f"plugin {self.name}{source}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Discovery:
    """What the installed distributions offer; `plugins` is ordered by name."""

    plugins: Mapping[str, Plugin]
    quarantined: tuple[Quarantined, ...] = ()


def discover(declared: Iterable[EntryPoint] | None = None) -> Discovery:
    """Load the spec of every installed plugin, each on its own: a broken one never stops the others.

    Two plugins of one name are both quarantined, unloaded: whichever won, deliveries would go through code
    that the operator did not choose. `declared` replaces the installed entry points.
    """
    by_name: dict[str, list[EntryPoint]] = defaultdict(list)
    for point in entry_points(group=GROUP) if declared is None else declared:
        by_name[point.name].append(point)
    plugins: dict[str, Plugin] = {}
    quarantined: list[Quarantined] = []
    for name, points in sorted(by_name.items()):
        if len(points) > 1:
            quarantined += _collision(points)
            continue
        found = _load(points[0])
        if isinstance(found, Plugin):
            plugins[name] = found
        else:
            quarantined.append(found)
    return Discovery(MappingProxyType(plugins), tuple(quarantined))


def described(error: BaseException) -> str:
    """The type and text of a plugin's error, on one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _load(point: EntryPoint) -> Plugin | Quarantined:
    try:
        spec = point.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001  a plugin's import may raise anything, even exit
        return _quarantine(point, f"its entry point {point.value} does not load: {described(error)}")
    reason = _unfit(spec, point)
    return _quarantine(point, reason) if reason else Plugin(spec, *_origin(point))


def _unfit(spec: object, point: EntryPoint) -> str | None:
    if not isinstance(spec, AdapterSpec):
        return f"its entry point {point.value} is of type {type(spec).__name__}, not an AdapterSpec"
    if spec.contract != CONTRACT:
        return (
            f"it was built for contract {spec.contract!r}, this Backhaul has contract {CONTRACT}; "
            "install releases of the two that fit"
        )
    if spec.name != point.name:
        return f"its spec says the name {spec.name!r}, its entry point {point.name!r}; they must be equal"
    return None


def _collision(points: list[EntryPoint]) -> list[Quarantined]:
    sources = sorted(
        f"{' '.join(_origin(point)).strip() or 'an unknown distribution'} ({point.value})" for point in points
    )
    reason = f"{len(points)} plugins have this name: {', '.join(sources)}; uninstall all but one"
    return [_quarantine(point, reason) for point in points]


def _quarantine(point: EntryPoint, reason: str) -> Quarantined:
    return Quarantined(point.name, _origin(point)[0], reason)


def _origin(point: EntryPoint) -> tuple[str, str]:
    return (point.dist.name, point.dist.version) if point.dist else ("", "")
