from __future__ import annotations

from pathlib import Path

import pytest

from backhaul.config import parse_deployment, problems_of
from backhaul.entities import ENTITIES
from backhaul.processes.catalogue import Catalogue

BACK_OFFICES = """\
[backoffice.billing]
plugin = "x"
[backoffice.assurance]
plugin = "x"
"""


def problems(text: str) -> list[tuple[int, str]]:
    """Problems of a text that comes after the back offices; its first line counts as 1."""
    deployment = parse_deployment(BACK_OFFICES + text, Path("backhaul.toml"))
    found = problems_of(deployment, Catalogue().find, ENTITIES)
    return sorted((one.line - 4, one.message) for one in found)


def test_what_names_only_what_exists() -> None:
    assert (
        problems("""
[[route]]
process = "cut send account"
to = ["billing", "assurance"]
when = { status = ["active", "closed"], competitor = false, addresses.city = "Oslo", extensions.acme.vip = 1 }
[ownership.account]
"*" = "shared"
"credit_profile.*" = "billing"
"address*.city" = "front"
"@create" = "billing"
extensions.acme.score = "assurance"
[value_map.assurance.severity]
high = "1"
""")
        == []
    )


def test_routes() -> None:
    assert problems("""\
[[route]]
process = "CUT Send Acount Data"
to = [
  "billing",
  "assurence",
]
[[route]]
process = "CUT Send Account Data"
to = ["billing"]
[route.when]
statu = "active"
status = ["active", "gone"]
"addresses.cty" = "Oslo"
addresses.town = "Oslo"
competitor = 1
name.first = "Ann"
""") == [
        (2, "There is no process 'CUT Send Acount Data'. Did you mean 'CUT Send Account Data'?"),
        (5, "there is no back office 'assurence'; did you mean 'assurance'?"),
        (11, "when statu: account: there is no field 'statu'; did you mean 'status'?"),
        (12, "when status: 'gone' is never its value; known: active, closed, inactive, prospect, suspended"),
        (13, "when addresses.cty: account: there is no field 'cty' in 'addresses'; did you mean 'city'?"),
        (14, "when addresses.town: account: " + no_town()),
        (15, "when competitor: 1 is never its value; known: false, true"),
        (16, "when name.first: account: 'name' holds no fields, so there is no 'first' in it"),
    ]


def no_town() -> str:
    from backhaul.config.model_keys import UnknownPathError, hints_at  # noqa: PLC0415  (the long list, unspelled)

    with pytest.raises(UnknownPathError) as caught:
        hints_at(ENTITIES["account"], "addresses.town")
    return str(caught.value)


def test_ownership() -> None:
    assert problems("""\
[ownership.acount]
name = "billing"
[ownership.account]
"credit_profil.*" = "billing"
name = "biling"
"name.*" = "front"
"@creat" = "front"
addresses.cty = "nobody"
""") == [
        (1, "there is no entity 'acount'; did you mean 'account'?"),
        (4, "account: there is no field 'credit_profil'; did you mean 'credit_profile'?"),
        (5, "name: there is no back office 'biling'; did you mean 'billing'?"),
        (6, "account: 'name' holds no fields, so there is no '*' in it"),
        (7, "account: there is no right '@creat'; did you mean '@create'?"),
        (8, "account: there is no field 'cty' in 'addresses'; did you mean 'city'?"),
        (8, "addresses.cty: there is no back office 'nobody'; known: assurance, billing, front, shared"),
    ]


def test_value_maps() -> None:
    assert problems("[value_map.billing.a]\nx = 1\n[value_map.biling.a]\nx = 1") == [
        (3, "there is no back office 'biling'; did you mean 'billing'?")
    ]


def test_a_process_of_an_entity_that_is_not_there_yet_is_let_through() -> None:
    deployment = parse_deployment(
        BACK_OFFICES + '[[route]]\nprocess = "CUT Send Account"\nto = ["billing"]\nwhen = { zzz = 1 }',
        Path("b.toml"),
    )
    assert problems_of(deployment, Catalogue().find, {}) == ()
