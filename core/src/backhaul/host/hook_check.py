"""What a hook plugin must be like before any of its hooks is called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from types import MappingProxyType, ModuleType
from typing import Any

import pluggy

from backhaul.sdk.errors import ConfigurationError, ErrorContext
from backhaul.sdk.hooks import HookSpecs

#: Every hook with the arguments it offers.
HOOKS = MappingProxyType(
    {
        name: tuple(inspect.signature(spec).parameters)[1:]
        for name, spec in vars(HookSpecs).items()
        if not name.startswith("_")
    }
)
_KNOWN = f"The hooks are: {', '.join(HOOKS)}."


def check_hooks(manager: pluggy.PluginManager, name: str, plugin: object) -> None:
    """Refuse what pluggy would overlook or fail at later.

    Raises ConfigurationError, naming the plugin, for an unknown hook (with the nearest name), an argument
    that the hook does not offer, a forgotten marker, a wrapper, and a plugin without any hook.
    """
    marked = dict(_marked(manager, plugin))
    for attribute, options in marked.items():
        hook = options.get("specname") or attribute
        if hook not in HOOKS:
            near = get_close_matches(hook, HOOKS, n=1)
            hint = f"Did you mean {near[0]}?" if near else _KNOWN
            raise refused(name, f"it implements {hook!r}, which is not a hook", hint)
        if options.get("wrapper") or options.get("hookwrapper"):
            raise refused(name, f"its {hook} is a wrapper", "Write it as a plain function.")
        accepted(name, hook, getattr(plugin, attribute))
    forgotten = next((hook for hook in HOOKS if hook not in marked and _own_function(plugin, hook)), None)
    if forgotten:
        raise refused(name, f"its {forgotten} is not marked", "Mark it with backhaul.sdk.hooks.hookimpl.")
    if not marked:
        raise refused(name, "it implements no hook", _KNOWN)


def accepted(plugin: str, hook: str, function: Callable[..., Any]) -> frozenset[str]:
    """The names of the arguments that an implementation takes.

    Raises ConfigurationError for an argument that the hook does not offer, even one with a default: it would
    never be given, which is a slip of the pen more often than a wish.
    """
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise refused(plugin, f"its {hook} is asynchronous or a generator", "Write it as a plain function.")
    names: set[str] = set()
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            names.update(HOOKS[hook])
        elif parameter.kind is parameter.POSITIONAL_ONLY or parameter.name not in HOOKS[hook]:
            offered = ", ".join(HOOKS[hook]) or "nothing"
            hint = f"{hook} offers by name: {offered}."
            raise refused(plugin, f"its {hook} takes {str(parameter).split(':')[0]!r}", hint)
        else:
            names.add(parameter.name)
    return frozenset(names)


def refused(plugin: str, reason: str, hint: str | None = None) -> ConfigurationError:
    """The error for hooks that cannot be used."""
    context = ErrorContext(plugin=plugin)
    return ConfigurationError(
        f"The hooks of plugin {plugin} are refused: {reason}.", hint=hint, context=context
    )


def _marked(manager: pluggy.PluginManager, plugin: object) -> Iterator[tuple[str, pluggy.HookimplOpts]]:
    for attribute in dir(plugin):
        options = manager.parse_hookimpl_opts(plugin, attribute)
        if options is not None:
            yield attribute, options


def _own_function(plugin: object, name: str) -> bool:
    member = inspect.getattr_static(plugin, name, None)
    elsewhere = isinstance(plugin, ModuleType) and getattr(member, "__module__", None) != plugin.__name__
    return inspect.isfunction(member) and not elsewhere
