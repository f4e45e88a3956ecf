"""Changes: on both sides at once, and of some accounts on both."""

from __future__ import annotations

from collections import Counter
from itertools import islice

from backhaul.cli.demo import quiet
from backhaul.cli.demo.clerk import Clerk
from backhaul.cli.demo.front_desk import FrontDesk
from backhaul.cli.demo.stage import NORTH, SOUTH, Stage
from backhaul.entities import Account, Contact
from backhaul.entities.party.account import AccountStatus

_SOME = 25
_CROSSED = 5


def change_everywhere(stage: Stage) -> None:
    """The front office and the clerks of both back offices work at the same time, and all of it meets."""
    narrator = stage.narrator
    narrator.chapter("Change accounts on every side at the same time")
    north, south = Clerk(stage.simulators[NORTH]), Clerk(stage.simulators[SOUTH])
    renamed = north.rename_customers(north.customers()[10 : 10 + _SOME])
    narrator.say(f"a clerk of {NORTH} renames {renamed} customers; it posts the events to the gateway")
    numbers = south.correct_numbers(_SOME)
    narrator.say(f"a clerk of {SOUTH} corrects {numbers} telephone numbers; the workers poll them")
    suspended = south.suspend_customers(south.customers()[5 : 5 + _CROSSED])
    accounts, contacts = _front_office(stage, [one["id"] for one in south.customers()[5 : 5 + _CROSSED]])
    narrator.say(
        f"the front office changes {accounts} accounts and {contacts} contacts; {suspended} of the accounts "
        f"are being suspended at {SOUTH} in the same second"
    )
    for clerk, name in ((north, "Noël O'Connor"), (south, "Søren Ångström")):
        clerk.open_account(*name.split())
    narrator.say("each back office opens an account of its own, for a person whom nobody here knows yet")
    quiet.wait(stage)
    received = _received(stage)
    told = f"{received[NORTH]} from {NORTH} (pushed), {received[SOUTH]} from {SOUTH} (polled)"
    narrator.say(f"changes taken over: {told}")


def _front_office(stage: Stage, crossed: list[str]) -> tuple[int, int]:
    """Describe some accounts, those of these customers first, and promote some people."""
    desk = FrontDesk(stage.backhaul)
    accounts = [stage.backhaul.get.by_external_id("account", SOUTH, identifier) for identifier in crossed]
    others = [one for one in desk.accounts()[3::11] if one.id not in {found.id for found in accounts}]
    chosen = [one for one in (*accounts, *others) if isinstance(one, Account)][:_SOME]
    for account in chosen:
        desk.change(account, _described)
    people = list(islice(desk.contacts(), 7, None, 9))[:_SOME]
    for person in people:
        desk.change(person, _promoted)
    return len(chosen), len(people)


def _described(account: Account) -> Account:
    status = AccountStatus.ACTIVE if account.status is AccountStatus.PROSPECT else account.status
    return account.changed(alias=f"{account.name[:40]} & Co. <{account.id}>", status=status)


def _promoted(contact: Contact) -> Contact:
    return contact.changed(job_title="Leiter „Einkauf“ & Verträge")


def _received(stage: Stage) -> dict[str, int]:
    """How many changes were taken over from each back office."""
    desk = FrontDesk(stage.backhaul)
    refs = [(record.entity, record.id) for record in (*desk.accounts(), *desk.contacts())]
    with stage.backhaul.store.read() as uow:
        origins = Counter(change["origin"] for ref in refs for change in uow.changes.of(ref))
    return {name: origins[name] for name in (NORTH, SOUTH)}
