from __future__ import annotations

import pytest

from backhaul_rest_backoffice.simulator.listing import selected
from backhaul_rest_backoffice.simulator.refusal import Refusal
from backhaul_rest_backoffice.simulator.system import Author, BackOffice, Options


@pytest.fixture
def system() -> BackOffice:
    system = BackOffice(Options())
    for number in range(5):
        characteristic = [
            {"name": "backhaulId", "value": f"c-{number}"},
            {"name": "vip", "value": number > 2},
        ]
        body = {"givenName": "Ada", "familyName": f"B{number}", "partyCharacteristic": characteristic}
        system.create("individual", body, Author())
    return system


def names(system: BackOffice, **query: str) -> list[str]:
    page = system.page("individual", {name.replace("__", "."): value for name, value in query.items()})
    return [entry.document["familyName"] for entry in page.entries]


def test_pages_follow_offset_and_limit(system: BackOffice) -> None:
    assert names(system, offset="1", limit="2") == ["B1", "B2"]
    assert system.page("individual", {"offset": "4", "limit": "2"}).total == 5
    assert names(system, offset="5") == []


def test_filters_look_into_lists(system: BackOffice) -> None:
    assert names(system, familyName="B3") == ["B3"]
    assert names(system, partyCharacteristic__value="true") == ["B3", "B4"]
    assert names(system, givenName="Ada", limit="1") == ["B0"]
    assert names(system, title="Dr") == []


def test_name_and_value_belong_to_one_element(system: BackOffice) -> None:
    assert names(system, partyCharacteristic__name="backhaulId", partyCharacteristic__value="c-2") == ["B2"]
    assert names(system, partyCharacteristic__name="vip", partyCharacteristic__value="c-2") == []


def test_changes_come_in_the_order_of_their_moments(system: BackOffice) -> None:
    first = system.page("individual", {"limit": "1"}).entries[0]
    system.patch("individual", first.id, {"title": "Ms"}, None, Author())
    after = {"lastUpdate__gt": first.last_update, "sort": "lastUpdate"}
    assert names(system, **after) == ["B1", "B2", "B3", "B4", "B0"]
    assert names(system, lastUpdate__gt="2999-01-01T00:00:00+00:00") == []
    assert names(system, sort="-lastUpdate", limit="1") == ["B0"]


@pytest.mark.parametrize(
    "query", [{"limit": "x"}, {"offset": "-1"}, {"sort": "name"}, {"lastUpdate.gt": "2030-01-01"}]
)
def test_what_is_not_understood_is_refused(system: BackOffice, query: dict[str, str]) -> None:
    with pytest.raises(Refusal) as caught:
        system.page("individual", query)
    assert caught.value.status == 400


def test_id_and_href_stand_in_every_choice_of_fields() -> None:
    document = {"id": "1", "href": "/1", "name": "N", "status": "active"}
    assert selected(document, "status") == {"id": "1", "href": "/1", "status": "active"}
    assert selected(document, None) == document
