from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.secret import Secret

HIDDEN = "hunter2-never-shown"


class Account(BaseModel):
    model_config = ConfigDict(extra="forbid")

    password: Secret


def test_an_environment_variable_is_read_at_each_reveal(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = Account.model_validate({"password": {"env": "BH_SECRET"}}).password
    monkeypatch.setenv("BH_SECRET", "first")
    assert secret.reveal() == "first"
    monkeypatch.setenv("BH_SECRET", "second")
    assert secret.reveal() == "second"


def test_a_file_is_read_at_each_reveal_without_its_line_end(tmp_path: Path) -> None:
    path = tmp_path / "password"
    secret = Account.model_validate({"password": {"file": str(path)}}).password
    path.write_text("first\r\n")
    assert secret.reveal() == "first"
    path.write_text(" second \n")
    assert secret.reveal() == " second "


@pytest.mark.parametrize(
    "value",
    [
        HIDDEN,
        HIDDEN.encode(),
        {"value": HIDDEN},
        {"env": ""},
        {"env": 5, "file": HIDDEN},
        {"env": HIDDEN, "file": HIDDEN},
        {},
        None,
        5,
    ],
)
def test_a_literal_is_refused_and_not_quoted(value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        Account.model_validate({"password": value})
    assert 'write { env = "NAME" } or { file = "/path" }' in str(refused.value)
    assert HIDDEN not in str(refused.value)
    assert HIDDEN not in repr(refused.value.errors())


def test_what_is_shown_is_the_reference_and_never_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BH_SECRET", HIDDEN)
    account = Account(password=Secret.from_env("BH_SECRET"))
    assert account.password.reveal() == HIDDEN
    shown = [repr(account), str(account.password), f"{account}", str(account.model_dump())]
    shown += [account.model_dump_json(), str(vars(account)), pickle.dumps(account).decode("latin-1")]
    assert all(HIDDEN not in text and "BH_SECRET" in text for text in shown)


def test_a_dump_validates_again_and_copies_are_equal() -> None:
    account = Account(password=Secret.from_file("/run/secrets/x"))
    assert account.model_dump() == {"password": {"file": "/run/secrets/x"}}
    assert Account.model_validate_json(account.model_dump_json()) == account
    assert copy.deepcopy(account.password) == account.password


def test_missing_and_empty_secrets_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BH_ABSENT", raising=False)
    monkeypatch.setenv("BH_EMPTY", "")
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    for secret, words in (
        (Secret.from_env("BH_ABSENT"), "BH_ABSENT is not set"),
        (Secret.from_env("BH_EMPTY"), "BH_EMPTY is empty"),
        (Secret.from_file(tmp_path / "absent"), "absent cannot be read: No such file"),
        (Secret.from_file(binary), "is not UTF-8 text"),
    ):
        with pytest.raises(ConfigurationError, match=words):
            secret.reveal()


def test_its_json_schema_has_the_two_spellings() -> None:
    schema = TypeAdapter(Secret).json_schema()
    assert [form["required"] for form in schema["oneOf"]] == [["env"], ["file"]]
