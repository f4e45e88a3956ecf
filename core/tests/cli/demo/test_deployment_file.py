"""The demo's copy of the example deployment."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from backhaul.cli.demo.deployment_file import write_deployment
from backhaul.cli.demo.examples import find_examples
from backhaul.config import load_deployment
from backhaul.sdk.errors import ConfigurationError

ADDRESSES = {"crm_north": "http://127.0.0.1:1", "crm_south": "http://127.0.0.1:2"}


def test_only_the_addresses_are_replaced(tmp_path: Path) -> None:
    example, copy = find_examples().deployment, tmp_path / "backhaul.toml"
    write_deployment(example, copy, ADDRESSES)
    before, after = (tomllib.loads(path.read_text(encoding="utf-8")) for path in (example, copy))
    for name, address in ADDRESSES.items():
        assert after["backoffice"][name].pop("url") == f"{address}/tmf-api"
        before["backoffice"][name].pop("url")
    assert after == before


def test_the_example_is_a_valid_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_NORTH_INBOUND_TOKEN", "made up")
    assert set(load_deployment(find_examples().deployment).back_offices) == set(ADDRESSES)


def test_an_example_without_the_back_office_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no back office crm_west"):
        write_deployment(
            find_examples().deployment, tmp_path / "copy.toml", {"crm_west": "http://127.0.0.1:3"}
        )
