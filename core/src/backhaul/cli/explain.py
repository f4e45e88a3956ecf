"""`backhaul explain`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from backhaul.cli.command import command, group
from backhaul.cli.exit_code import ExitCode
from backhaul.cli.session import Session

if TYPE_CHECKING:
    from backhaul.cli.explaining import Explained, FieldOrigin

app = group("Show what would be sent of a record, and why.")


@command(app)
def explain(
    session: Session,
    *,
    entity: Annotated[str, typer.Argument(metavar="ENTITY", help="Such as: account.")],
    id: Annotated[str, typer.Argument(metavar="ID", help="The id of the record here.")],  # noqa: A002
    to: Annotated[str | None, typer.Option(metavar="NAME", help="Only for this back office.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Show also the fields that have no value.")] = False,
) -> None:
    """Show what each back office would be told of a record now, and where every field comes from.

    No back office is called, and nothing is stored or planned. The exit code is 1 if it cannot be sent.
    """
    from backhaul.cli.explaining import explained

    with session.opened() as backhaul:
        found = explained(backhaul, entity.lower(), id, to)
    session.output.document(
        {"entity": entity.lower(), "id": id, "back_offices": [one.as_json() for one in found]}
    )
    if not session.machine:
        for one in found:
            _show(session, one, every=every)
    if any(one.problem for one in found):
        raise typer.Exit(ExitCode.REFUSED)


def _show(session: Session, one: Explained, *, every: bool) -> None:
    out = session.output
    out.say(f"{one.back_office} ({one.plugin})" if one.plugin else one.back_office)
    ids = ", ".join(f"{resource} {external}" for resource, external in one.external_ids.items())
    out.fields(
        {
            "  would": one.change,
            "  known there as": ids or None,
            "  routes": "; ".join(one.routes) or "none",
            "  note": one.note,
            "  problem": one.problem,
        }
    )
    for row in one.fields:
        if every or row.value is not None or row.problem:
            out.say("\n".join(_lines(row)))
    if one.payload is not None:
        out.say(f"\npayload: {json.dumps(one.payload, ensure_ascii=False, indent=2)}")
    out.say("")


def _lines(row: FieldOrigin) -> Iterator[str]:
    """One wire field: its value, then what it is made from, then what is to be said about it."""
    value = json.dumps(row.value, ensure_ascii=False)
    yield f"\n  {row.wire_path} = {value if row.problem is None else '?'}"
    owner = f" (owner: {row.owner})" if row.owner != "shared" else ""
    yield f"      from {row.source}{owner}: {row.rule}"
    if row.value_map and row.value_map not in row.rule:
        yield f"      value map {row.value_map}"
    for word, text in (("wrong", row.problem), ("left out", row.left_out), ("can lose", row.loss)):
        if text:
            yield f"      {word}: {text}"
