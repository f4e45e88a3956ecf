"""What a plugin's entry point names; it loads neither pydantic nor a transport."""

from __future__ import annotations

from dataclasses import dataclass

#: The version of the contract between Backhaul and its plugins. A plugin built for another is quarantined.
CONTRACT = 1


@dataclass(frozen=True, slots=True)
class AdapterSpec:
    """One plugin as `backhaul plugins` lists it, without importing its adapter.

    `adapter` and `hooks` are ``module:attribute`` references, resolved only when a deployment uses the
    plugin; `simulator` is a module that runs with ``python -m``.
    """

    name: str
    contract: int
    summary: str
    adapter: str | None = None
    simulator: str | None = None
    hooks: str | None = None
