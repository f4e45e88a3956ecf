"""Files of rejected rows, for the person who mends them."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import IO

from backhaul.processes.importing.account_layout import ACCOUNTS
from backhaul.processes.importing.contact_layout import CONTACTS
from backhaul.processes.importing.layout import Layout
from backhaul.processes.importing.reject import Reject
from backhaul.sdk.errors import ConfigurationError

NAMES: Mapping[str, Layout] = {"contacts.rejects.csv": CONTACTS, "accounts.rejects.csv": ACCOUNTS}
"""The reject files of an export, and the layout of each."""


class RejectFile:
    """The columns line, field and reason, then those of the layout, in its order.

    A row whose cells cannot be told apart stands as it was written, from the fourth column on.
    """

    def __init__(self, target: IO[str], layout: Layout) -> None:
        self._writer = csv.writer(target)
        self._layout = layout
        self._writer.writerow(["line", "field", "reason", *layout.names])

    def write(self, reject: Reject) -> None:
        """Add a reject of this layout."""
        cells = reject.row
        if len(cells) == len(reject.columns):
            by_name = dict(zip(reject.columns, cells, strict=True))
            cells = tuple(by_name[name] for name in self._layout.names)
        self._writer.writerow([reject.line, reject.field, reject.reason, *cells])


@contextmanager
def reject_file(path: Path, layout: Layout) -> Iterator[RejectFile]:
    """Give a reject file that appears at `path` as a whole when the block ends well, else not at all.

    UTF-8 with a byte order mark, so that a spreadsheet opens it; readable by its owner only. A file already
    there is replaced, also by one without rejects. Raises ConfigurationError when it cannot be written.
    """
    try:
        handle, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        message = f"the rejects cannot be written: {error.strerror}"
        raise ConfigurationError(message, file=str(path), hint="Name a folder that exists.") from error
    draft = Path(name)
    try:
        with open(handle, "w", encoding="utf-8-sig", newline="") as target:  # noqa: PTH123  (a handle)
            yield RejectFile(target, layout)
            target.flush()
            os.fsync(target.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def reject_files(folder: Path) -> Iterator[Callable[[Reject], None]]:
    """Give a function that keeps a reject, in contacts.rejects.csv or accounts.rejects.csv of the folder.

    Both files appear when the block ends well; see `reject_file` for what is promised of each.
    """
    with ExitStack() as stack:
        files = {
            layout.entity: stack.enter_context(reject_file(folder / name, layout))
            for name, layout in NAMES.items()
        }
        yield lambda reject: files[reject.entity].write(reject)
