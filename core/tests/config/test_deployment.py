from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Self

import pytest
from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator, model_validator

from backhaul.config import Deployment, DeploymentError, load_deployment, parse_deployment
from backhaul.processes.route import FirstSend, Mode, Route
from backhaul.sdk.errors import ConfigurationError, NotFoundError
from backhaul.sdk.secret import Secret
from backhaul.sdk.settings import AdapterSettings

NEVER_HERE = 'a secret is never written here; write { env = "NAME" } or { file = "/path" }'
FULL = """
[store]
url = "sqlite:///data.db"

[backoffice.billing]
plugin = "billing_brm"
url = "https://brm.example/infranetwebsvc"
password = { env = "BRM_PASSWORD" }
max_in_flight = 4

[[route]]
process = "CUT Send Account Data"
to = ["billing"]
when = { status = ["active", "suspended"], credit_profile.status = "good" }
settle = "2s"
first_send = "match_then_create"
not_after = 3600

[[route]]
process = "Send Contact Data"
to = ["billing"]
mode = "dry"

[ownership.account]
"credit_profile.*" = "billing"
addresses.city = "front"

[value_map.billing.status]
active = 10100
closed = 10103
suspended = 10103
inverse = { 10103 = "closed" }

[serve]
port = 8900
"""


class Retry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    times: int
    pauses: list[float] = []


class BrmSettings(AdapterSettings):
    url: str
    password: Secret
    folder: Path = Path()
    retry: Retry | None = None

    @field_validator("url")
    @classmethod
    def _https(cls, url: str) -> str:
        if not url.startswith("https://"):
            msg = f"{url} does not begin with https"
            raise ValueError(msg)
        return url

    @field_validator("folder")
    @classmethod
    def _beside_the_file(cls, folder: Path, info: ValidationInfo) -> Path:
        assert info.context is not None
        return Path(info.context["folder"]) / folder

    @model_validator(mode="after")
    def _patient(self) -> Self:
        if self.timeout > self.settle_after:
            msg = "timeout must not be longer than settle_after"
            raise ValueError(msg)
        return self


def parse(text: str) -> Deployment:
    return parse_deployment(text.lstrip("\n"), Path("/srv/site/backhaul.toml"))


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(DeploymentError) as caught:
        parse(text)
    return [(one.line, one.message) for one in caught.value.problems]


def settings_problems(table: str) -> list[tuple[int, str]]:
    deployment = parse(f'[backoffice.billing]\nplugin = "billing_brm"\n{table}')
    with pytest.raises(DeploymentError) as caught:
        deployment.settings_for("billing", BrmSettings)
    assert {one.file for one in caught.value.problems} == {"/srv/site/backhaul.toml"}
    return [(one.line, one.message) for one in caught.value.problems]


def test_a_whole_file() -> None:
    deployment = parse(FULL)
    assert deployment.store_url() == "sqlite:////srv/site/data.db"
    assert deployment.back_offices["billing"].plugin == "billing_brm"
    assert deployment.routes == (
        Route(
            "CUT Send Account Data",
            ("billing",),
            when={"status": ["active", "suspended"], "credit_profile.status": "good"},
            settle=2.0,
            first_send=FirstSend.MATCH_THEN_CREATE,
            not_after=3600.0,
        ),
        Route("Send Contact Data", ("billing",), mode=Mode.DRY),
    )
    assert deployment.ownership.owner("account", "credit_profile.status") == "billing"
    assert deployment.ownership.owner("account", "addresses[a].city") == "front"
    spelled = deployment.value_maps["billing"]["status"]
    assert (spelled.to_wire["suspended"], spelled.from_wire[10103]) == (10103, "closed")
    assert deployment.serve.address == "http://127.0.0.1:8900"


def test_what_an_empty_file_means() -> None:
    deployment = parse("")
    assert deployment.store_url() == "sqlite:////srv/site/backhaul.db"
    assert (deployment.serve.host, deployment.serve.port) == ("127.0.0.1", 8800)
    assert not deployment.back_offices
    assert (deployment.routes, deployment.hook_plugins) == ((), ())


