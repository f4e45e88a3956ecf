from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize("host", ["localhost", "localhost:8800", "127.0.0.1:1", "[::1]:8800", "LOCALHOST"])
def test_a_caller_on_this_machine_is_admitted(ask: Any, host: str) -> None:
    assert ask("GET", "/v1/accounts", Host=host).status == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "10.0.0.1", ""])
def test_a_page_that_renamed_itself_to_this_machine_is_refused(ask: Any, host: str) -> None:
    refused = ask("GET", "/v1/accounts", Host=host)
    assert (refused.status, refused.document["type"]) == (403, "/problems/forbidden")


def test_a_forwarded_caller_is_refused(ask: Any) -> None:
    assert ask("GET", "/v1/accounts", X_Forwarded_For="192.0.2.7").status == 403


def test_back_offices_come_from_anywhere(ask: Any, proven: dict[str, str]) -> None:
    elsewhere = {"Host": "backhaul.example", "X-Forwarded-For": "192.0.2.7"}
    assert ask("POST", "/inbound/pushing", b"x", **elsewhere, **proven).status == 422


def test_the_environment_cannot_let_strangers_forward_addresses(
    serving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    assert serving()._http.config.forwarded_allow_ips == ["127.0.0.1", "::1"]
