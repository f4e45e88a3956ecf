from __future__ import annotations

from typing import Any

import pytest

from backhaul.bootstrap import Backhaul
from backhaul.gateway.app import create_app


def test_the_framework_reports_nothing_to_elsewhere(
    backhaul: Backhaul, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    app: Any = create_app(backhaul)
    assert not app._native_telemetry.enabled()
    assert not app._telemetry["auto_configure"]


def test_the_description_of_the_api_is_served(ask: Any) -> None:
    document = ask("GET", "/v1/openapi.json").document
    assert document["openapi"].startswith("3.1")
    assert {"/v1/{entity}", "/v1/processes/{name}", "/inbound/{back_office}/{rest}"} <= set(document["paths"])


def test_pages_with_scripts_from_elsewhere_are_not_served(ask: Any) -> None:
    assert [ask("GET", path).status for path in ("/docs", "/redoc")] == [404, 404]
