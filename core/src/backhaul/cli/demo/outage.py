"""Outage: a back office is away for a while, and catches up."""

from __future__ import annotations

import time

from backhaul.cli.demo import quiet
from backhaul.cli.demo.front_desk import FrontDesk
from backhaul.cli.demo.stage import NORTH, SOUTH, Stage
from backhaul.entities import Account
from backhaul.store.backoffice_states import Health
from backhaul.store.deliveries import DeliveryFilter
from backhaul.store.delivery_state import OPEN

_CHANGED = 60
_AWAY = 2.0


def outage(stage: Stage) -> None:
    """Close one, change accounts meanwhile, open it again."""
    narrator = stage.narrator
    narrator.chapter(f"{NORTH} is down for a while")
    stage.simulators[NORTH].close()
    began = time.monotonic()
    narrator.say(f"{NORTH} refuses connections from now on")
    desk = FrontDesk(stage.backhaul)
    chosen = desk.accounts()[::7][:_CHANGED]
    for account in chosen:
        desk.change(account, _noted)
    narrator.say(f"the front office changes {len(chosen)} accounts meanwhile")
    quiet.until(
        stage, lambda: _is_down(stage) and not quiet.rows(stage)[SOUTH].open, f"{SOUTH} should have them"
    )
    waiting, faults = _waiting(stage)
    narrator.say(
        f"{SOUTH} has them all; {waiting} deliveries wait for {NORTH}, with {faults} attempts used up"
    )
    time.sleep(max(0.0, _AWAY - (time.monotonic() - began)))
    stage.simulators[NORTH].reopen()
    narrator.say(f"{NORTH} is back after {time.monotonic() - began:.1f} seconds, and catches up")
    quiet.wait(stage)


def _noted(account: Account) -> Account:
    text = f"\n{account.description}" if account.description else ""
    return account.changed(description=f"Called while a back office was away.{text}")


def _is_down(stage: Stage) -> bool:
    with stage.backhaul.store.read() as uow:
        return uow.backoffices.get(NORTH).health is Health.DOWN


def _waiting(stage: Stage) -> tuple[int, int]:
    """How many deliveries wait for the one that is away, and how many faults are counted against them."""
    with stage.backhaul.store.read() as uow:
        found = uow.deliveries.page(DeliveryFilter(NORTH, states=OPEN), limit=1000)
    return len(found), sum(delivery.faults for delivery in found)
