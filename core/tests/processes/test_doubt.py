from __future__ import annotations

from backhaul.processes.doubt import cleared, forgotten, unseen
from backhaul.sdk.json import Json

SHOWN: dict[str, Json] = {"name": "Ada", "emails[work].address": "a@example.org"}


def test_what_the_object_shows_is_left_to_the_merge() -> None:
    sent: dict[str, Json] = {"name": "Bob", "emails[work].address": None, "emails[work]": None}
    assert unseen(sent, SHOWN) == {}


def test_what_it_does_not_show_is_unseen_also_within_an_element_that_it_shows() -> None:
    sent: dict[str, Json] = {"alias": None, "emails[work].preferred": True, "emails[home]": None}
    assert unseen(sent, SHOWN) == sent


def test_fields_of_an_element_that_it_does_not_show_are_no_doubt_of_ours() -> None:
    assert unseen({"emails[home].preferred": True}, SHOWN) == {}


def test_what_was_cleared_and_is_not_shown_is_cleared_if_the_field_is_ever_read() -> None:
    hidden: dict[str, Json] = {"alias": None, "pin": None, "segment": "gold"}
    assert cleared(hidden, lambda path: path != "pin") == {"alias": None}


def test_the_base_forgets_what_was_said_and_keeps_what_was_cleared() -> None:
    base: dict[str, Json] = {"alias": "a", "segment": "silver", "name": "Ada"}
    assert forgotten(base, {"alias": None, "segment": "gold"}) == {"alias": "a", "name": "Ada"}
