from __future__ import annotations

import json

import pytest

from backhaul_contracts.documents import UnknownDocumentError, document, names, path


def test_a_document_is_read_by_its_name() -> None:
    assert json.loads(document("entities/account.json"))["$id"] == "urn:backhaul:entity:account"


def test_the_path_of_a_document_leads_to_its_bytes() -> None:
    assert path("entities/account.json").read_bytes() == document("entities/account.json")


def test_names_are_sorted_and_hold_data_only() -> None:
    assert list(names()) == sorted(names())
    assert "entities/contact.json" in names()
    assert not [name for name in names() if name.endswith(".py")]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "entities",
        "entities/acount.json",
        "../py.typed",
        "/etc/passwd",
        "__init__.py",
        "entities//account.json",
    ],
)
def test_any_other_name_is_refused_with_the_names_there_are(name: str) -> None:
    with pytest.raises(UnknownDocumentError, match=r"there are: .*entities/account\.json"):
        document(name)
