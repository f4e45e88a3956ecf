"""Every table of the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backhaul.store.migrations.columns import counted, documents, flags, ids, moments, names, numbers, texts

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables and their indexes."""
    _records()
    _back_office_knowledge()
    _history()
    _lanes()
    _deliveries()
    _beside_deliveries()
    _commands_and_audit()
    _inbox()
    _inbox_items()
    if op.get_context().dialect.name == "postgresql":
        _room_for_busy_rows()


def _primary(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _partial_index(name: str, table: str, columns: list[str], only: str, sqlite: str | None = None) -> None:
    op.create_index(
        name, table, columns, sqlite_where=sa.text(sqlite or only), postgresql_where=sa.text(only)
    )


def _records() -> None:
    op.create_table(
        "records",
        *names("entity", "id"),
        *numbers("version"),
        *names("ordering_key"),
        *names("status", null=True),
        *numbers("schema_version"),
        *flags("deleted"),
        *names("origin"),
        *documents("document"),
        *moments("created_at", "updated_at"),
        _primary("records", "entity", "id"),
    )
    op.create_table(
        "record_keys",
        *names("entity", "kind", "value", "id"),
        *flags("strong"),
        _primary("record_keys", "entity", "kind", "value", "id"),
    )
    op.create_index("ix_record_keys_record", "record_keys", ["entity", "id"])


def _back_office_knowledge() -> None:
    once = ("backoffice", "resource", "entity", "record_id")
    op.create_table(
        "cross_references",
        *names("backoffice", "resource", "external_id", "entity", "record_id"),
        *moments("bound_at"),
        _primary("cross_references", "backoffice", "resource", "external_id"),
        sa.UniqueConstraint(*once, name="uq_cross_references_record"),
    )
    op.create_index("ix_cross_references_record", "cross_references", ["entity", "record_id"])
    op.create_table(
        "sync_states",
        *names("backoffice", "entity", "record_id", "presence"),
        *numbers("sent_version"),
        *documents("base", "stamps", "disputes"),
        *numbers("revision"),
        _primary("sync_states", "backoffice", "entity", "record_id"),
    )
    op.create_index("ix_sync_states_record", "sync_states", ["entity", "record_id"])
    op.create_table(
        "conflicts",
        counted(),
        *names("backoffice", "entity", "record_id", "path", "kind"),
        *documents("ours", "theirs", null=True),
        *names("kept"),
        *names("message_id", null=True),
        *moments("at"),
        _primary("conflicts", "id"),
    )
    op.create_index("ix_conflicts_record", "conflicts", ["entity", "record_id"])


def _history() -> None:
    op.create_table(
        "changes",
        counted("seq"),
        *names("entity", "record_id"),
        *numbers("version"),
        *names("origin"),
        *documents("fields"),
        *names("message_id"),
        *names("causation_id", null=True),
        *numbers("hop"),
        *moments("at"),
        _primary("changes", "seq"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_record", "changes", ["entity", "record_id"])


def _lanes() -> None:
    op.create_table(
        "lanes",
        counted(),
        *names("backoffice", "key"),
        *numbers("tail", "runnable"),
        sa.Column("interactive", sa.Integer(), nullable=False, server_default=sa.text("0")),
        *moments("ready_at", null=True),
        *names("token", "owner", null=True),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")),
        *texts("parked", null=True),
        _primary("lanes", "id"),
        sa.UniqueConstraint("backoffice", "key", name="uq_lanes_key"),
        sqlite_autoincrement=True,
    )
    _partial_index("ix_lanes_ready", "lanes", ["backoffice", "ready_at"], "ready_at IS NOT NULL")
    _partial_index("ix_lanes_interactive", "lanes", ["backoffice", "ready_at"], "interactive > 0")
    _partial_index("ix_lanes_leased", "lanes", ["owner"], "owner IS NOT NULL")
    _partial_index("ix_lanes_parked", "lanes", ["id"], "parked IS NOT NULL")


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        counted(),
        *ids("lane_id"),
        *numbers("seq"),
        *flags("runnable"),
        *names("state", "backoffice", "process", "entity", "record_id"),
        *numbers("version"),
        *names("action", "payload", "mode", "first_send"),
        *documents("document", "condition", null=True),
        *names("cause"),
        *flags("interactive"),
        *names("message_id", "correlation_id"),
        *names("causation_id", null=True),
        *numbers("hop"),
        *moments("not_after", null=True),
        *moments("planned_at"),
        *moments("settled_at", null=True),
        *numbers("attempts", "faults"),
        *texts("code", "reason", null=True),
        *flags("merge_failed"),
        *names("wait_kind", "wait_entity", "wait_id", null=True),
        *moments("deadline", null=True),
        *documents("pin", null=True),
        *numbers("pinned_version", null=True),
        *moments("settle_until", null=True),
        *names("batch", null=True),
        *ids("linked_to", null=True),
        _primary("deliveries", "id"),
        sa.UniqueConstraint("lane_id", "seq", name="uq_deliveries_place"),
        sqlite_autoincrement=True,
    )
    _delivery_indexes("deliveries")


def _delivery_indexes(table: str) -> None:
    op.create_index("ix_deliveries_record", table, ["entity", "record_id"])
    op.create_index("ix_deliveries_state", table, ["backoffice", "state"])
    _partial_index("ix_deliveries_runnable", table, ["lane_id", "seq"], "runnable", sqlite="runnable = 1")
    whose = ["backoffice", "entity", "record_id"]
    _partial_index("ix_deliveries_open", table, whose, "settled_at IS NULL")
    whose = ["backoffice", "wait_entity", "wait_id"]
    _partial_index("ix_deliveries_waiting", table, whose, "wait_kind IS NOT NULL")
    _partial_index("ix_deliveries_deadline", table, ["deadline"], "deadline IS NOT NULL")


def _beside_deliveries() -> None:
    op.create_table(
        "attempts",
        counted(),
        *ids("delivery_id"),
        *numbers("number"),
        *names("kind", "owner"),
        *moments("started_at"),
        *moments("ended_at", null=True),
        *names("outcome", null=True),
        *texts("text", null=True),
        _primary("attempts", "id"),
    )
    op.create_index("ix_attempts_delivery", "attempts", ["delivery_id"])
    op.create_table(
        "tickets",
        *names("backoffice", "ticket"),
        *ids("delivery_id"),
        *flags("settled"),
        *moments("at"),
        _primary("tickets", "backoffice", "ticket"),
    )
    op.create_index("ix_tickets_delivery", "tickets", ["delivery_id"])
    op.create_table(
        "batches",
        *names("name", "backoffice", "entity"),
        *documents("members"),
        *moments("created_at"),
        _primary("batches", "name"),
    )


def _commands_and_audit() -> None:
    op.create_table(
        "backoffice_states",
        *names("name", "state"),
        *texts("reason", null=True),
        *moments("since"),
        *moments("try_at", null=True),
        *numbers("failures"),
        _primary("backoffice_states", "name"),
    )
    op.create_table(
        "idempotency_keys",
        *names("caller", "key", "hash"),
        *documents("answer"),
        *moments("at"),
        _primary("idempotency_keys", "caller", "key"),
    )
    op.create_table(
        "audit",
        counted(),
        *moments("at"),
        *names("who"),
        *texts("why"),
        *names("verb", "subject"),
        *documents("detail", null=True),
        _primary("audit", "id"),
    )


def _inbox() -> None:
    op.create_table(
        "inbox",
        counted(),
        *names("backoffice"),
        *names("message_id", null=True),
        *names("hash", "source"),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        *texts("path"),
        *moments("received_at"),
        *names("state"),
        *documents("answer", null=True),
        *ids("resubmits", null=True),
        _primary("inbox", "id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_received", "inbox", ["backoffice", "received_at"])
    op.create_table(
        "message_ids",
        *names("backoffice", "message_id", "hash"),
        *ids("inbox_id"),
        _primary("message_ids", "backoffice", "message_id"),
    )
    op.create_table(
        "cursors",
        *names("backoffice", "source"),
        *texts("position", null=True),
        *moments("at"),
        _primary("cursors", "backoffice", "source"),
    )


def _inbox_items() -> None:
    op.create_table(
        "inbox_items",
        counted(),
        *ids("inbox_id"),
        *numbers("number"),
        *names("backoffice", "entity"),
        *names("external_id", "ticket", null=True),
        *names("state"),
        *texts("reason", null=True),
        *names("record_id", null=True),
        *documents("inbound", "waits_for", null=True),
        *moments("deadline", null=True),
        *moments("at"),
        _primary("inbox_items", "id"),
    )
    op.create_index("ix_inbox_items_inbox", "inbox_items", ["inbox_id"])
    _partial_index("ix_inbox_items_held", "inbox_items", ["backoffice", "id"], "state = 'held'")


def _room_for_busy_rows() -> None:
    # A lane is updated at every claim and release, each time in its indexes too: room for new versions on
    # the same page, and a vacuum as soon as a fiftieth is dead, keep a claim fast over months.
    op.execute(
        "ALTER TABLE lanes SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, "
        "autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0)"
    )
    op.execute("ALTER TABLE deliveries SET (autovacuum_vacuum_scale_factor = 0.02)")