def test_a_deployment_does_not_change() -> None:
    deployment = parse(FULL)
    with pytest.raises(FrozenInstanceError):
        deployment.routes = ()  # type: ignore[misc]
    with pytest.raises(TypeError):
        deployment.back_offices["other"] = deployment.back_offices["billing"]  # type: ignore[index]


def test_settings_are_those_of_the_plugin() -> None:
    settings = parse(FULL).settings_for("billing", BrmSettings)
    assert (settings.max_in_flight, settings.timeout) == (4, 30.0)
    assert settings.password.reference() == {"env": "BRM_PASSWORD"}


def test_a_relative_path_can_be_taken_from_the_folder_of_the_file() -> None:
    deployment = parse(FULL.replace("max_in_flight = 4", 'folder = "batches"'))
    assert deployment.settings_for("billing", BrmSettings).folder == Path("/srv/site/batches")


def test_settings_of_an_unknown_back_office() -> None:
    with pytest.raises(NotFoundError, match="no back office 'biling'; did you mean 'billing'"):
        parse(FULL).settings_for("biling", BrmSettings)


def test_every_problem_of_a_file_is_named_with_its_line() -> None:
    found = problems("""
[store]
url = "sqlite:///b.db"
urrl = 1
[backoffice.front]
plugn = "x"
[[route]]
process = "a"
to = []
settle = "5x"
mode = "liv"
when = { a.b = 1, "a.b" = 2 }
[[route]]
to = ["a", "a"]
trigger = "never"
when = { since = 2024-01-01 }
[serve]
port = true
base_url = "ftp:x"
[stor]
[value_map.b.n]
x = 1.5
[value_map.b.m]
high = "1"
urgent = "1"
""")
    expected = [
        (3, "unknown key store.urrl; did you mean 'url'?"),
        (4, "backoffice.front: a back office cannot have this name: front and shared are owners of fields"),
        (4, "missing key backoffice.front.plugin"),
        (8, "route[1].to: name at least one back office"),
        (9, "route[1].settle: a duration is a number of seconds, or text like"),
        (10, "route[1].mode: Input should be 'live', 'dry' or 'off'"),
        (11, "route[1].when: a.b stands here twice"),
        (12, "missing key route[2].process"),
        (13, "route[2].to: each name stands here once"),
        (14, "route[2].trigger: Input should be 'save' or 'command'"),
        (15, "route[2].when.since: a condition is text, a number, true or false, or a list of them"),
        (17, "serve.port: Input should be a valid integer"),
        (18, "serve.base_url: write an address such as https://backhaul.example, without query or user"),
        (19, "unknown key stor; did you mean 'store'?"),
        (20, "value_map.b.n: x is spelled as a float."),
        (22, "value_map.b.m: high, urgent are all spelled '1'"),
    ]
    assert [line for line, _ in found] == [line for line, _ in expected]
    for (_, told), (_, beginning) in zip(found, expected, strict=True):
        assert told.startswith(beginning)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('[[route]]\nprocess = "a"\nto = "b"', 3, 'route[1].to: write a list, even of one: ["b"]'),
        ("[backoffice.Upper]\nplugin = 'x'", 1, "a back office is named with up to 64 small letters"),
        ("x = 1\ny = [\n\n", 4, "this is not TOML: Invalid value"),
        ("a = 1\na = 2", 2, "this is not TOML: Cannot overwrite a value"),
        ("\n[store]\nurl = 'postgresql://u:hunter2@h/d'", 2, "store.url: a password is never written here"),
        ("[store]\npassword = 'hunter2'", 2, "store.password: a secret is never written here"),
        ("[store]\nurl = 7", 2, "store.url: a secret is never written here"),
        (
            "[value_map.b.m]\na = 1\ninverse = { 1 = 'zz' }",
            1,
            "its inverse names 'zz', which is none of its codes",
        ),
        ("backoffice = 3", 1, "backoffice: Input should be a valid dictionary"),
    ],
)
def test_single_problems(text: str, line: int, message: str) -> None:
    ((found, told),) = problems(text)
    assert message in told
    assert found == line
    assert "hunter2" not in told


