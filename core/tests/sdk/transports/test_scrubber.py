from __future__ import annotations

import json

import pytest

from backhaul.sdk.transports.scrubber import Scrubber

HIDDEN = "hunter2"


@pytest.mark.parametrize(
    "text",
    [
        '{"password": "hunter2"}',
        '{"Password":"hunter2","name":"Anna"}',
        '{"a":[{"access_token" : "hunter2"}]}',
        '{"accessToken":"hunter2"}',
        '{"card-number": {"value": ["hunter2"]}}',
        '{"pin": "a\\"hunter2"}',
        '{"name":"Anna","password":"hunter2',
        '{"password":["x","hunter2"',
        '{"inner":"{\\"password\\":\\"hunter2\\"}"}',
        "<a><password>hunter2</password></a>",
        '<a><w:Password xml:lang="en">hunter2</w:Password></a>',
        "<a><password>hunter2",
        '<login user="anna" password="hunter2"/>',
        "grant=x&client_secret=hunter2",
        "client_secret=hunter2&grant=x",
        "customer?token=hunter2",
    ],
)
def test_secrets_are_removed(text: str) -> None:
    scrubbed = Scrubber().text(text)
    assert HIDDEN not in scrubbed
    assert "***" in scrubbed


@pytest.mark.parametrize(
    "text",
    [
        '{"name":"Anna","passwords_changed":3,"tokenised":true}',
        "<passwordPolicy>strong</passwordPolicy>",
        "a=1&broken_pin_count=2",
        "",
    ],
)
def test_everything_else_stays(text: str) -> None:
    assert Scrubber().text(text) == text


def test_what_surrounds_a_secret_stays() -> None:
    text = '{"a": 10.10, "password": "x", "b": [1, {"pin": 5, "c": "d"}]}'
    assert json.loads(Scrubber().text(text)) == {
        "a": 10.1,
        "password": "***",
        "b": [1, {"pin": "***", "c": "d"}],
    }
    assert (
        Scrubber().text("<a><pin>1</pin><b>2</b><pin>3</pin></a>")
        == "<a><pin>***</pin><b>2</b><pin>***</pin></a>"
    )


def test_headers_and_query() -> None:
    scrubber = Scrubber(fields={"msisdn"}, headers={"X-Site"})
    headers = {
        "Authorization": "x",
        "X-Auth-Token": "x",
        "X-SITE": "x",
        "Cookie": "x",
        "Idempotency-Key": "7",
    }
    assert scrubber.headers(headers) == {
        "authorization": "***",
        "x-auth-token": "***",
        "x-site": "***",
        "cookie": "***",
        "idempotency-key": "7",
    }
    assert scrubber.query({"MSISDN": "1", "limit": "5"}) == {"MSISDN": "***", "limit": "5"}


def test_without_names_nothing_is_removed() -> None:
    assert Scrubber(fields=()).text('{"password":"x"}') == '{"password":"x"}'
