"""The unit of work: every repository over one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from sqlalchemy import Connection

from backhaul.store.attempts import Attempts
from backhaul.store.back_office_names import BackOfficeNames
from backhaul.store.backoffice_states import BackOfficeStates
from backhaul.store.changes import Changes
from backhaul.store.cross_references import CrossReferences
from backhaul.store.database import Database, races_named
from backhaul.store.deliveries import Deliveries
from backhaul.store.inbox import Inbox
from backhaul.store.lanes import Lanes
from backhaul.store.ledger import Ledger
from backhaul.store.records import Records
from backhaul.store.sync_states import SyncStates


class UnitOfWork:
    """One transaction and its repositories. `now` is the store's clock at its beginning.

    Lock order everywhere: records by id, then lanes by id (RULES 9).
    """

    def __init__(self, database: Database, connection: Connection) -> None:
        self._database = database
        self._connection = connection
        self.now = database.now(connection)

    @cached_property
    def records(self) -> Records:
        """Records and their keys."""
        return Records(self._connection, self._database.insert, self.now)

    @cached_property
    def cross_references(self) -> CrossReferences:
        """Our ids and theirs."""
        return CrossReferences(self._connection, self._database.insert, self.now)

    @cached_property
    def sync_states(self) -> SyncStates:
        """Records at back offices."""
        return SyncStates(self._connection, self._database.insert)

    @cached_property
    def changes(self) -> Changes:
        """Changes and conflicts."""
        return Changes(self._connection, self.now)

    @cached_property
    def lanes(self) -> Lanes:
        """Lanes."""
        locking = not self._database.is_sqlite
        return Lanes(self._connection, self._database.insert, self.now, locking=locking)

    @cached_property
    def deliveries(self) -> Deliveries:
        """Deliveries."""
        return Deliveries(self._connection, self.now)

    @cached_property
    def attempts(self) -> Attempts:
        """Attempts."""
        return Attempts(self._connection, self.now)

    @cached_property
    def backoffices(self) -> BackOfficeStates:
        """States of back offices."""
        return BackOfficeStates(self._connection, self._database.insert)

    @cached_property
    def back_office_names(self) -> BackOfficeNames:
        """Back offices by name, over every table."""
        return BackOfficeNames(self._connection, self.now)

    @cached_property
    def inbox(self) -> Inbox:
        """Messages that came in."""
        return Inbox(self._connection, self._database.insert, self.now)

    @cached_property
    def ledger(self) -> Ledger:
        """Tickets, batches, idempotent answers, audit."""
        return Ledger(self._connection, self.now)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part that can fail alone: an exception undoes it and is raised on.

        Raises ConflictError when somebody else stored the same at the same moment.
        """
        with races_named(), self._connection.begin_nested():
            yield


class Store:
    """Opens units of work on one database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """A transaction that may write; committed at the end, rolled back by an exception."""
        with self.database.write() as connection:
            yield UnitOfWork(self.database, connection)

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """A consistent snapshot to read from."""
        with self.database.read() as connection:
            yield UnitOfWork(self.database, connection)

    def close(self) -> None:
        """Close every connection."""
        self.database.close()
