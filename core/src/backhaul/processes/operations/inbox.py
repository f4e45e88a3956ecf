"""What operators do with messages that came in: list, show, resubmit what was refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from backhaul.processes.operations.mandate import Mandate
from backhaul.processes.operations.masking import masked
from backhaul.sdk.errors import BackhaulError, ConflictError, NotFoundError
from backhaul.sdk.inbound import RawMessage
from backhaul.store.unit_of_work import Store

REFUSED = "refused"
RESUBMITTED = "resubmitted"

#: Takes a message whose sender is proven: (back office, message, number of the message it repeats).
Take = Callable[[str, RawMessage, int], object]


class InboxOperations:
    """Kept messages; their bodies are kept scrubbed and for a while only."""

    def __init__(self, store: Store, receive: Take) -> None:
        self._store = store
        self._receive = receive

    def list(
        self, *, back_office: str | None = None, state: str | None = None, limit: int = 100
    ) -> list[dict[str, Any]]:
        """Messages without their bodies, newest first, as JSON."""
        with self._store.read() as uow:
            found = uow.inbox.messages(backoffice=back_office, state=state, limit=limit)
        return [_line(message) for message in found]

    def show(self, message_id: int) -> dict[str, Any]:
        """One message with its body and what became of each of its records, as JSON. Raises NotFoundError."""
        message = self._message(message_id)
        body = message["body"]
        text = body.decode("utf-8", errors="replace") if body is not None else None
        items = [masked({**item, "inbound": None}) for item in message["items"]]
        return {**_line(message), "body": masked(text), "items": items}

    def resubmit(self, message_id: int, by: Mandate) -> object:
        """Take a refused message again, as it was kept; what `receive` answers.

        Raises NotFoundError, ConflictError for one that was not refused as a whole or whose body is gone,
        and what `receive` raises; the try is audited before.
        """
        message = self._message(message_id)
        _check(message)
        raw = RawMessage(
            body=message["body"],
            path=message["path"],
            message_id=message["message_id"],
            received_at=message["received_at"],
        )
        name = message["backoffice"]
        with self._store.write() as uow:
            detail = {"back_office": name, "message_id": message["message_id"]}
            by.audit(uow, "inbox resubmit", f"message {message_id}", detail)
        # Outside a transaction: plugin code runs in there, and it has transactions of its own.
        answer = self._receive(name, raw, message_id)
        with self._store.write() as uow:
            uow.inbox.answer(message_id, RESUBMITTED, message["answer"])
        return answer

    def resubmit_all(self, back_office: str, by: Mandate, *, limit: int = 1000) -> dict[int, str | None]:
        """Take the refused messages of a back office again, oldest first.

        By message: None, or why it could not be taken again.
        """
        outcomes: dict[int, str | None] = {}
        for message in reversed(self.list(back_office=back_office, state=REFUSED, limit=limit)):
            try:
                self.resubmit(message["id"], by)
            except BackhaulError as error:
                outcomes[message["id"]] = str(error)
            else:
                outcomes[message["id"]] = None
        return outcomes

    def _message(self, message_id: int) -> dict[str, Any]:
        with self._store.read() as uow:
            message = uow.inbox.message(message_id)
        if message is None:
            msg = f"There is no message {message_id}."
            raise NotFoundError(msg, hint="List messages to see their numbers.")
        return message


def _check(message: Mapping[str, Any]) -> None:
    if message["state"] != REFUSED:
        msg = f"Message {message['id']} is {message['state']}: only one that was refused can be taken again."
        hint = "Ask the sender to send the refused records again, under another message id."
        raise ConflictError(msg, hint=hint)
    if message["body"] is None:
        msg = f"The body of message {message['id']} is not kept any more."
        raise ConflictError(msg, hint="Ask the sender to send it again.")


def _line(message: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in message.items() if name not in ("body", "items")}
    return {**shown, "answer": masked(message["answer"])}
