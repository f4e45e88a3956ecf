"""Asking: an external application asks for an account, by the id that a back office gave it."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import quote, urlsplit

from backhaul.cli.demo.stage import NORTH, Stage
from backhaul.sdk.errors import BackhaulError

_PROCESS = "CUT Get Account Data"
_OK = 200


def ask(stage: Stage) -> None:
    """Call the process over HTTP, and hold the answer against the front office."""
    stage.narrator.chapter("Answer an external application")
    customer = stage.simulators[NORTH].objects()["customer"][20]
    question = {"back_office": NORTH, "external_id": customer["id"]}
    stage.narrator.say(f"POST /v1/processes/{_PROCESS} {json.dumps(question)}")
    answer = _asked(stage, question)
    if answer["name"] != customer["name"]:
        raise BackhaulError(f"{_PROCESS} answers with another account than {NORTH}'s {customer['id']}.")
    stage.narrator.say(
        f"account {answer['id']}, version {answer['version']}: {answer['name']}, {answer['status']}, "
        f"contacts {', '.join(answer.get('contact_ids', ())) or 'none'}"
    )


def _asked(stage: Stage, question: dict[str, str]) -> dict[str, Any]:
    address = urlsplit(stage.gateway.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", f"/v1/processes/{quote(_PROCESS)}", json.dumps(question), headers)
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != _OK:
        raise BackhaulError(f"The gateway answers {response.status}: {body.decode(errors='replace')}")
    answer: dict[str, Any] = json.loads(body)
    return answer
