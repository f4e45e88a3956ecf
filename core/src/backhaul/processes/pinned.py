"""From a stored delivery and its pin to the calls of the SDK."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backhaul.delivery.handler import Job
from backhaul.processes.snapshot import Snapshot
from backhaul.sdk.envelope import Envelope, Verb
from backhaul.sdk.invocation import PinnedSend, Rendered
from backhaul.sdk.json import Json
from backhaul.sdk.repeat import Change
from backhaul.store.deliveries import Delivery


def envelope(delivery: Delivery, attempt: int = 1) -> Envelope:
    """The envelope of a delivery: the same message id over every attempt."""
    return Envelope(
        message_id=delivery.message_id,
        correlation_id=delivery.correlation_id,
        process=delivery.process,
        entity=delivery.entity,
        verb=Verb.SEND,
        causation_id=delivery.causation_id,
        hop=delivery.hop,
        attempt=max(1, attempt),
    )


def content(rendered: Rendered, *, sent: bool) -> dict[str, Any]:
    """What is pinned. `sent` turns true as soon as an attempt may have left something there."""
    return {
        "change": rendered.change.value,
        "payload": rendered.payload,
        "changes": rendered.changes,
        "sent": sent,
    }


def change_of(delivery: Delivery) -> Change:
    """What the pinned send does there."""
    return Change(delivery.pin["change"])


def sent_fields(delivery: Delivery) -> Mapping[str, Json]:
    """The wire fields that the pinned send says."""
    fields: Mapping[str, Json] = delivery.pin["changes"]
    return fields


def pinned_send(job: Job) -> PinnedSend:
    """The same bytes for every attempt."""
    snapshot: Snapshot = job.work
    delivery = job.delivery
    return PinnedSend(
        entity=delivery.entity,
        change=change_of(delivery),
        record_id=delivery.record_id,
        version=delivery.pinned_version or delivery.version,
        payload=delivery.pin["payload"],
        changes=delivery.pin["changes"],
        envelope=envelope(delivery, job.number),
        bindings=snapshot.bindings,
        batch=job.batch,
    )
