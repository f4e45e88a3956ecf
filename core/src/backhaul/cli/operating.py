"""What the commands of operators have in common."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from backhaul.cli.exit_code import ExitCode
from backhaul.cli.session import Session

if TYPE_CHECKING:
    from backhaul.config import Deployment
    from backhaul.processes.operations.bulk import BulkReport
    from backhaul.processes.operations.mandate import Mandate
    from backhaul.store.delivery_filter import DeliveryFilter
    from backhaul.store.unit_of_work import Store


def mandate(who: str | None, why: str) -> Mandate:
    """In whose name, and why. Raises RejectedError when one of them is empty."""
    from backhaul.processes.operations.mandate import Mandate

    return Mandate(who or _user(), why)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may run under a number without a name
        return ""


def chosen(
    *,
    ids: list[int] | None = None,
    back_office: str | None = None,
    states: list[str] | None = None,
    entity: str | None = None,
    record: str | None = None,
    person: bool = False,
    parked: bool = False,
) -> DeliveryFilter:
    """The filter that the options describe. Raises typer.BadParameter for an unknown state."""
    from backhaul.store.delivery_filter import DeliveryFilter
    from backhaul.store.delivery_state import PARKED, State

    wanted: set[State] = set(PARKED) if parked else set()
    for name in states or ():
        if name not in set(State):
            raise typer.BadParameter(f"there is no state {name!r}; there are: {', '.join(State)}")
        wanted.add(State(name))
    return DeliveryFilter(
        backoffice=back_office,
        states=frozenset(wanted) or None,
        entity=entity,
        record_id=record,
        ids=tuple(ids) if ids else None,
        person=person or None,
    )


def reported(session: Session, report: BulkReport, verb: str) -> None:
    """Tell what became of many deliveries; exit with REFUSED if one of them was refused."""
    session.output.document(report.as_json())
    session.output.say(f"{verb}: {len(report.done)}; refused: {len(report.refused)}.")
    for old, new in report.planned.items():
        session.output.say(f"  {old} is replaced by {new}")
    for one in report.refused:
        session.output.note(f"  {one.delivery}: {one.reason}")
    if report.refused:
        raise typer.Exit(ExitCode.REFUSED)


@contextmanager
def store_alone(session: Session) -> Iterator[tuple[Deployment, Store]]:
    """The deployment file and its store, without back offices: for what keeps everything from starting."""
    from backhaul.config import load_deployment
    from backhaul.store.database import Database
    from backhaul.store.schema import upgrade
    from backhaul.store.unit_of_work import Store

    deployment = load_deployment(session.deployment)
    store = Store(Database(deployment.store_url()))
    try:
        upgrade(store.database)
        yield deployment, store
    finally:
        store.close()
