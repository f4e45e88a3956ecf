"""`backhaul xref`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from backhaul.cli.command import command, group
from backhaul.cli.exit_code import ExitCode
from backhaul.cli.operating import mandate
from backhaul.cli.options import BackOffice, Who, Why
from backhaul.cli.session import Session

if TYPE_CHECKING:
    from backhaul.bootstrap import Backhaul
    from backhaul.processes.operations.cross_references import CrossReferenceOperations

app = group("Export and import cross references: our ids and theirs.", no_args_is_help=True)

_STANDARD = Path("-")


@command(app)
def export(
    session: Session,
    file: Annotated[
        Path, typer.Argument(metavar="[FILE]", help="The CSV file; - is standard output.")
    ] = _STANDARD,
    *,
    back_office: BackOffice = None,
) -> None:
    """Write all pairs as CSV, ready to be imported again. A file that exists is not overwritten."""
    from backhaul.processes.operations.pair_rows import COLUMNS

    with session.opened() as backhaul:
        operations = _operations(backhaul)
        if session.machine:
            pairs = [dict(zip(COLUMNS, row, strict=True)) for row in operations.rows(back_office)]
            session.output.document(pairs)
            return
        with _written(file) as target:
            number = operations.export(target, back_office)
    session.output.note(f"Cross references: {number}.")


@command(app, "import")
def import_(
    session: Session,
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The CSV file; - is standard input.")],
    why: Why,
    who: Who = None,
    also_resource: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Take also this kind of object, which no wire schema names."),
    ] = None,
) -> None:
    """Bind the pairs of a CSV file: back_office, resource, external_id, entity, record_id.

    Nothing is ever rebound, and importing the file again changes nothing. Rows that are refused are listed
    with their line; the exit code is then 1.
    """
    by = mandate(who, why)
    with session.opened() as backhaul, _read(file) as lines:
        report = _operations(backhaul).load(
            lines, by, source=file.name, also_resources=frozenset(also_resource or ())
        )
    session.output.document(report.as_json())
    session.output.say(
        f"Bound {report.bound}, unchanged {report.unchanged}, refused {len(report.refused)}; "
        f"deliveries that waited for them and go on: {report.woken}."
    )
    for row in report.refused:
        session.output.note(f"  line {row.line}: {row.reason}")
    if report.refused:
        raise typer.Exit(ExitCode.REFUSED)


def _operations(backhaul: Backhaul) -> CrossReferenceOperations:
    from backhaul.processes.operations.cross_references import CrossReferenceOperations

    return CrossReferenceOperations(backhaul.store, backhaul.landscape)


@contextmanager
def _written(file: Path) -> Iterator[TextIO]:
    if file == _STANDARD:
        yield sys.stdout
        return
    from backhaul.cli.files import unusable

    try:
        target = file.open("x", encoding="utf-8", newline="")
    except OSError as error:
        raise unusable(file, error) from error
    with target:
        yield target


@contextmanager
def _read(file: Path) -> Iterator[TextIO]:
    if file == _STANDARD:
        yield sys.stdin
        return
    from backhaul.cli.files import unusable

    try:
        source = file.open(encoding="utf-8", newline="")
    except OSError as error:
        raise unusable(file, error) from error
    with source:
        yield source
