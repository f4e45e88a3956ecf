"""Back offices that the store knows and the deployment file lacks: refused, renamed, retired (RULES 10)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from difflib import get_close_matches

from backhaul.processes.operations.mandate import Mandate
from backhaul.sdk.errors import ConfigurationError, ConflictError, NotFoundError
from backhaul.store.back_office_names import Use
from backhaul.store.unit_of_work import Store, UnitOfWork


def refuse_lost_back_offices(store: Store, names: Collection[str]) -> None:
    """At start: every back office with open deliveries or cross references must be configured.

    `names` are those in the deployment file, whether or not their plugins can be loaded. Raises
    ConfigurationError naming each that is lost, with what it has.
    """
    with store.read() as uow:
        lost = {name: uow.back_office_names.use(name) for name in uow.back_office_names.in_use() - set(names)}
    if not lost:
        return
    facts = "; ".join(f"{name} ({_spelled(use)})" for name, use in sorted(lost.items()))
    first = min(lost)
    near = get_close_matches(first, names, n=1) or ["NEW"]
    hint = (
        f"Put it back, or run 'backhaul backoffice rename {first} {near[0]}' if it has another name now, or "
        f"'backhaul backoffice retire {first}' to give it up."
    )
    msg = f"The deployment file lacks a back office that the store needs: {facts}."
    raise ConfigurationError(msg, hint=hint)


def rename(store: Store, old: str, new: str, names: Collection[str], by: Mandate) -> int:
    """Give everything of a back office its new name, history included; the number of rows changed.

    The deployment file has the new name already (`names`) and not the old one. Raises NotFoundError where
    the store knows nothing of the old name, ConflictError while a worker has it in work, while one of its
    sends may have been done, or when the new name has a history of its own.
    """
    with store.write() as uow:
        _check_lost(uow, old, names)
        if new not in names:
            msg = f"The deployment file has no back office {new}."
            raise ConflictError(msg, hint=f"Rename [backoffice.{old}] there first.")
        if uow.back_office_names.known(new):
            msg = f"The back office {new} has a history of its own: the two cannot become one."
            raise ConflictError(msg, hint="Choose a name that was never used.")
        use = _idle(uow, old)
        if use.attempted:
            # Keys against doubling are made of the name: repeated under another one, they protect nothing.
            msg = (
                f"Sends to {old} that may have been done, and could not be repeated safely: {use.attempted}."
            )
            hint = f"Put the name {old} back, let them settle (or settle them by hand), then rename it."
            raise ConflictError(msg, hint=hint)
        rows = uow.back_office_names.rename(old, new)
        by.audit(uow, "backoffice rename", new, {"old": old, "rows": rows})
    return rows


def retire(store: Store, name: str, names: Collection[str], by: Mandate) -> Use:
    """Give up a back office that is no longer configured: what it had.

    Its open deliveries are discarded, its cross references, bases and cursors forgotten; the history stays.
    Export the cross references first: they cannot be brought back. Raises NotFoundError and ConflictError
    as `rename` does.
    """
    with store.write() as uow:
        _check_lost(uow, name, names)
        use = _idle(uow, name)
        uow.back_office_names.retire(name, f"retired by {by}")
        by.audit(uow, "backoffice retire", name, asdict(use))
    return use


def _check_lost(uow: UnitOfWork, name: str, names: Collection[str]) -> None:
    if name in names:
        msg = f"The back office {name} is still in the deployment file."
        raise ConflictError(msg, hint="Stop its workers and take it out of the file first.")
    if not uow.back_office_names.known(name):
        msg = f"The store knows nothing of a back office {name}."
        raise NotFoundError(msg)


def _idle(uow: UnitOfWork, name: str) -> Use:
    use = uow.back_office_names.use(name)
    if use.leased:
        msg = f"A worker has lanes of {name} in work: {use.leased}."
        raise ConflictError(msg, hint="Stop every worker first; a lease of a dead one ends by itself.")
    return use


def _spelled(use: Use) -> str:
    return f"open deliveries: {use.open}, cross references: {use.bound}"
