"""`backhaul get`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from backhaul.cli.command import command, group
from backhaul.cli.pairs import pair, pairs
from backhaul.cli.session import Session

if TYPE_CHECKING:
    from backhaul.bootstrap import Backhaul
    from backhaul.entities import Record

app = group("Read records of the front office store.")

External = Annotated[
    str | None,
    typer.Option(metavar="BACKOFFICE:ID", help="Find it by the id that a back office knows it by."),
]
Resource = Annotated[
    str | None, typer.Option(help="With --external: the kind of object there, if not the usual one.")
]
Keys = Annotated[str | None, typer.Option("--key", metavar="KIND=VALUE", help="Find it by a strong key.")]
Example = Annotated[
    list[str] | None,
    typer.Option(metavar="KIND=VALUE", help="List those that have this key; all of them, if repeated."),
]
After = Annotated[str | None, typer.Option(metavar="ID", help="With --example: begin behind this id.")]


@command(app)
def get(
    session: Session,
    what: Annotated[
        str, typer.Argument(metavar="ENTITY_OR_PROCESS", help="Such as: account, 'CUT Get Account'.")
    ],
    id: Annotated[str | None, typer.Argument(metavar="[ID]", help="Its id here.")] = None,  # noqa: A002
    external: External = None,
    resource: Resource = None,
    key: Keys = None,
    example: Example = None,
    after: After = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="With --example: at most so many.")] = 50,
) -> None:
    """Read one record by its id, an external id or a strong key; or a page of records by example.

    Nothing is asked of a back office. Without an id and without options, the first records are listed.
    """
    ways = [way for way in (id, external, key, example) if way]
    if len(ways) > 1:
        raise typer.BadParameter("give one of: an ID, --external, --key, --example")
    with session.opened() as backhaul:
        if ways and not example:
            _one(session, _found(backhaul, what, id, external, resource, key))
        else:
            _page(session, backhaul, what, pairs(example or ()), after, limit)


def _found(
    backhaul: Backhaul,
    what: str,
    id: str | None,  # noqa: A002
    external: str | None,
    resource: str | None,
    key: str | None,
) -> Record:
    entity = _entity(backhaul, what)
    if external:
        back_office, external_id = pair(external, ":", "BACKOFFICE:ID")
        return backhaul.get.by_external_id(entity, back_office, external_id, resource)
    if key:
        return backhaul.get.by_key(entity, *pair(key, "=", "KIND=VALUE"))
    return backhaul.get.by_id(entity, id or "")


def _entity(backhaul: Backhaul, what: str) -> str:
    if what.lower() in backhaul.landscape.entities:
        return what.lower()
    return backhaul.get.entity_of(what)


def _one(session: Session, record: Record) -> None:
    from backhaul.cli.records import document, flat

    shown = document(record)
    session.output.document(shown)
    session.output.fields(dict(flat(shown)))


def _page(
    session: Session, backhaul: Backhaul, what: str, example: dict[str, str], after: str | None, limit: int
) -> None:
    from backhaul.cli.records import document

    page = backhaul.get.by_example(_entity(backhaul, what), example, after=after, limit=limit)
    session.output.document(
        {"records": [document(one) for one in page.records], "next_after": page.next_after}
    )
    rows = [
        (
            one.id,
            getattr(one, "status", None),
            getattr(one, "name", None) or _full_name(one),
            one.version,
            one.origin,
        )
        for one in page.records
    ]
    session.output.table(("id", "status", "name", "version", "changed by"), rows, empty="No record has that.")
    if page.next_after is not None:
        session.output.note(f"There are more: --after {page.next_after}")


def _full_name(record: Record) -> str | None:
    parts = (getattr(record, "first_name", None), getattr(record, "last_name", None))
    return " ".join(part for part in parts if part) or None
