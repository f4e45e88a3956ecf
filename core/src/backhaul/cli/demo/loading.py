"""Loading: the front office's export is imported, and its bad rows are put aside."""

from __future__ import annotations

from pathlib import Path

from backhaul.cli.demo.stage import Stage
from backhaul.cli.importing import Import
from backhaul.processes.importing import Reject, import_rows, reject_files

_SHOWN = 4


def load_export(stage: Stage) -> None:
    """Import the examples, as `backhaul import` does."""
    narrator, examples = stage.narrator, stage.examples
    narrator.chapter("Import the front office's export, as untidy as real ones")
    narrator.say(f"backhaul import {examples.accounts.name} {examples.contacts.name}")
    rejects = _imported(stage)
    narrator.say(f"rejected rows: {len(rejects)}, in accounts.rejects.csv and contacts.rejects.csv, such as")
    for reject in rejects[:: max(1, len(rejects) // _SHOWN)][:_SHOWN]:
        where = f"{Path(reject.file).name} line {reject.line}"
        narrator.say(f"   {where}, {reject.field or 'the whole row'}: {reject.reason}")


def _imported(stage: Stage) -> list[Reject]:
    files = (stage.examples.contacts, stage.examples.accounts)
    with reject_files(stage.folder) as keep, stage.narrator.progress() as show:
        work = Import(stage.backhaul, keep)
        rows = import_rows(stage.examples.accounts, stage.examples.contacts, known=work.known)
        lines = {str(file): file.read_bytes().count(b"\n") for file in files}
        read = dict.fromkeys(lines, 0)
        rejects: list[Reject] = []
        for row in work.run(rows):
            if isinstance(row, Reject):
                rejects.append(row)
            read[row.file] = row.line
            show({"lines read": (sum(read.values()), sum(lines.values()))})
    for entity, tally in work.tallies.items():
        stage.narrator.say(f"{entity}s saved: {tally.new}, deliveries planned with them: {tally.deliveries}")
    return rejects
