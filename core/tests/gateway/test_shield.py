from __future__ import annotations

import logging
from typing import Any

import pytest

from backhaul.bootstrap import Backhaul
from backhaul.sdk.errors import ConfigurationError


def test_a_defect_is_answered_and_its_text_not_logged(
    ask: Any, backhaul: Backhaul, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    data = "made-up"

    def broken(*_: object) -> None:
        raise ZeroDivisionError(data)

    monkeypatch.setattr(type(backhaul.get), "by_id", broken)
    with caplog.at_level(logging.DEBUG):
        answer = ask("GET", "/v1/accounts/A-1")
    assert (answer.status, answer.document["type"]) == (500, "/problems/internal")
    assert "ZeroDivisionError" in caplog.text
    assert "test_shield.py" in caplog.text
    assert "made-up" not in caplog.text
    assert "made-up" not in answer.body.decode()


def test_a_fault_of_the_deployment_is_for_its_operator(
    ask: Any, backhaul: Backhaul, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def misconfigured(*_: object) -> None:
        raise ConfigurationError("The secret file /etc/made-up is missing.")

    monkeypatch.setattr(type(backhaul.get), "by_id", misconfigured)
    answer = ask("GET", "/v1/accounts/A-1")
    assert (answer.status, answer.document["type"]) == (500, "/problems/configuration")
    assert "/etc/made-up" not in answer.body.decode()
    assert "/etc/made-up" in caplog.text
