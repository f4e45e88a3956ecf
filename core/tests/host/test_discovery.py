from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from backhaul.host.discovery import Quarantined, described, discover


def only(quarantined: tuple[Quarantined, ...]) -> Quarantined:
    (found,) = quarantined
    return found


def test_a_plugin_is_listed_with_its_distribution(site: Any) -> None:
    site.plugin("ours", adapter="ours_adapter:Ours")
    found = discover(site.entry_points())
    assert found.quarantined == ()
    plugin = found.plugins["ours"]
    assert (plugin.distribution, plugin.version) == ("site-ours", "1.0")
    assert plugin.spec.adapter == "ours_adapter:Ours"


def test_plugins_are_ordered_by_name(site: Any) -> None:
    for name in ("zulu", "alpha", "mike"):
        site.plugin(name)
    assert list(discover(site.entry_points()).plugins) == ["alpha", "mike", "zulu"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise RuntimeError('no licence\\nfound')", "RuntimeError: no licence found"),
        ("import no_such_module_at_all", "ModuleNotFoundError: No module named 'no_such_module_at_all'"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("other = 1", "AttributeError"),
        ("spec = (", "SyntaxError"),
    ],
)
def test_a_plugin_that_does_not_load_does_not_stop_the_others(site: Any, body: str, reason: str) -> None:
    site.module("broken", body)
    site.distribution("site-broken", "broken = broken:spec")
    site.plugin("good")
    found = discover(site.entry_points())
    assert list(found.plugins) == ["good"]
    quarantined = only(found.quarantined)
    assert (quarantined.name, quarantined.distribution) == ("broken", "site-broken")
    assert "its entry point broken:spec does not load" in quarantined.reason
    assert reason in quarantined.reason


def test_what_is_not_a_spec_is_quarantined(site: Any) -> None:
    site.module("odd", "spec = {'name': 'odd'}")
    site.distribution("site-odd", "odd = odd:spec")
    assert "of type dict, not an AdapterSpec" in only(discover(site.entry_points()).quarantined).reason


@pytest.mark.parametrize("contract", [0, 2, "1"])
def test_a_plugin_for_another_contract_is_quarantined(site: Any, contract: object) -> None:
    site.plugin("old", contract=contract)
    quarantined = only(discover(site.entry_points()).quarantined)
    assert f"built for contract {contract!r}, this Backhaul has contract 1" in quarantined.reason


def test_a_spec_under_another_name_is_quarantined(site: Any) -> None:
    site.plugin("one")
    site.distribution("site-other", "other = one_spec:spec")
    found = discover(site.entry_points())
    assert list(found.plugins) == ["one"]
    assert "spec says the name 'one', its entry point 'other'" in only(found.quarantined).reason


def test_of_two_plugins_with_one_name_neither_wins_or_is_loaded(site: Any) -> None:
    site.plugin("twin")
    site.module("intruder", "raise AssertionError('loaded')")
    site.distribution("site-intruder", "twin = intruder:spec", version="2.0")
    found = discover(site.entry_points())
    assert not found.plugins
    assert {one.distribution for one in found.quarantined} == {"site-twin", "site-intruder"}
    for one in found.quarantined:
        assert "site-intruder 2.0 (intruder:spec), site-twin 1.0 (twin_spec:spec)" in one.reason
        assert "uninstall all but one" in one.reason


def test_an_interrupt_is_not_a_fault_of_the_plugin(site: Any) -> None:
    site.module("slow", "raise KeyboardInterrupt")
    site.distribution("site-slow", "slow = slow:spec")
    with pytest.raises(KeyboardInterrupt):
        discover(site.entry_points())


def test_the_installed_plugins_are_found() -> None:
    found = discover()
    assert {"billing_brm", "file_backoffice", "rest_backoffice", "soap_backoffice"} <= set(found.plugins)


def test_a_quarantined_plugin_reads_as_one_line() -> None:
    assert str(Quarantined("a", "site-a", "it is late")) == "plugin a (site-a): it is late"
    assert str(Quarantined("a", "", "it is late")) == "plugin a: it is late"
    assert described(KeyError()) == "KeyError"


def test_listing_plugins_loads_nothing_heavy() -> None:
    program = (
        "import sys; from backhaul.host.discovery import discover; discover();"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    heavy = {
        "pydantic",
        "sqlalchemy",
        "marshmallow",
        "pluggy",
        "urllib3",
        "zeep",
        "requests",
        "fastapi",
        "typer",
    }
    loaded = set(done.stdout.split())
    assert "backhaul_billing_brm" in loaded
    assert not heavy & loaded