def test_every_problem_of_the_settings_is_named_with_its_line() -> None:
    assert settings_problems("""
urll = "https://brm.example"
max_in_flight = 0
retry.tims = 3
dead_lane = "stop"
password = "hunter2"
""") == [
        (1, "missing key backoffice.billing.url"),
        (4, "unknown key backoffice.billing.urll; did you mean 'url'?"),
        (5, "backoffice.billing.max_in_flight: Input should be greater than or equal to 1"),
        (6, "missing key backoffice.billing.retry.times"),
        (6, "unknown key backoffice.billing.retry.tims; did you mean 'times'?"),
        (7, "backoffice.billing.dead_lane: Input should be 'park' or 'go_on'"),
        (8, f"backoffice.billing.password: {NEVER_HERE}"),
    ]


def test_a_fault_within_a_list_is_named_with_its_line() -> None:
    retry = '[backoffice.billing.retry]\ntimes = 1\npauses = [\n1,\n"x",\n]'
    table = f'url = "https://b"\npassword = {{ env = "A" }}\n{retry}'
    ((line, message),) = settings_problems(table)
    assert line == 9
    assert message.startswith("backoffice.billing.retry.pauses[2]: Input should be a valid number")


def test_a_fault_of_the_table_as_a_whole_stands_at_its_header() -> None:
    table = 'url = "https://b"\npassword = { env = "A" }\ntimeout = 90'
    assert settings_problems(table) == [
        (1, "backoffice.billing: timeout must not be longer than settle_after")
    ]


def test_a_validator_that_quotes_a_secret_does_not_give_it_away() -> None:
    table = 'url = "http://u:hunter2@brm"\npassword = { env = "A" }'
    assert settings_problems(table) == [(3, "backoffice.billing.url: (not shown) does not begin with https")]


def test_a_literal_secret_shows_in_no_repr() -> None:
    deployment = parse('[backoffice.billing]\nplugin = "x"\npassword = "hunter2"')
    assert "hunter2" not in repr(deployment)
    assert "hunter2" not in str(deployment.back_offices["billing"])


def test_the_settings_of_all_back_offices_are_reported_together() -> None:
    deployment = parse("""
[backoffice.a]
plugin = "x"
[backoffice.b]
plugin = "x"
url = "https://b"
password = { env = "B" }
[backoffice.c]
plugin = "x"
""")
    settings, found = deployment.all_settings(dict.fromkeys(("a", "b", "c"), BrmSettings))
    assert list(settings) == ["b"]
    assert sorted({one.line for one in found}) == [1, 7]


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "backhaul.toml"
    path.write_bytes(b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode())
    deployment = load_deployment(path)
    assert deployment.store_url() == f"sqlite:///{tmp_path}/data.db"
    assert deployment.serve.port == 8900


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "backhaul.toml"
    with pytest.raises(ConfigurationError) as caught:
        load_deployment(path)
    assert str(caught.value) == (
        f"{path}: The deployment file cannot be read: No such file or directory. "
        "'backhaul init' writes a new one."
    )


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "backhaul.toml"
    path.write_bytes(b"[store]\nurl = '\xff'\n")
    with pytest.raises(DeploymentError, match=r"backhaul\.toml:2: this is not UTF-8 text"):
        load_deployment(path)


def test_a_store_secret_that_is_not_set_is_named_with_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_PASSWORD", raising=False)
    deployment = parse('[store]\nurl = "postgresql://u@h/d"\npassword = { env = "NO_SUCH_PASSWORD" }')
    with pytest.raises(DeploymentError, match=r":1: The environment variable NO_SUCH_PASSWORD is not set"):
        deployment.store_url()


@pytest.mark.parametrize(
    ("table", "address"),
    [
        ("", "http://127.0.0.1:8800"),
        ('host = "::1"\nport = 1', "http://[::1]:1"),
        ('base_url = "https://b.example/in/"', "https://b.example/in"),
    ],
)
def test_the_address_for_back_offices(table: str, address: str) -> None:
    assert parse(f"[serve]\n{table}").serve.address == address
