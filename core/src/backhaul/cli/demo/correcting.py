"""Correcting: what was refused or could not be mapped is parked for a person, who deals with it."""

from __future__ import annotations

from backhaul.cli.demo import quiet
from backhaul.cli.demo.front_desk import FrontDesk
from backhaul.cli.demo.stage import Stage
from backhaul.entities import Account
from backhaul.processes.operations.deliveries import DeliveryOperations
from backhaul.processes.operations.mandate import Mandate
from backhaul.store.deliveries import Delivery, DeliveryFilter
from backhaul.store.delivery_state import State

_ROOM = 200


def correct(stage: Stage) -> None:
    """Resubmit what was refused for the moment; shorten what has no room over there."""
    stage.narrator.chapter("Deal with what was parked for a person")
    _resubmit(stage)
    _shorten(stage)
    quiet.settled(stage)


def _resubmit(stage: Stage) -> None:
    rejected = _parked(stage, State.REJECTED)
    for delivery in rejected:
        stage.narrator.say(
            f"delivery {delivery.id} ({delivery.entity} {delivery.record_id}) was rejected by "
            f"{delivery.backoffice}: {delivery.code}"
        )
    if not rejected:
        return
    backhaul = stage.backhaul
    operations = DeliveryOperations(backhaul.store, backhaul.landscape, backhaul.announcements)
    chosen = DeliveryFilter(states=frozenset({State.REJECTED}))
    report = operations.resubmit_all(chosen, Mandate("demo", "the credit check answers again"))
    stage.narrator.say(f"backhaul deliveries resubmit: {len(report.planned)} of them are sent again")


def _shorten(stage: Stage) -> None:
    desk = FrontDesk(stage.backhaul)
    unmappable = _parked(stage, State.UNMAPPABLE)
    for delivery in unmappable:
        stage.narrator.say(
            f"delivery {delivery.id} to {delivery.backoffice} was never sent: {delivery.reason}"
        )
    for record_id in sorted({delivery.record_id for delivery in unmappable if delivery.entity == "account"}):
        account = stage.backhaul.get.by_id("account", record_id)
        if isinstance(account, Account):
            desk.change(account, lambda found: found.changed(name=found.name[:_ROOM].rstrip()))
            stage.narrator.say(f"the front office shortens the name of account {record_id} and saves it")


def _parked(stage: Stage, state: State) -> list[Delivery]:
    with stage.backhaul.store.read() as uow:
        return uow.deliveries.page(DeliveryFilter(states=frozenset({state})))
