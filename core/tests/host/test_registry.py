from __future__ import annotations

import sys
from typing import Any

import pytest

from backhaul.host.discovery import Quarantined, discover
from backhaul.host.hook_dispatch import HookDispatch
from backhaul.host.registry import Loaded, Registry
from backhaul.sdk.adapter import Adapter
from backhaul.sdk.errors import ConfigurationError

ADAPTER = """
from backhaul.sdk.adapter import Adapter
from backhaul.sdk.settings import AdapterSettings

class Settings(AdapterSettings):
    url: str

class Ours(Adapter[Settings]):
    pass

class Unset(Adapter):
    settings_type = None

other = 1
"""
HOOKS = """
from backhaul.sdk.hooks import hookimpl

@hookimpl
def should_send(record):
    return False

class Hooks:
    @hookimpl
    def entity_changed(self, change): ...
"""


def registry(site: Any, *, strict: bool = False) -> Registry:
    return Registry(discover(site.entry_points()), strict=strict)


def reason(found: object) -> str:
    assert isinstance(found, Quarantined), found
    return found.reason


@pytest.fixture
def plugins(site: Any) -> Any:
    site.module("ours_adapter", ADAPTER)
    site.module("ours_hooks", HOOKS)
    site.plugin("ours", adapter="ours_adapter:Ours", hooks="ours_hooks:Hooks")
    return site


def test_an_adapter_is_imported_when_it_is_asked_for(plugins: Any) -> None:
    found = registry(plugins)
    assert "ours_adapter" not in sys.modules
    adapter = found.adapter("ours")
    assert isinstance(adapter, type)
    assert issubclass(adapter, Adapter)
    assert adapter.settings_type.__name__ == "Settings"
    assert found.adapter("ours") is adapter
    assert found.quarantined == ()


@pytest.mark.parametrize("attribute", ["", ":Hooks"])
def test_hooks_are_a_module_or_a_class(plugins: Any, attribute: str) -> None:
    plugins.plugin("listener", hooks=f"ours_hooks{attribute}")
    hooks = registry(plugins).hooks([], ["listener"])
    order = HookDispatch(hooks).order("entity_changed" if attribute else "should_send")
    assert order == ("listener",)


def test_hooks_of_plugins_that_nobody_uses_stay_unloaded(plugins: Any) -> None:
    plugins.plugin("bare", adapter="ours_adapter:Ours")
    found = registry(plugins)
    assert found.hooks(["bare"]) == {}
    assert "ours_hooks" not in sys.modules
    assert list(found.hooks(["ours", "bare"])) == ["ours"]


@pytest.mark.parametrize(
    ("adapter", "expected"),
    [
        ("ours_adapter:other", "ours_adapter:other cannot be used: TypeError: 1 is not a subclass of"),
        ("ours_adapter:Settings", "is not a subclass of backhaul.sdk.Adapter"),
        ("ours_adapter:Unset", "its settings_type is not a subclass of AdapterSettings"),
        ("ours_adapter:Ourz", "AttributeError: module 'ours_adapter' has no attribute 'Ourz'"),
        ("not_there:Ours", "ModuleNotFoundError: No module named 'not_there'"),
        ("failing:Ours", "OSError: libvendor.so is missing"),
        ("leaving:Ours", "SystemExit: 1"),
        (None, "it has no adapter"),
    ],
)
def test_a_broken_adapter_does_not_stop_the_others(plugins: Any, adapter: str | None, expected: str) -> None:
    plugins.module("failing", "raise OSError('libvendor.so is missing')")
    plugins.module("leaving", "import sys; sys.exit(1)")
    plugins.plugin("broken", adapter=adapter)
    found = registry(plugins)
    assert expected in reason(found.adapter("broken"))
    assert isinstance(found.adapter("ours"), type)
    with pytest.raises(ConfigurationError, match=r"Plugin broken \(site-broken\): "):
        registry(plugins, strict=True).adapter("broken")


def test_a_plugin_whose_hooks_do_not_load_is_not_used_without_them(plugins: Any) -> None:
    plugins.plugin("half", adapter="ours_adapter:Ours", hooks="ours_hooks:Nothing")
    found = registry(plugins)
    assert "ours_hooks:Nothing cannot be used: AttributeError" in reason(found.adapter("half"))
    assert found.hooks(["half", "ours"]).keys() == {"ours"}
    assert [one.name for one in found.quarantined] == ["half"]


def test_a_plugin_that_is_not_installed_is_held_with_the_nearest_name(plugins: Any) -> None:
    found = registry(plugins)
    assert reason(found.adapter("our")) == "it is not installed; did you mean ours?"
    assert reason(found.adapter("zebra")) == "it is not installed; installed are: ours"
    assert [one.name for one in found.quarantined] == ["our", "zebra"]


def test_a_plugin_quarantined_at_discovery_keeps_that_reason(plugins: Any) -> None:
    plugins.plugin("old", contract=7)
    found = registry(plugins)
    assert "contract 7" in reason(found.adapter("old"))
    assert len(found.quarantined) == 1


def test_strict_refuses_what_cannot_be_used(plugins: Any) -> None:
    found = registry(plugins, strict=True)
    assert isinstance(found.load("ours"), Loaded)
    with pytest.raises(ConfigurationError) as caught:
        found.load("zebra")
    assert str(caught.value) == (
        "Plugin zebra: it is not installed; installed are: ours. [plugin zebra] "
        "Install or repair it, or take it out of the deployment file."
    )


@pytest.mark.parametrize(("name", "expected"), [("zebra", "not installed"), ("bare", "it has no hooks")])
def test_required_hooks_are_never_left_out(plugins: Any, name: str, expected: str) -> None:
    plugins.plugin("bare", adapter="ours_adapter:Ours")
    with pytest.raises(ConfigurationError, match=expected):
        registry(plugins).hooks([], [name])
