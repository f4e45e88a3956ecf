from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backhaul.entities import Account, Contact
from backhaul.sdk.capability import Capabilities, Role
from backhaul.sdk.deadline import Deadline
from backhaul.sdk.envelope import Verb
from backhaul.sdk.errors import AuthenticationError, MappingError
from backhaul.sdk.repeat import Repeat, Stamps
from backhaul.sdk.simulator.process import SimulatorProcess

Sender = Any
Senders = Callable[..., Sender]


def value(document: dict[str, Any], name: str) -> Any:
    items = document.get("characteristic", document.get("partyCharacteristic", []))
    return next((item["value"] for item in items if item["name"] == name), None)


def test_find_takes_the_surest_way(
    tmf: Sender, simulator: SimulatorProcess, ada: Contact, engines: Account
) -> None:
    def found(account: Account) -> list[str]:
        fields = tmf.invocation.ours("account", account, tmf.context)
        return [
            item.external_id for item in tmf.invocation.find(account, fields, account.keys(), tmf.envelope())
        ]

    assert found(engines) == []
    tmf.send(engines)
    other = engines.changed(id="A-2", account_number="ZA-78")
    tmf.send(other)
    assert found(engines) == [tmf.theirs(engines)]
    assert found(engines.changed(id="A-3")) == [tmf.theirs(engines)]
    assert found(other.changed(id="A-4", account_number=None)) == [tmf.theirs(engines), tmf.theirs(other)]
    assert found(engines.changed(id="A-5", account_number=None, name="Nobody")) == []
    tmf.send(ada)
    twin = ada.changed(id="C-9")
    (person,) = tmf.invocation.find(
        twin, tmf.invocation.ours("contact", twin, tmf.context), twin.keys(), tmf.envelope("contact")
    )
    assert person.external_id == tmf.theirs(ada)


def query(tmf: Sender, entity: str, **arguments: Any) -> Any:
    return tmf.invocation.query(entity, tmf.envelope(entity, Verb.QUERY), **arguments)


def test_a_query_pages_to_the_end(tmf: Sender, ada: Contact) -> None:
    for number in range(5):
        tmf.send(ada.changed(id=f"C-{number}"))
    page, seen, pages = None, [], 0
    while pages == 0 or page is not None:
        turned = query(tmf, "contact", page=page, page_size=2, criteria={"last_name": "Byron"})
        seen += [value(found.document, "backhaulId") for found in turned.found]
        page, pages = turned.next_page, pages + 1
    assert (seen, pages) == ([f"C-{number}" for number in range(5)], 3)


def test_queries_by_id_status_and_characteristic(tmf: Sender, engines: Account) -> None:
    tmf.send(engines)
    for criteria in (
        {"status": "active"},
        {"account_number": "ZA-77"},
        {"id": "A-1"},
        {"name": engines.name},
    ):
        assert len(query(tmf, "account", criteria=criteria).found) == 1
    assert query(tmf, "account", criteria={"account_number": "none"}).found == ()
    assert query(tmf, "account", external_id=tmf.theirs(engines)).found[0].external_id == tmf.theirs(engines)
    assert query(tmf, "account", external_id="CU-1").found == ()
    for wrong in ({"addresses": "x"}, {"nme": "x"}, {"csn": "1", "segment": "2"}):
        with pytest.raises(MappingError):
            query(tmf, "account", criteria=wrong)


def test_check_reads_both_apis(tmf: Sender, sender_with: Senders, simulator: SimulatorProcess) -> None:
    line = tmf.adapter.check(Deadline.after(5))
    assert "customerManagement/v4/customer" in line
    simulator.control.faults({"fault": "unauthorized", "operation": "GET individual"})
    with pytest.raises(AuthenticationError):
        tmf.adapter.check(Deadline.after(5))


def test_names_that_come_back_in_capitals_are_seen(engines: Account, ada: Contact) -> None:
    # Nothing here declares that a system does this: the difference must stay visible.
    from backhaul_rest_backoffice.mapping.customer import CustomerSchema  # noqa: PLC0415

    assert CustomerSchema().parse({"name": "ENGINES"}).fields == {"name": "ENGINES"}


def test_capabilities_are_declared_truthfully(tmf: Sender, sender_with: Senders) -> None:
    capabilities: Capabilities = tmf.invocation.capabilities
    for entity in ("account", "contact"):
        for role in (Role.SENDS, Role.PROBES, Role.FINDS, Role.QUERIES, Role.RECEIVES):
            assert capabilities.get(role, entity) is not None
        sending = capabilities.get(Role.SENDS, entity)
        assert sending is not None
        assert sending.repeat is Repeat.NONE
    assert capabilities.get(Role.DELETES, "account") is None
    assert tmf.adapter.stamps is Stamps.EVERYWHERE
    assert sender_with(last_update_field=None).adapter.stamps is Stamps.NEVER
