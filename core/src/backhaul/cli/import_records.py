"""`backhaul import`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backhaul.cli.command import command, group
from backhaul.cli.exit_code import ExitCode
from backhaul.cli.session import Session

if TYPE_CHECKING:
    from backhaul.cli.importing import Import

app = group("Import accounts and contacts from CSV files.")


@command(app)
def import_(
    session: Session,
    accounts: Annotated[Path, typer.Argument(metavar="ACCOUNTS.csv", show_default=False)],
    contacts: Annotated[Path, typer.Argument(metavar="CONTACTS.csv", show_default=False)],
    rejects: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where the files of rejected rows are written.")
    ] = Path(),
    batch: Annotated[int, typer.Option(min=1, max=5000, help="Rows saved in one transaction.")] = 200,
) -> None:
    """Import accounts and contacts from CSV files: contacts first, then accounts.

    Routes apply as to every save. The same files can be imported again: rows that say nothing new change
    nothing, and an empty cell never clears what is there. Rows that cannot be imported are written to
    contacts.rejects.csv and accounts.rejects.csv with line, field and reason; the exit code is then 1.
    """
    from backhaul.cli.importing import Import
    from backhaul.processes.importing import import_rows, reject_files

    with session.opened() as backhaul, reject_files(rejects) as keep:
        work = Import(backhaul, keep, batch)
        rows = import_rows(accounts, contacts, known=work.known)
        with _progress(session, contacts, accounts) as advance:
            at: dict[str, int] = {}
            for row in work.run(rows):
                advance(row.line - at.get(row.file, 0))
                at[row.file] = row.line
    _summary(session, work, rejects)


@contextmanager
def _progress(session: Session, *files: Path) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, as long as the files have lines; none where nobody watches."""
    if not session.output.progress:
        yield lambda _: None
        return
    left = sum(map(_lines, files))
    with typer.progressbar(length=left, label="importing", file=typer.get_text_stream("stderr")) as bar:

        def advance(lines: int) -> None:
            nonlocal left
            left -= lines
            bar.update(lines)

        yield advance
        bar.update(left)


def _lines(file: Path) -> int:
    with file.open("rb") as source:
        return sum(block.count(b"\n") for block in iter(lambda: source.read(1 << 20), b""))


def _summary(session: Session, work: Import, rejects: Path) -> None:
    rejected = sum(tally.rejected for tally in work.tallies.values())
    document = {entity: tally.as_json() for entity, tally in work.tallies.items()}
    session.output.document({**document, "rejects": str(rejects) if rejected else None})
    session.output.table(
        ("entity", "new", "changed", "unchanged", "rejected", "deliveries planned"),
        [
            (entity, one.new, one.changed, one.unchanged, one.rejected, one.deliveries)
            for entity, one in work.tallies.items()
        ],
        empty="The files have no rows.",
    )
    for entity, tally in work.tallies.items():
        for path, number in tally.kept.items():
            session.output.note(f"{entity} {path}: left as it is, {number} times; a back office owns it")
    if rejected:
        files = "contacts.rejects.csv and accounts.rejects.csv"
        session.output.note(f"Rejected rows: {rejected}; {files} in {rejects.resolve()} say why.")
        raise typer.Exit(ExitCode.REFUSED)
