"""The adapters and hooks behind the specs, loaded when a deployment uses them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from backhaul.host.discovery import Discovery, Plugin, Quarantined, described
from backhaul.host.references import referenced
from backhaul.sdk.adapter import Adapter
from backhaul.sdk.errors import ConfigurationError, ErrorContext
from backhaul.sdk.settings import AdapterSettings


@dataclass(frozen=True, slots=True)
class Loaded:
    """A plugin in use: its adapter class and its hooks, where it has them."""

    plugin: Plugin
    adapter: type[Adapter[Any]] | None
    hooks: object | None


class Registry:
    """Plugin name to adapter class and hooks.

    A plugin is taken whole or not at all: one whose hooks do not load must not send without them. What
    cannot be used is quarantined with its reason and the others go on; with `strict` it is a
    ConfigurationError at once.
    """

    def __init__(self, discovery: Discovery, *, strict: bool = False) -> None:
        self._discovery = discovery
        self._strict = strict
        self._known: dict[str, Loaded | Quarantined] = {}

    @property
    def quarantined(self) -> tuple[Quarantined, ...]:
        """What cannot be used, as far as it is known: found at discovery, or when it was asked for."""
        late = (one for one in self._known.values() if isinstance(one, Quarantined))
        return tuple(dict.fromkeys((*self._discovery.quarantined, *late)))

    def load(self, name: str) -> Loaded | Quarantined:
        """The plugin of this name, imported at the first call. Raises ConfigurationError only if strict."""
        if name not in self._known:
            plugin = self._discovery.plugins.get(name)
            self._known[name] = _load(plugin) if plugin else self._missing(name)
        found = self._known[name]
        if self._strict and isinstance(found, Quarantined):
            raise _refused(found)
        return found

    def adapter(self, name: str) -> type[Adapter[Any]] | Quarantined:
        """The adapter class of a plugin. Raises ConfigurationError only if strict."""
        found = self.load(name)
        if isinstance(found, Quarantined):
            return found
        if found.adapter is not None:
            return found.adapter
        reason = "it has no adapter, so it cannot be the plugin of a back office"
        quarantined = Quarantined(name, found.plugin.distribution, reason)
        if self._strict:
            raise _refused(quarantined)
        return quarantined

    def hooks(self, in_use: Iterable[str], required: Iterable[str] = ()) -> dict[str, object]:
        """Plugin name to hooks, for `HookDispatch`.

        Of the plugins in use by back offices, those that have hooks; and every `required` one: it may be
        there to veto or to complete what is sent, so going on without it is never safe. Raises
        ConfigurationError if a required one cannot be used or has no hooks.
        """
        found = {name: self.load(name) for name in in_use}
        hooks = {
            name: one.hooks
            for name, one in found.items()
            if isinstance(one, Loaded) and one.hooks is not None
        }
        for name in required:
            one = self.load(name)
            if isinstance(one, Quarantined):
                raise _refused(one)
            if one.hooks is None:
                raise _refused(Quarantined(name, one.plugin.distribution, "it has no hooks"))
            hooks[name] = one.hooks
        return hooks

    def _missing(self, name: str) -> Quarantined:
        unfit = [one for one in self._discovery.quarantined if one.name == name]
        if unfit:
            return unfit[0]
        near = get_close_matches(name, self._discovery.plugins, n=1)
        installed = ", ".join(self._discovery.plugins) or "none"
        advice = f"did you mean {near[0]}?" if near else f"installed are: {installed}"
        return Quarantined(name, "", f"it is not installed; {advice}")


def _load(plugin: Plugin) -> Loaded | Quarantined:
    spec = plugin.spec
    adapter, hooks = None, None
    try:
        if spec.adapter is not None:
            adapter = _adapter(spec.adapter)
        if spec.hooks is not None:
            hooks = _hooks(spec.hooks)
    except (Exception, SystemExit) as error:  # noqa: BLE001  a plugin's import may raise anything, even exit
        reference = spec.adapter if adapter is None and spec.adapter else spec.hooks
        return Quarantined(spec.name, plugin.distribution, f"{reference} cannot be used: {described(error)}")
    return Loaded(plugin, adapter, hooks)


def _adapter(reference: str) -> type[Adapter[Any]]:
    found = referenced(reference)
    if not (isinstance(found, type) and issubclass(found, Adapter)):
        raise TypeError(f"{found!r} is not a subclass of backhaul.sdk.Adapter")
    settings: object = found.settings_type
    if not (isinstance(settings, type) and issubclass(settings, AdapterSettings)):
        raise TypeError("its settings_type is not a subclass of AdapterSettings")
    return found


def _hooks(reference: str) -> object:
    found = referenced(reference)
    return found() if isinstance(found, type) else found


def _refused(quarantined: Quarantined) -> ConfigurationError:
    hint = "Install or repair it, or take it out of the deployment file."
    return ConfigurationError(
        f"P{str(quarantined)[1:]}.", hint=hint, context=ErrorContext(plugin=quarantined.name)
    )
