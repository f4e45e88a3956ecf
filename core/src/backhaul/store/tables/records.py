"""Records as documents with keys, and everything known about them at each back office."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, Table, UniqueConstraint

from backhaul.store.tables.base import id_type, json_type, metadata, moment_type, name_type

records = Table(
    "records",
    metadata,
    Column("entity", name_type(), primary_key=True),
    Column("id", name_type(), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("ordering_key", name_type(), nullable=False),
    Column("status", name_type()),
    Column("schema_version", Integer, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("origin", name_type(), nullable=False),
    Column("document", json_type(), nullable=False),
    Column("created_at", moment_type(), nullable=False),
    Column("updated_at", moment_type(), nullable=False),
)

record_keys = Table(
    "record_keys",
    metadata,
    Column("entity", name_type(), primary_key=True),
    Column("kind", name_type(), primary_key=True),
    Column("value", name_type(), primary_key=True),
    Column("id", name_type(), primary_key=True),
    Column("strong", Boolean, nullable=False),
    Index("ix_record_keys_record", "entity", "id"),
)

cross_references = Table(
    "cross_references",
    metadata,
    Column("backoffice", name_type(), primary_key=True),
    Column("resource", name_type(), primary_key=True),
    Column("external_id", name_type(), primary_key=True),
    Column("entity", name_type(), nullable=False),
    Column("record_id", name_type(), nullable=False),
    Column("bound_at", moment_type(), nullable=False),
    UniqueConstraint("backoffice", "resource", "entity", "record_id", name="uq_cross_references_record"),
    Index("ix_cross_references_record", "entity", "record_id"),
)

sync_states = Table(
    "sync_states",
    metadata,
    Column("backoffice", name_type(), primary_key=True),
    Column("entity", name_type(), primary_key=True),
    Column("record_id", name_type(), primary_key=True),
    Column("presence", name_type(), nullable=False),
    Column("sent_version", Integer, nullable=False),
    Column("base", json_type(), nullable=False),
    Column("stamps", json_type(), nullable=False),
    Column("disputes", json_type(), nullable=False),
    Column("revision", Integer, nullable=False),
    Index("ix_sync_states_record", "entity", "record_id"),
)

changes = Table(
    "changes",
    metadata,
    Column("seq", id_type(), primary_key=True, autoincrement=True),
    Column("entity", name_type(), nullable=False),
    Column("record_id", name_type(), nullable=False),
    Column("version", Integer, nullable=False),
    Column("origin", name_type(), nullable=False),
    Column("fields", json_type(), nullable=False),
    Column("message_id", name_type(), nullable=False),
    Column("causation_id", name_type()),
    Column("hop", Integer, nullable=False),
    Column("at", moment_type(), nullable=False),
    Index("ix_changes_record", "entity", "record_id"),
    sqlite_autoincrement=True,
)

conflicts = Table(
    "conflicts",
    metadata,
    Column("id", id_type(), primary_key=True, autoincrement=True),
    Column("backoffice", name_type(), nullable=False),
    Column("entity", name_type(), nullable=False),
    Column("record_id", name_type(), nullable=False),
    Column("path", name_type(), nullable=False),
    Column("kind", name_type(), nullable=False),
    Column("ours", json_type()),
    Column("theirs", json_type()),
    Column("kept", name_type(), nullable=False),
    Column("message_id", name_type()),
    Column("at", moment_type(), nullable=False),
    Index("ix_conflicts_record", "entity", "record_id"),
)
