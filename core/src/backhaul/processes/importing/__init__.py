"""Importing: a front-office export (CSV) read into canonical records, row by row; nothing is saved here.

::

    with reject_files(folder) as keep:                       # accounts.rejects.csv, contacts.rejects.csv
        for item in read_export(accounts_path, contacts_path):
            if isinstance(item, Reject):
                keep(item)
            else:
                save(item)                                   # a Contact or an Account

`read_export(accounts, contacts, *, known=nothing_known)` yields one `Record` or `Reject` for every row: all
contacts in the order of their file, then all accounts. `import_rows` does the same, but yields `ImportedRow`
(the record with its file and line), whose `refused(field, reason)` makes a `Reject` of a row that could be
read and then could not be saved. `known(entity, id)` says which records exist already, so that rows may refer
to them. Both raise ConfigurationError at the call, before any row, when a file is missing or not UTF-8 CSV of
the layout, and ConflictError when a file changes while it is read (each is read twice: a row is good only if
the rows it refers to are good).

The files: UTF-8 with or without a byte order mark, comma separated, quoted as RFC 4180 says, one header row.
The columns are those of `ACCOUNTS` and `CONTACTS`, all of them, in any order, and no others. Blanks around a
value are dropped, CR LF within a cell is read as LF, an empty cell says nothing; an empty line is no row.

Identity: the export's own id (first column of each layout) becomes the id of the record, unchanged; ids of
parts derive from it. So the same file read twice gives equal records.

A row is rejected, never repaired, for: a value its column does not allow (all faults of the row are named);
a wrong number of cells, or quotes that do not match; bytes that are not UTF-8; control characters; a payment
card number in any cell (telephone numbers that begin with + excepted); an id, or another strong key, that an
earlier row carries (an exact copy is called a duplicate of that line; the first row of an id counts, even if
it is rejected itself); a reference to a record that is unknown or rejected; accounts that are each other's
parents. A `Reject` shows the row as it was written, with card numbers masked.
"""

from __future__ import annotations

from backhaul.processes.importing.account_layout import ACCOUNTS
from backhaul.processes.importing.contact_layout import CONTACTS
from backhaul.processes.importing.export import ImportedRow, import_rows, nothing_known, read_export
from backhaul.processes.importing.fault import Fault
from backhaul.processes.importing.layout import Column, Layout
from backhaul.processes.importing.reject import Reject
from backhaul.processes.importing.reject_file import RejectFile, reject_files

__all__ = [
    "ACCOUNTS",
    "CONTACTS",
    "Column",
    "Fault",
    "ImportedRow",
    "Layout",
    "Reject",
    "RejectFile",
    "import_rows",
    "nothing_known",
    "read_export",
    "reject_files",
]
