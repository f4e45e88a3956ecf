from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from backhaul.sdk.errors import AuthenticationError, MappingError
from backhaul.sdk.inbound import InboundKind, RawMessage

Sender = Any
Senders = Callable[..., Sender]
MOMENT = "2030-01-31T10:00:00.5+02:00"


def event(**changes: Any) -> dict[str, Any]:
    customer = {
        "id": "CU-1",
        "name": "Engines",
        "engagedParty": {"id": "OR-1", "@referredType": "Organization"},
        "characteristic": [{"name": "backhaulId", "value": "A-1"}],
        "lastUpdate": MOMENT,
    }
    return {
        "eventId": "E-1",
        "eventType": "CustomerCreateEvent",
        "timeOcurred": "2030-01-31T09:00:00Z",
        "correlationId": "c-1",
        "event": {"customer": customer},
        **changes,
    }


def message(document: Any, path: str = "listener/customerCreateEvent") -> RawMessage:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return RawMessage(body, {"authorization": "Bearer secret"}, path)


def read(tmf: Sender, document: Any, path: str = "listener/customerCreateEvent") -> Any:
    ((capability, inbound),) = tmf.invocation.read(message(document, path))
    return capability.entity.entity, inbound


@pytest.fixture
def tmf(sender_with: Senders) -> Sender:
    return sender_with()


def test_an_event_is_an_inbound_record(tmf: Sender) -> None:
    entity, inbound = read(tmf, event())
    assert entity == "account"
    assert (inbound.kind, inbound.external_id, inbound.our_id) == (InboundKind.CREATED, "CU-1", "A-1")
    assert (inbound.message_id, inbound.causation_id) == ("E-1", "c-1")
    assert inbound.stamp == "2030-01-31T08:00:00.500000Z"
    assert tmf.read("account", inbound.document)["name"] == "Engines"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("customerCreateEvent", InboundKind.CREATED),
        ("CustomerAttributeValueChangeEvent", InboundKind.UPDATED),
        ("customerStateChangeEvent", InboundKind.UPDATED),
        ("customerDeleteEvent", InboundKind.DELETED),
    ],
)
def test_the_type_or_the_address_says_what_happened(tmf: Sender, name: str, kind: InboundKind) -> None:
    assert read(tmf, event(eventType=name))[1].kind is kind
    assert read(tmf, event(eventType=None), f"listener/{name}")[1].kind is kind


@pytest.mark.parametrize("name", ["timeOcurred", "timeOccurred", "eventTime"])
def test_the_time_of_the_event_stands_in(tmf: Sender, sender_with: Senders, name: str) -> None:
    told = event()
    del told["timeOcurred"]
    del told["event"]["customer"]["lastUpdate"]
    told[name] = "2030-01-31T09:00:00Z"
    assert read(tmf, told)[1].stamp == "2030-01-31T09:00:00.000000Z"
    assert read(sender_with(last_update_field=None), told)[1].stamp is None


def test_an_individual_is_a_contact(tmf: Sender) -> None:
    person = {
        "id": "IN-1",
        "givenName": "Ada",
        "partyCharacteristic": [{"name": "backhaulId", "value": "C-1"}],
    }
    told = event(eventType="IndividualStateChangeEvent", event={"individual": person})
    entity, inbound = read(tmf, told)
    assert (entity, inbound.our_id) == ("contact", "C-1")


@pytest.mark.parametrize(
    "document",
    [
        b"{",
        b"<html/>",
        [],
        {},
        event(eventType="OrganizationCreateEvent"),
        event(event={}),
        event(event={"customer": []}),
        event(event={"customer": {"name": "no id"}}),
    ],
)
def test_what_is_not_understood_is_refused(tmf: Sender, document: Any) -> None:
    with pytest.raises(MappingError):
        tmf.invocation.read(message(document, "listener/x"))


def test_only_the_inbound_token_proves_the_sender(sender_with: Senders, monkeypatch: Any) -> None:
    monkeypatch.setenv("TOKEN", "secret")
    with pytest.raises(AuthenticationError):
        sender_with().adapter.authenticate(message(event()))
    knowing = sender_with(inbound_token={"env": "TOKEN"}).adapter
    knowing.authenticate(message(event()))
    with pytest.raises(AuthenticationError):
        knowing.authenticate(RawMessage(b"{}", {"authorization": "Bearer other"}))
