"""What the system does with requests that it executes: its objects, keys and log."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tests.rules.support.document import Document

from backhaul.sdk.json import Json
from backhaul.sdk.repeat import Repeat, Stamps
from backhaul.sdk.transports.base import Request

Rule = Callable[[str, Document], tuple[str, str] | None]


class RefusedError(Exception):
    """The system's own no: a code and a text."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Written:
    """One accepted write: what stood in the object afterwards, and the ids that came with the request."""

    verb: str
    collection: str
    id: str
    revision: int
    document: Document = field(repr=False)
    said: Document = field(repr=False)
    message_id: str | None
    key: str | None


@dataclass
class Objects:
    """Honours the repeat keys of `repeat` and no other; stamps as `stamps` says.

    `normalise` spells stored fields the system's own way; `rule` is its business validation. `terse` replies
    with the id alone.
    """

    name: str = "billing"
    repeat: Repeat = Repeat.NONE
    stamps: Stamps = Stamps.EVERYWHERE
    keeps_our_id: bool = False
    terse: bool = False
    normalise: dict[str, Callable[[Json], Json]] = field(default_factory=dict)
    rule: Rule | None = None
    objects: dict[str, dict[str, Document]] = field(default_factory=dict)
    log: list[Written] = field(default_factory=list)
    feed: list[Document] = field(default_factory=list)
    _answers: dict[str, Document] = field(default_factory=dict, repr=False)
    _keys: dict[str, tuple[str, str]] = field(default_factory=dict, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _issued: int = 0

    def _execute(self, request: Request) -> Document:
        collection, _, id_ = request.target.partition("/")
        if collection == "feed":
            return {"entries": deepcopy(self.feed)}
        if request.safe:
            return self._shown(collection, id_) if id_ else self._listed(collection, request.query)
        if collection == "batch":
            return {"results": list(self._batch(id_, request))}
        message_id = request.headers.get("x-message-id")
        if self.repeat is Repeat.MESSAGE_ID and message_id in self._answers:
            return self._answers[message_id]
        said = json.loads(request.body or b"{}")
        shown = self._written(request.method, collection, id_, said, request.headers)
        if message_id is not None:
            self._answers[message_id] = shown
        return shown

    def _batch(self, collection: str, request: Request) -> Iterator[Document]:
        for item in json.loads(request.body or b"{}")["items"]:
            headers = {"x-message-id": item["messageId"], "x-key": item["key"]}
            if self.repeat is Repeat.MESSAGE_ID and item["messageId"] in self._answers:
                yield self._answers[item["messageId"]]
                continue
            try:
                shown = self._written(item["method"], collection, item["id"] or "", item["document"], headers)
            except RefusedError as error:
                yield {"code": error.code, "text": error.text}
                continue
            self._answers[item["messageId"]] = shown
            yield shown

    def _written(
        self, method: str, collection: str, id_: str, said: Document, headers: Mapping[str, str]
    ) -> Document:
        refused = self.rule(collection, said) if self.rule is not None else None
        if refused is not None:
            raise RefusedError(*refused)
        known = {"message_id": headers.get("x-message-id"), "key": headers.get("x-key")}
        if method == "DELETE":
            gone = self.objects[collection].pop(id_)
            self.log.append(Written("delete", collection, id_, gone["revision"], {}, said, **known))
            return {"id": id_}
        same = None if method == "PATCH" else self._same(collection, said)
        if method == "PATCH" or same is not None:
            stored = self._amended(collection, same or id_, said, **known)
        else:
            stored = self._created(collection, said, **known)
        if self.terse:
            return {"id": stored["id"]}
        shown = self._shown(collection, stored["id"])
        if self.stamps is not Stamps.EVERYWHERE:
            shown.pop("revision", None)
        return shown

    def _same(self, collection: str, said: Document) -> str | None:
        """The object that a repeated create means, by the one key that this system honours."""
        field_name = {Repeat.OUR_ID: "ourId", Repeat.NATURAL_KEY: "name"}.get(self.repeat)
        for id_, stored in self.objects.get(collection, {}).items():
            if field_name is not None and stored.get(field_name) == said.get(field_name):
                return id_
        return None

    def _created(self, collection: str, said: Document, **known: str | None) -> Document:
        self._issued += 1
        id_ = (
            str(said.get("ourId"))
            if self.repeat is Repeat.OUR_ID
            else f"{collection[0].upper()}-{self._issued}"
        )
        stored = self._normal({**said, "id": id_})
        stored["revision"] = 1
        if not self.keeps_our_id and self.repeat is not Repeat.OUR_ID:
            stored.pop("ourId", None)
        self.objects.setdefault(collection, {})[id_] = stored
        self._note("create", collection, stored, said, known)
        return stored

    def _amended(self, collection: str, id_: str, said: Mapping[str, Json], **known: str | None) -> Document:
        stored = self.objects[collection][id_]
        changed = self._normal(_patched(stored, {**said, "id": id_}))
        changed["revision"] = stored["revision"] + 1
        if not self.keeps_our_id and self.repeat is not Repeat.OUR_ID:
            changed.pop("ourId", None)
        self.objects[collection][id_] = changed
        self._note("update", collection, changed, dict(said), known)
        return changed

    def _note(
        self, verb: str, collection: str, stored: Document, said: Document, known: Mapping[str, str | None]
    ) -> None:
        message_id, key = known.get("message_id"), known.get("key")
        if key is not None:
            self._keys[key] = (collection, stored["id"])
        written = Written(
            verb, collection, stored["id"], stored["revision"], deepcopy(stored), said, message_id, key
        )
        self.log.append(written)

    def _normal(self, document: Document) -> Document:
        return {
            name: self.normalise[name](value) if name in self.normalise and value is not None else value
            for name, value in document.items()
        }

    def _shown(self, collection: str, id_: str) -> Document:
        shown: Document = deepcopy(self.objects[collection][id_])
        if self.stamps is Stamps.NEVER:
            shown.pop("revision", None)
        return shown

    def _listed(self, collection: str, query: Mapping[str, str]) -> Document:
        found = [
            self._shown(collection, id_)
            for id_, stored in self.objects.get(collection, {}).items()
            if all(stored.get(name) == value for name, value in query.items() if name != "key")
            and ("key" not in query or self._keys.get(query["key"]) == (collection, id_))
        ]
        return {"items": found}


def _patched(document: Document, patch: Mapping[str, Any]) -> Document:
    """JSON merge patch."""
    changed = dict(document)
    for name, value in patch.items():
        if value is None:
            changed.pop(name, None)
        elif isinstance(value, dict):
            inner = changed.get(name)
            changed[name] = _patched(inner if isinstance(inner, dict) else {}, value)
        else:
            changed[name] = value
    return changed
