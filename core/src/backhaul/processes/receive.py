"""Receive: a back office tells us, pushed or polled (RULES 7).

authenticate → limits → parse to wire → schema to patch → match → merge → save, change, deliveries, cursor
and message id in one transaction → acknowledge.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from backhaul.delivery.handler import Redo
from backhaul.processes.announcement import Announcements
from backhaul.processes.landscape import Landscape
from backhaul.processes.merging_in import Incorporation
from backhaul.processes.planning import Planner
from backhaul.processes.receiving.decision import Decision, Hold
from backhaul.processes.receiving.item import Facts, Item, ItemReport, Receipt, loaded
from backhaul.processes.receiving.matching import Matching
from backhaul.processes.receiving.reading import MAX_BYTES, Message, read
from backhaul.processes.receiving.scrubbing import scrubbed
from backhaul.processes.receiving.turns import TURN, Turns
from backhaul.processes.receiving.writing import Writing, item_row
from backhaul.sdk.errors import ConflictError, RejectedError
from backhaul.sdk.inbound import RawMessage
from backhaul.store.inbox import HeldItem, ItemState
from backhaul.store.unit_of_work import Store, UnitOfWork

__all__ = ["MAX_BYTES", "Receive"]

#: So many lost races, and from which one on a loser steps back for a moment.
_TRIES = 30
_PATIENT_AFTER = 2


class Receive:
    """Takes messages in. A merge that loses a race is repeated; the sender never sees an error for it."""

    def __init__(self, store: Store, landscape: Landscape, announcements: Announcements) -> None:
        self._store = store
        self._landscape = landscape
        self._announcements = announcements
        self._matching = Matching(store, landscape)
        planner = Planner(landscape)
        self._writing = Writing(landscape, Incorporation(landscape, planner, announcements))

    def push(self, back_office: str, raw: RawMessage) -> Receipt:
        """Take one pushed message; returned only after the commit.

        Raises AuthenticationError (nothing is kept), RejectedError for one too large, ConflictError for a
        message id that was used for other content. What cannot be read or taken is kept and reported.
        """
        self._landscape.invocation(back_office).adapter.authenticate(raw)
        return self.take(back_office, raw)

    def take(self, back_office: str, raw: RawMessage, *, resubmits: int | None = None) -> Receipt:
        """Take one message whose sender is proven: an operator's resubmission, or `push` behind its check."""
        if len(raw.body) > MAX_BYTES:
            msg = f"The message has {len(raw.body)} bytes; at most {MAX_BYTES} are read."
            raise RejectedError(msg, code="too_large")
        message = read(self._landscape, back_office, raw, "push")
        return self._taken([message], resubmits=resubmits)[0]

    def poll(self, back_office: str, source: str) -> bool:
        """Ask a polled source once; cursor and messages commit together. True when there is more.

        Raises the error family when the source cannot be reached; the cursor stays then.
        """
        invocation = self._landscape.invocation(back_office)
        with self._store.read() as uow:
            cursor = uow.inbox.cursor(back_office, source)
        polled = invocation.poll(source, cursor)
        messages = [read(self._landscape, back_office, raw, source) for raw in polled.messages]
        if messages or polled.cursor != cursor:
            self._taken(messages, cursor=(back_office, source, polled.cursor))
        return polled.more

    def take_held(self) -> bool:
        """Look again at what is held; True when something of it was settled."""
        settled = False
        for name in self._landscape.invocations:
            last = 0
            while page := self._held(name, after=last):
                last = page[-1].id
                for item in page:
                    settled |= self._again(item) is not None
        return settled

    def _held(self, back_office: str, **which: int) -> list[HeldItem]:
        with self._store.read() as uow:
            return uow.inbox.held(back_office, **which)

    # ---- taking -----------------------------------------------------------------------------------------

    def _taken(
        self,
        messages: Sequence[Message],
        *,
        cursor: tuple[str, str, str | None] | None = None,
        resubmits: int | None = None,
    ) -> list[Receipt]:
        """All of them in one transaction, worked out again as often as a race is lost.

        A record that changes faster than that is merged later: its message is kept, and nobody sees an error.
        """
        polled = cursor is not None
        for turn in range(_TRIES + 1):
            _step_back(turn)
            decided = self._decided(messages) if turn < _TRIES else self._postponed(messages)
            try:
                with self._announcements.undone(), self._store.write() as uow:
                    receipts = [
                        self._write(uow, message, decisions, resubmits, polled=polled)
                        for message, decisions in decided
                    ]
                    if cursor is not None:
                        uow.inbox.move_cursor(*cursor)
            except Redo:
                continue
            self._announcements.tell()
            return [
                self._in_turn(receipt, decisions)
                for receipt, (_, decisions) in zip(receipts, decided, strict=True)
            ]
        msg = "The message could not be kept."
        raise ConflictError(msg, hint="Send it again.")

    def _known(self, messages: Sequence[Message]) -> set[str]:
        """The ids that were used up before: an overlap window is full of them."""
        with self._store.read() as uow:
            return {
                message.facts.message_id
                for message in messages
                if uow.inbox.known(message.facts.back_office, message.facts.message_id) is not None
            }

    def _decided(self, messages: Sequence[Message]) -> list[tuple[Message, list[tuple[Item, Decision]]]]:
        """What becomes of every record; of those about the same thing, only the first is decided now."""
        repeated = self._known(messages)
        decided: list[tuple[Message, list[tuple[Item, Decision]]]] = []
        for message in messages:
            items = message.items if message.facts.message_id not in repeated else ()
            name = message.facts.back_office
            decided.append((message, [(item, self._matching.decide(name, item)) for item in items]))
        if sum(len(decisions) for _, decisions in decided) < 2:  # noqa: PLR2004  (one comes first by itself)
            return decided
        turns = Turns()
        for _, decisions in decided:
            for _, decision in decisions:
                turns.makes(decision)
        return [
            (message, [(item, self._turn(message, item, one, turns)) for item, one in decisions])
            for message, decisions in decided
        ]

    def _postponed(self, messages: Sequence[Message]) -> list[tuple[Message, list[tuple[Item, Decision]]]]:
        """Everything is held, and decided when there is less of a crowd."""
        return [
            (
                message,
                [(item, self._matching.postponed(message.facts.back_office, item)) for item in message.items],
            )
            for message in messages
        ]

    def _turn(self, message: Message, item: Item, decision: Decision, turns: Turns) -> Decision:
        return self._matching.in_turn(message.facts.back_office, item, decision, turns)

    def _in_turn(self, receipt: Receipt, decisions: Sequence[tuple[Item, Decision]]) -> Receipt:
        """After the commit: the records that waited for an earlier one of the same transaction."""
        waiting = {item.number for item, decision in decisions if _waits_its_turn(decision)}
        if receipt.repeated or not waiting:
            return receipt
        with self._store.read() as uow:
            held = [item for item in uow.inbox.held(inbox_id=receipt.inbox_id) if item.number in waiting]
        if not held:
            return receipt  # its id was used before, or another worker was faster
        reports = {one.number: one for one in receipt.items}
        reports |= {item.number: report for item in held if (report := self._again(item)) is not None}
        told = replace(receipt, items=tuple(reports[number] for number in sorted(reports)))
        with self._store.write() as uow:
            uow.inbox.answer(told.inbox_id, "taken", [report.as_json() for report in told.items])
        return told

    def _write(
        self,
        uow: UnitOfWork,
        message: Message,
        decisions: Sequence[tuple[Item, Decision]],
        resubmits: int | None,
        *,
        polled: bool,
    ) -> Receipt:
        facts = message.facts
        known = uow.inbox.known(facts.back_office, facts.message_id)
        if known is not None and not (polled and known.hash != message.digest):
            return self._repeated(message, known.hash, known.answer, known.inbox_id)
        inbox_id = uow.inbox.add(self._row(message, resubmits))
        if known is not None:
            return self._reused(uow, message, inbox_id)
        reports = [self._write_item(uow, message, item, decision, inbox_id) for item, decision in decisions]
        refused = message.unreadable is not None or all(
            report.state is ItemState.REFUSED for report in reports
        )
        if message.unreadable is not None:
            reports = [ItemReport(0, "", ItemState.REFUSED, None, "unreadable", message.unreadable)]
        answer = [report.as_json() for report in reports]
        uow.inbox.answer(inbox_id, "refused" if refused else "taken", answer)
        if not refused:
            # Refused messages do not use up their id: a corrected one may come under the same.
            try:
                uow.inbox.use_up(facts.back_office, facts.message_id, message.digest, inbox_id)
            except ConflictError as error:
                raise Redo from error  # it came twice at the same moment: the other one has the first answer
        return Receipt(facts.message_id, tuple(reports), inbox_id=inbox_id)

    def _row(self, message: Message, resubmits: int | None) -> dict[str, Any]:
        return {
            "backoffice": message.facts.back_office,
            "message_id": message.facts.message_id,
            "hash": message.digest,
            "source": message.source,
            "body": scrubbed(message.raw.body),
            "path": message.raw.path,
            "state": "taken",
            "answer": None,
            "resubmits": resubmits,
        }

    def _repeated(self, message: Message, digest: str, answer: Any, inbox_id: int) -> Receipt:
        """Same id, same content: the first answer again. Same id, other content: refused."""
        if digest != message.digest:
            msg = f"The message id {message.facts.message_id} was used for other content."
            raise ConflictError(msg, hint="Give every message an id of its own.")
        reports = tuple(ItemReport(**{**one, "state": ItemState(one["state"])}) for one in answer or ())
        return Receipt(message.facts.message_id, reports, repeated=True, inbox_id=inbox_id)

    def _reused(self, uow: UnitOfWork, message: Message, inbox_id: int) -> Receipt:
        """A polled source is told nothing, so its message is kept as refused, and the next ones are taken."""
        text = f"The message id {message.facts.message_id} was used for other content."
        report = ItemReport(0, "", ItemState.REFUSED, None, "message_id_reused", text)
        uow.inbox.answer(inbox_id, "refused", [report.as_json()])
        return Receipt(message.facts.message_id, (report,), inbox_id=inbox_id)

    def _write_item(
        self, uow: UnitOfWork, message: Message, item: Item, decision: Decision, inbox_id: int
    ) -> ItemReport:
        report = self._writing.write(uow, message.facts, item, decision)
        uow.inbox.add_item(item_row(message.facts, item, report, decision, inbox_id))
        return report

    # ---- held -------------------------------------------------------------------------------------------

    def _again(self, held: HeldItem) -> ItemReport | None:
        """Decide a held record again; what became of it, None while it is held."""
        inbound = loaded(held.inbound)
        creates = tuple(held.waits_for or ())
        item = Item(held.number, held.entity, inbound, creates, held.id, held.deadline)
        facts = Facts(held.backoffice, inbound.message_id or f"held:{held.id}")
        for turn in range(_TRIES):
            _step_back(turn)
            decision = self._matching.decide(held.backoffice, item)
            if isinstance(decision, Hold):
                return None
            try:
                with self._announcements.undone(), self._store.write() as uow:
                    if not uow.inbox.is_held(held.id):
                        return None  # another worker took it up
                    report = self._writing.write(uow, facts, item, decision)
                    uow.inbox.update_item(
                        held.id,
                        state=report.state.value,
                        reason=report.reason,
                        record_id=report.record_id,
                        inbound=None,
                        deadline=None,
                    )
            except Redo:
                continue
            self._announcements.tell()
            return report
        return None


def _step_back(turn: int) -> None:
    """After a few lost races give the others a moment, each another one."""
    if turn > _PATIENT_AFTER:
        time.sleep(random.uniform(0.0, 0.002 * turn))  # noqa: S311  (spreads load, guards nothing)


def _waits_its_turn(decision: Decision) -> bool:
    return isinstance(decision, Hold) and decision.code == TURN
