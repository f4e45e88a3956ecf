"""Lists in pages: where the next one begins, and systems that do not page as they say."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from backhaul.sdk.errors import ErrorContext, MappingError, Scope, TransientError
from backhaul.sdk.json import Document
from backhaul.sdk.rest_reply import RestReply

_PARTIAL = 206


@dataclass(frozen=True, slots=True)
class Paging:
    """How a system spells pages: two query parameters and the header with the number of all objects."""

    offset: str = "offset"
    limit: str = "limit"
    total: str = "X-Total-Count"

    def query(self, mark: PageMark, size: int) -> dict[str, str]:
        """The query parameters of one page."""
        return {self.offset: str(mark.offset), self.limit: str(size)}


@dataclass(frozen=True, slots=True)
class PageMark:
    """Where a page begins, and which objects the page before it held, by digest.

    As text it is the `page` of a query: opaque to its holder.
    """

    offset: int = 0
    before: str = ""
    before_full: bool = False

    @classmethod
    def parse(cls, text: str | None) -> PageMark:
        """The mark that `str` gave; None is the first page. Raises MappingError for other text."""
        if text is None:
            return cls()
        offset, _, rest = text.partition(".")
        before, _, full = rest.partition(".")
        if not offset.isdecimal() or full not in {"0", "1"}:
            raise MappingError("This is no page of the query.", hint="Give next_page of the page before.")
        return cls(int(offset), before, full == "1")

    def __str__(self) -> str:
        return f"{self.offset}.{self.before}.{int(self.before_full)}"


@dataclass(frozen=True, slots=True)
class Turn:
    """The objects of a page that are new, and where the next page begins; None after the last."""

    documents: list[Document]
    following: PageMark | None


def turn(reply: RestReply, mark: PageMark, size: int, paging: Paging) -> Turn:
    """What a page brought.

    Without a total the list ends with an empty page, because a system may cap the size of pages. A system
    that shows a full page a second time would be read forever, or in part: that raises TransientError.
    """
    documents = reply.many()
    if not documents:
        return Turn([], None)
    total = reply.number(paging.total)
    shown = _digest(documents)
    if shown == mark.before:
        if mark.before_full or total is not None or reply.status == _PARTIAL:
            raise _repeated(reply)
        # It knows no pages, and the whole list was smaller than one.
        return Turn([], None)
    reached = mark.offset + len(documents)
    if total is not None and reached >= total:
        return Turn(documents, None)
    return Turn(documents, replace(mark, offset=reached, before=shown, before_full=len(documents) >= size))


def _digest(documents: list[Document]) -> str:
    shown = "\x1f".join(repr(sorted(document.items(), key=lambda item: item[0])) for document in documents)
    return hashlib.sha256(shown.encode(errors="surrogatepass")).hexdigest()[:16]


def _repeated(reply: RestReply) -> TransientError:
    return TransientError(
        "The back office shows the same page again instead of the next one.",
        scope=Scope.DELIVERY,
        hint="Check how it pages: the names of its offset and limit parameters.",
        context=ErrorContext(operation=reply.request.operation),
    )
