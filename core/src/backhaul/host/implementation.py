"""The implementations of the hooks, attributed to their plugins and in their stated order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pluggy

from backhaul.host.discovery import described
from backhaul.host.hook_check import HOOKS, accepted, check_hooks, refused
from backhaul.sdk.errors import ErrorContext, HookError
from backhaul.sdk.hooks import PROJECT, HookSpecs


@dataclass(frozen=True, slots=True)
class Implementation:
    """One plugin's function for one hook."""

    plugin: str
    hook: str
    function: Callable[..., Any]
    accepts: frozenset[str]

    def call(self, arguments: Mapping[str, object]) -> Any:
        """What the function returns, given the arguments it accepts. Raises whatever it raises."""
        return self.function(**{name: value for name, value in arguments.items() if name in self.accepts})

    def failed(self, cause: Exception, context: ErrorContext) -> HookError:
        """The error for a function that raised."""
        message = f"Hook {self.hook} of plugin {self.plugin} failed: {described(cause)}"
        return HookError(message, plugin=self.plugin, hook=self.hook, context=context)

    def misfit(self, reason: str, context: ErrorContext) -> HookError:
        """The error for a function whose result cannot be used."""
        message = f"Hook {self.hook} of plugin {self.plugin} {reason}."
        return HookError(message, plugin=self.plugin, hook=self.hook, context=context)


def implementations(plugins: Mapping[str, object]) -> Mapping[str, tuple[Implementation, ...]]:
    """Hook to its implementations as they are called: `tryfirst`, the others, `trylast`; each by plugin name.

    Installation and registration order play no part. Raises ConfigurationError, naming the plugin, for
    hooks that cannot be used.
    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(HookSpecs)
    for name, plugin in plugins.items():
        check_hooks(manager, name, plugin)
        try:
            manager.register(plugin, name=name)
        except (pluggy.PluginValidationError, ValueError) as error:
            raise refused(name, described(error)) from error
    return MappingProxyType({hook: tuple(_in_order(manager, hook)) for hook in HOOKS})


def _in_order(manager: pluggy.PluginManager, hook: str) -> Iterator[Implementation]:
    found = getattr(manager.hook, hook).get_hookimpls()
    for one in sorted(found, key=lambda one: (one.trylast - one.tryfirst, one.plugin_name)):
        names = accepted(one.plugin_name, hook, one.function)
        yield Implementation(one.plugin_name, hook, one.function, names)
