"""Reading: from the bytes of a message to the records in it."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace

from backhaul.processes.landscape import Landscape
from backhaul.processes.receiving.item import Facts, Item
from backhaul.sdk.errors import BackhaulError
from backhaul.sdk.inbound import RawMessage

_log = logging.getLogger(__name__)

#: Larger messages are refused before they are parsed, and no more of them is kept.
MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Message:
    """One message on its way in: its identity, and the records that were read from it."""

    facts: Facts
    raw: RawMessage
    digest: str
    source: str
    items: tuple[Item, ...]
    unreadable: str | None = None


def read(landscape: Landscape, back_office: str, raw: RawMessage, source: str) -> Message:
    """The records in a message. What cannot be read is kept, refused as a whole, and visible."""
    digest = hashlib.sha256(raw.body).hexdigest()
    invocation = landscape.invocation(back_office)
    if len(raw.body) > MAX_BYTES:
        facts = Facts(back_office, raw.message_id or f"{source}:{digest}")
        text = f"it has {len(raw.body)} bytes; at most {MAX_BYTES} are read"
        return Message(facts, replace(raw, body=raw.body[:MAX_BYTES]), digest, source, (), text)
    try:
        found = invocation.read(raw)
    except BackhaulError as error:
        message_id = raw.message_id or f"{source}:{digest}"
        return Message(Facts(back_office, message_id), raw, digest, source, (), str(error))
    except Exception as error:  # noqa: BLE001  (kept and reported as unreadable)
        _log.exception("the plugin %s cannot read a message of %s", invocation.plugin, back_office)
        text = f"the plugin {invocation.plugin} failed to read it ({type(error).__name__})"
        message_id = raw.message_id or f"{source}:{digest}"
        return Message(Facts(back_office, message_id), raw, digest, source, (), text)
    items = tuple(
        Item(number, capability.entity.entity, inbound) for number, (capability, inbound) in enumerate(found)
    )
    stated = next((item.inbound.message_id for item in items if item.inbound.message_id), None)
    # Where a source has no ids the content is the id: seen again in the overlap window, it is a repeat.
    message_id = raw.message_id or stated or f"{source}:{digest}"
    return Message(Facts(back_office, message_id), raw, digest, source, items)
