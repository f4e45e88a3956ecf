"""Lanes, deliveries and attempts: the one delivery path."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint, text

from backhaul.store.tables.base import id_type, json_type, metadata, moment_type, name_type

lanes = Table(
    "lanes",
    metadata,
    Column("id", id_type(), primary_key=True, autoincrement=True),
    Column("backoffice", name_type(), nullable=False),
    Column("key", name_type(), nullable=False),
    Column("tail", Integer, nullable=False),
    Column("runnable", Integer, nullable=False),
    Column("interactive", Integer, nullable=False, server_default=text("0")),
    Column("ready_at", moment_type()),
    Column("token", name_type()),
    Column("owner", name_type()),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("parked", Text),
    UniqueConstraint("backoffice", "key", name="uq_lanes_key"),
    sqlite_autoincrement=True,  # deliveries name it: an id is never used again, also when its row was removed
)
Index(
    "ix_lanes_ready",
    lanes.c.backoffice,
    lanes.c.ready_at,
    sqlite_where=lanes.c.ready_at.is_not(None),
    postgresql_where=lanes.c.ready_at.is_not(None),
)
Index(
    "ix_lanes_interactive",
    lanes.c.backoffice,
    lanes.c.ready_at,
    sqlite_where=lanes.c.interactive > 0,
    postgresql_where=lanes.c.interactive > 0,
)
Index(
    "ix_lanes_leased",
    lanes.c.owner,
    sqlite_where=lanes.c.owner.is_not(None),
    postgresql_where=lanes.c.owner.is_not(None),
)

Index(
    "ix_lanes_parked",
    lanes.c.id,
    sqlite_where=lanes.c.parked.is_not(None),
    postgresql_where=lanes.c.parked.is_not(None),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", id_type(), primary_key=True, autoincrement=True),
    Column("lane_id", id_type(), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("runnable", Boolean, nullable=False),
    Column("state", name_type(), nullable=False),
    Column("backoffice", name_type(), nullable=False),
    Column("process", name_type(), nullable=False),
    Column("entity", name_type(), nullable=False),
    Column("record_id", name_type(), nullable=False),
    Column("version", Integer, nullable=False),
    Column("action", name_type(), nullable=False),
    Column("payload", name_type(), nullable=False),
    Column("mode", name_type(), nullable=False),
    Column("first_send", name_type(), nullable=False),
    Column("document", json_type()),
    Column("condition", json_type()),
    Column("cause", name_type(), nullable=False),
    Column("interactive", Boolean, nullable=False),
    Column("message_id", name_type(), nullable=False),
    Column("correlation_id", name_type(), nullable=False),
    Column("causation_id", name_type()),
    Column("hop", Integer, nullable=False),
    Column("not_after", moment_type()),
    Column("planned_at", moment_type(), nullable=False),
    Column("settled_at", moment_type()),
    Column("attempts", Integer, nullable=False),
    Column("faults", Integer, nullable=False),
    Column("code", Text),
    Column("reason", Text),
    Column("merge_failed", Boolean, nullable=False),
    Column("wait_kind", name_type()),
    Column("wait_entity", name_type()),
    Column("wait_id", name_type()),
    Column("deadline", moment_type()),
    Column("pin", json_type()),
    Column("pinned_version", Integer),
    Column("settle_until", moment_type()),
    Column("batch", name_type()),
    Column("linked_to", id_type()),
    UniqueConstraint("lane_id", "seq", name="uq_deliveries_place"),
    Index("ix_deliveries_record", "entity", "record_id"),
    Index("ix_deliveries_state", "backoffice", "state"),
    sqlite_autoincrement=True,
)
Index(
    "ix_deliveries_runnable",
    deliveries.c.lane_id,
    deliveries.c.seq,
    sqlite_where=text("runnable = 1"),
    postgresql_where=deliveries.c.runnable,
)
Index(
    "ix_deliveries_open",
    deliveries.c.backoffice,
    deliveries.c.entity,
    deliveries.c.record_id,
    sqlite_where=deliveries.c.settled_at.is_(None),
    postgresql_where=deliveries.c.settled_at.is_(None),
)
Index(
    "ix_deliveries_waiting",
    deliveries.c.backoffice,
    deliveries.c.wait_entity,
    deliveries.c.wait_id,
    sqlite_where=deliveries.c.wait_kind.is_not(None),
    postgresql_where=deliveries.c.wait_kind.is_not(None),
)
Index(
    "ix_deliveries_deadline",
    deliveries.c.deadline,
    sqlite_where=deliveries.c.deadline.is_not(None),
    postgresql_where=deliveries.c.deadline.is_not(None),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", id_type(), primary_key=True, autoincrement=True),
    Column("delivery_id", id_type(), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", name_type(), nullable=False),
    Column("owner", name_type(), nullable=False),
    Column("started_at", moment_type(), nullable=False),
    Column("ended_at", moment_type()),
    Column("outcome", name_type()),
    Column("text", Text),
    Index("ix_attempts_delivery", "delivery_id"),
)

tickets = Table(
    "tickets",
    metadata,
    Column("backoffice", name_type(), primary_key=True),
    Column("ticket", name_type(), primary_key=True),
    Column("delivery_id", id_type(), nullable=False),
    Column("settled", Boolean, nullable=False),
    Column("at", moment_type(), nullable=False),
    Index("ix_tickets_delivery", "delivery_id"),
)

batches = Table(
    "batches",
    metadata,
    Column("name", name_type(), primary_key=True),
    Column("backoffice", name_type(), nullable=False),
    Column("entity", name_type(), nullable=False),
    Column("members", json_type(), nullable=False),
    Column("created_at", moment_type(), nullable=False),
)

backoffice_states = Table(
    "backoffice_states",
    metadata,
    Column("name", name_type(), primary_key=True),
    Column("state", name_type(), nullable=False),
    Column("reason", Text),
    Column("since", moment_type(), nullable=False),
    Column("try_at", moment_type()),
    Column("failures", Integer, nullable=False),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("caller", name_type(), primary_key=True),
    Column("key", name_type(), primary_key=True),
    Column("hash", name_type(), nullable=False),
    Column("answer", json_type(), nullable=False),
    Column("at", moment_type(), nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", id_type(), primary_key=True, autoincrement=True),
    Column("at", moment_type(), nullable=False),
    Column("who", name_type(), nullable=False),
    Column("why", Text, nullable=False),
    Column("verb", name_type(), nullable=False),
    Column("subject", name_type(), nullable=False),
    Column("detail", json_type()),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", id_type(), primary_key=True, autoincrement=True),
    Column("backoffice", name_type(), nullable=False),
    Column("message_id", name_type()),
    Column("hash", name_type(), nullable=False),
    Column("source", name_type(), nullable=False),
    Column("body", LargeBinary),
    Column("path", Text, nullable=False),
    Column("received_at", moment_type(), nullable=False),
    Column("state", name_type(), nullable=False),
    Column("answer", json_type()),
    Column("resubmits", id_type()),
    Index("ix_inbox_received", "backoffice", "received_at"),
    sqlite_autoincrement=True,
)

message_ids = Table(
    "message_ids",
    metadata,
    Column("backoffice", name_type(), primary_key=True),
    Column("message_id", name_type(), primary_key=True),
    Column("hash", name_type(), nullable=False),
    Column("inbox_id", id_type(), nullable=False),
)

inbox_items = Table(
    "inbox_items",
    metadata,
    Column("id", id_type(), primary_key=True, autoincrement=True),
    Column("inbox_id", id_type(), nullable=False),
    Column("number", Integer, nullable=False),
    Column("backoffice", name_type(), nullable=False),
    Column("entity", name_type(), nullable=False),
    Column("external_id", name_type()),
    Column("ticket", name_type()),
    Column("state", name_type(), nullable=False),
    Column("reason", Text),
    Column("record_id", name_type()),
    Column("inbound", json_type()),
    Column("waits_for", json_type()),
    Column("deadline", moment_type()),
    Column("at", moment_type(), nullable=False),
    Index("ix_inbox_items_inbox", "inbox_id"),
)
Index(
    "ix_inbox_items_held",
    inbox_items.c.backoffice,
    inbox_items.c.id,
    sqlite_where=inbox_items.c.state == "held",
    postgresql_where=inbox_items.c.state == "held",
)

cursors = Table(
    "cursors",
    metadata,
    Column("backoffice", name_type(), primary_key=True),
    Column("source", name_type(), primary_key=True),
    Column("position", Text),
    Column("at", moment_type(), nullable=False),
)
