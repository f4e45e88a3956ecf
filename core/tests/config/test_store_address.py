from __future__ import annotations

from pathlib import Path

import pytest

from backhaul.config.store_address import store_address, without_password
from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.secret import Secret

FOLDER = Path("/srv/site")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///backhaul.db", "sqlite:////srv/site/backhaul.db"),
        ("sqlite+pysqlite:///data/b.db?timeout=3", "sqlite+pysqlite:////srv/site/data/b.db?timeout=3"),
        ("sqlite:////var/lib/b.db", "sqlite:////var/lib/b.db"),
        ("sqlite://", "sqlite://"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("sqlite:///file:b.db?uri=true", "sqlite:///file:b.db?uri=true"),
        ("postgresql+psycopg://u@db:5432/b", "postgresql+psycopg://u@db:5432/b"),
    ],
)
def test_a_relative_file_lies_beside_the_deployment_file(url: str, expected: str) -> None:
    assert store_address(url, None, FOLDER) == expected


def test_the_password_is_put_in_and_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "p@ss/w:rd%é")
    address = store_address("postgresql://u@db/b?x=1", Secret.from_env("DB_PASSWORD"), FOLDER)
    assert address == "postgresql://u:p%40ss%2Fw%3Ard%25%C3%A9@db/b?x=1"


def test_a_whole_url_may_be_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_URL", "postgresql://u:pw@db/b")
    assert store_address(Secret.from_env("DB_URL"), None, FOLDER) == "postgresql://u:pw@db/b"


@pytest.mark.parametrize("url", ["postgresql://db/b", "sqlite:///b.db", "postgresql:///b?user=a@b"])
def test_a_password_needs_a_user(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "pw")
    with pytest.raises(ConfigurationError, match="names no user"):
        store_address(url, Secret.from_env("DB_PASSWORD"), FOLDER)


@pytest.mark.parametrize(
    "url",
    ["postgresql://u:hunter2@db/b", "postgresql://db/b?password=hunter2", "mysql://db/b?PASSWD=hunter2"],
)
def test_a_literal_password_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ValueError, match="a password is never written here") as caught:
        without_password(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["", "backhaul.db", "http://[::1/x"])
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(ValueError, match="this is not a URL"):
        without_password(url)
