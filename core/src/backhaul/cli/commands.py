"""Every command: where it lives and what it is for, so that help loads none of them."""

from __future__ import annotations

from collections.abc import Mapping

from backhaul.cli.lazy_group import LazyCommand

COMMANDS: Mapping[str, LazyCommand] = {
    "init": LazyCommand("backhaul.cli.init", "Write a new deployment file, with comments."),
    "check": LazyCommand("backhaul.cli.check", "Check the file, its plugins, mappings and connections."),
    "plugins": LazyCommand("backhaul.cli.plugins", "List the plugins; show what one of them can do."),
    "processes": LazyCommand("backhaul.cli.processes", "List the business processes by verb and entity."),
    "import": LazyCommand("backhaul.cli.import_records", "Import accounts and contacts from CSV files."),
    "get": LazyCommand("backhaul.cli.get", "Read records of the front office store."),
    "send": LazyCommand("backhaul.cli.send", "Send a record to back offices now."),
    "receive": LazyCommand("backhaul.cli.receive", "Take a message of a back office from a file."),
    "explain": LazyCommand("backhaul.cli.explain", "Show what would be sent of a record, and why."),
    "worker": LazyCommand("backhaul.cli.worker", "Deliver, poll and take up held messages."),
    "serve": LazyCommand("backhaul.cli.serve", "Serve the HTTP interface, and deliver."),
    "deliveries": LazyCommand("backhaul.cli.deliveries", "List, show, settle, discard, resubmit deliveries."),
    "lanes": LazyCommand("backhaul.cli.lanes", "List parked lanes and let them go on."),
    "backoffice": LazyCommand("backhaul.cli.backoffice", "Status; pause, resume, rename or retire one."),
    "xref": LazyCommand("backhaul.cli.xref", "Export and import cross references."),
    "inbox": LazyCommand("backhaul.cli.inbox", "List, show and resubmit received messages."),
    "simulate": LazyCommand(
        "backhaul.cli.simulate", "Run the simulated system of a plugin.", transparent=True
    ),
    "demo": LazyCommand("backhaul.cli.demonstration", "See everything work against simulated back offices."),
    "version": LazyCommand("backhaul.cli.version", "Tell the versions of Backhaul and its plugin contract."),
}
