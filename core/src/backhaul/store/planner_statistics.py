"""What SQLite's query planner is told about the tables.

Without statistics SQLite takes every index to hold ten rows a value, and then may read all deliveries of a
back office rather than look up 64 records. Statistics of the moment (ANALYZE) would be taken while the
tables are empty, or during an outage, and change plans when nobody expects it. So the shape is stated here
once: a large installation, where a wrong plan hurts. Other databases gather their own.
"""

from __future__ import annotations

from sqlalchemy import Connection

#: Table -> index -> entries, then entries for each value of the first column, of the first two, and so on.
SHAPE = {
    "records": {"sqlite_autoindex_records_1": "100000 20000 1"},
    "record_keys": {
        "sqlite_autoindex_record_keys_1": "500000 100000 20000 2 1",
        "ix_record_keys_record": "500000 100000 5",
    },
    "cross_references": {
        "sqlite_autoindex_cross_references_1": "200000 40000 10000 1",
        "sqlite_autoindex_cross_references_2": "200000 40000 10000 5000 1",
        "ix_cross_references_record": "200000 50000 3",
    },
    "sync_states": {
        "sqlite_autoindex_sync_states_1": "200000 40000 10000 1",
        "ix_sync_states_record": "200000 50000 2",
    },
    "changes": {"ix_changes_record": "1000000 200000 10"},
    "conflicts": {"ix_conflicts_record": "1000 200 2"},
    "lanes": {
        "sqlite_autoindex_lanes_1": "100000 20000 1",
        "ix_lanes_ready": "10000 2000 1",
        "ix_lanes_interactive": "100 20 1",
        "ix_lanes_leased": "100 20",
        "ix_lanes_parked": "100 1",
    },
    "deliveries": {
        "sqlite_autoindex_deliveries_1": "1000000 20 1",
        "ix_deliveries_record": "1000000 200000 10",
        "ix_deliveries_state": "1000000 200000 20000",
        "ix_deliveries_runnable": "100000 10 1",
        "ix_deliveries_open": "100000 20000 5000 2",
        "ix_deliveries_waiting": "10000 2000 500 2",
        "ix_deliveries_deadline": "10000 1",
    },
    "attempts": {"ix_attempts_delivery": "1000000 2"},
    "tickets": {"sqlite_autoindex_tickets_1": "100000 20000 1", "ix_tickets_delivery": "100000 1"},
    "batches": {"sqlite_autoindex_batches_1": "10000 1"},
    "backoffice_states": {"sqlite_autoindex_backoffice_states_1": "10 1"},
    "idempotency_keys": {"sqlite_autoindex_idempotency_keys_1": "100000 20000 1"},
    "inbox": {"ix_inbox_received": "1000000 200000 1"},
    "message_ids": {"sqlite_autoindex_message_ids_1": "1000000 200000 1"},
    "inbox_items": {"ix_inbox_items_inbox": "1000000 2", "ix_inbox_items_held": "1000 200 1"},
    "cursors": {"sqlite_autoindex_cursors_1": "20 4 1"},
}


def state_shape(connection: Connection) -> None:
    """Tell SQLite the shape of the tables; counts for connections that are opened afterwards."""
    # Creates the table of statistics, and reads no data.
    connection.exec_driver_sql("ANALYZE sqlite_master")
    connection.exec_driver_sql("DELETE FROM sqlite_stat1")
    rows = [(table, index, shape) for table, indexes in SHAPE.items() for index, shape in indexes.items()]
    connection.exec_driver_sql("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", rows)
