"""Reading an export: every row becomes a record or a reject."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from backhaul.entities import Record
from backhaul.processes.importing.account_layout import ACCOUNTS
from backhaul.processes.importing.contact_layout import CONTACTS
from backhaul.processes.importing.export_file import ExportFile, SourceRow
from backhaul.processes.importing.fault import Fault
from backhaul.processes.importing.reject import Reject
from backhaul.processes.importing.survey import Known, Survey


def nothing_known(entity: str, own_id: str) -> bool:  # noqa: ARG001  (the signature of Known)
    """No record exists yet: rows may refer to rows of the same export only."""
    return False


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """A good row: its record, and where it stands."""

    record: Record
    _row: SourceRow = field(repr=False)

    @property
    def file(self) -> str:
        """The file, as its path was given."""
        return self._row.file

    @property
    def line(self) -> int:
        """The physical line, from 1, on which the row begins."""
        return self._row.line

    def refused(self, fault_field: str, reason: str) -> Reject:
        """Return the reject of this row, for a record that could be read but not saved."""
        return self._row.rejected(Fault(fault_field, reason))


def import_rows(
    accounts: Path, contacts: Path, *, known: Known = nothing_known
) -> Iterator[ImportedRow | Reject]:
    """Yield every row of both files, contacts first, as an ImportedRow or a Reject.

    Raises ConfigurationError at the call for a file that cannot be read or has another header, and
    ConflictError, at the call or later, for a file that changes while it is read.
    """
    # Contacts first: where contact and account refer to each other, the contact is saved first.
    files = ExportFile(contacts, CONTACTS), ExportFile(accounts, ACCOUNTS)
    survey = Survey(known)
    for file in files:
        for row in file.rows():
            survey.add(row)
    survey.settle()
    return (_imported(row, survey) for file in files for row in file.rows())


def read_export(accounts: Path, contacts: Path, *, known: Known = nothing_known) -> Iterator[Record | Reject]:
    """Yield the record or the reject of every row, contacts first; see `import_rows` for guarantees."""
    rows = import_rows(accounts, contacts, known=known)
    return (row if isinstance(row, Reject) else row.record for row in rows)


def _imported(row: SourceRow, survey: Survey) -> ImportedRow | Reject:
    outcome = survey.fault(row) or row.layout.record(row.columns, row.written.cells)
    return row.rejected(outcome) if isinstance(outcome, Fault) else ImportedRow(outcome, row)
