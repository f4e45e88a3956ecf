"""Alembic's environment: always on a connection and in a transaction of `store.schema`."""

from __future__ import annotations

from alembic import context

from backhaul.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite too rolls back a half-done step, since the store begins its transactions itself.
    transactional_ddl=True,
    # SQLite changes a column by copying its table.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
