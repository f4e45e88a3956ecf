"""The version of a database's schema, and its upgrade to the version of this release."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from backhaul.sdk.errors import ConfigurationError
from backhaul.store.database import Database
from backhaul.store.planner_statistics import state_shape
from backhaul.store.tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config

#: Every step of the schema in order; the last one is what this release needs. It stands here because
#: asking Alembic costs more than opening the database.
REVISIONS = ("0001",)

_VERSION = text("SELECT version_num FROM alembic_version")
#: PostgreSQL's advisory lock of an upgrade: any number that nobody else uses.
_UPGRADE_LOCK = 0x6261636B


def upgrade(database: Database) -> bool:
    """Bring the schema to this release's version; True when anything had to be done.

    Cheap when it is current. Safe when several processes start at once: one upgrades, in one transaction,
    the others wait for it. Raises ConfigurationError when the database cannot be opened, was written by a
    newer release, or holds tables of something else.
    """
    if version(database) == REVISIONS[-1]:
        return False
    try:
        with database.write() as connection:
            changed = _upgrade_alone(database, connection)
    except DBAPIError as error:
        raise _unusable(database, error) from None
    # SQLite connections that were open before know neither the tables nor their shape.
    database.engine.dispose()
    return changed


def version(database: Database) -> str | None:
    """The revision of the database's schema, None for an empty database; one query.

    Raises ConfigurationError when the database cannot be opened.
    """
    try:
        with database.engine.connect() as connection, suppress(OperationalError, ProgrammingError):
            return connection.execute(_VERSION).scalar_one_or_none()
    except DBAPIError as error:
        raise _unusable(database, error) from None
    return None


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's settings, for the upgrade, for tests, and for whoever writes the next step."""
    from alembic.config import Config  # noqa: PLC0415  (importing it takes a tenth of a second)

    settings = Config(attributes={"connection": connection})
    folder = Path(__file__).parent / "migrations"
    settings.set_main_option("script_location", str(folder).replace("%", "%%"))
    return settings


def _upgrade_alone(database: Database, connection: Connection) -> bool:
    if not database.is_sqlite:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
    present = _checked_version(connection)
    if present == REVISIONS[-1]:
        return False
    _run_steps(connection)
    if database.is_sqlite:
        state_shape(connection)
    return True


def _checked_version(connection: Connection) -> str | None:
    """The version under the lock, refused when this release cannot go on from it."""
    inspector = inspect(connection)
    found = None
    if inspector.has_table("alembic_version"):
        found = connection.execute(_VERSION).scalar_one_or_none()
    if found is None and (strange := sorted(set(metadata.tables) & set(inspector.get_table_names()))):
        msg = f"The store's database has tables of other origin: {', '.join(strange)}."
        raise ConfigurationError(msg, hint="Give the store a database (PostgreSQL: or a schema) of its own.")
    if found is not None and found not in REVISIONS:
        msg = f"The store's database has schema version {found}; this release knows up to {REVISIONS[-1]}."
        hint = "A newer release wrote it: run that release or a later one, or restore the backup made before."
        raise ConfigurationError(msg, hint=hint)
    return found


def _run_steps(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  (importing it takes a tenth of a second)

    command.upgrade(configuration(connection), "head")


def _unusable(database: Database, error: DBAPIError) -> ConfigurationError:
    where = database.engine.url.render_as_string(hide_password=True)
    if database.is_sqlite and "locked" in str(error.orig):
        msg = f"The store's database {where} is locked: another process is writing to it."
        return ConfigurationError(msg, hint="It may be upgrading the database; start again when it is done.")
    reason = " ".join(str(error.orig).split()).rstrip(".?")
    msg = f"The store's database {where} cannot be used: {reason}."
    hint = "Check that it is running, that its directory exists, and that the url and the rights are correct."
    return ConfigurationError(msg, hint=hint)
