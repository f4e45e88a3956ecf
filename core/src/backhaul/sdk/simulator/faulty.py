"""Carries out what the fault plan says about one request."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from backhaul.sdk.simulator.fault_plan import FaultKind, FaultPlan, FaultRule, Garbling
from backhaul.sdk.simulator.http_wire import Answer, Pause
from backhaul.sdk.simulator.message import SimRequest, SimResponse

#: Renders a refusal (status, code, text) in the wire format of the simulated system.
Refusal: TypeAlias = Callable[[SimRequest, int, str, str], SimResponse]
Execute: TypeAlias = Callable[[], SimResponse]

_HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_OVERSIZE = 32_000_000
_STATUS = {
    FaultKind.REFUSE: 422,
    FaultKind.THROTTLE: 429,
    FaultKind.UNAUTHORIZED: 401,
    FaultKind.FAIL_BEFORE_COMMIT: 500,
    FaultKind.FAIL_AFTER_COMMIT: 500,
}
_INSTEAD = (FaultKind.REFUSE, FaultKind.THROTTLE, FaultKind.UNAUTHORIZED, FaultKind.FAIL_BEFORE_COMMIT)


def plain_refusal(_request: SimRequest, status: int, code: str, text: str) -> SimResponse:
    """A refusal as a small JSON document."""
    return SimResponse(status, {"code": code, "reason": text})


class Faulty:
    """Answers a request through the plan: first what delays, then what prevents, then what spoils."""

    def __init__(self, plan: FaultPlan, refusal: Refusal, pause: Pause) -> None:
        self.plan = plan
        self.refusal = refusal
        self._pause = pause

    def answer(self, request: SimRequest, execute: Execute) -> Answer:
        """The answer to `request`, which `execute` carries out."""
        rules = self.plan.strike(request.operation, request.method, request.path)
        if not rules:
            return Answer(execute())
        faults = {rule.fault: rule for rule in reversed(rules)}  # of two of a kind the first counts
        if FaultKind.DELAY in faults and self._pause(faults[FaultKind.DELAY].seconds):
            return Answer(None)
        if FaultKind.DROP_BEFORE in faults:
            return Answer(None)
        for kind in _INSTEAD:
            if kind in faults:
                return Answer(self._refused(request, faults[kind]))
        return self._spoilt(request, execute(), faults, execute)

    def _spoilt(
        self,
        request: SimRequest,
        response: SimResponse,
        faults: dict[FaultKind, FaultRule],
        execute: Execute,
    ) -> Answer:
        if FaultKind.DUPLICATE in faults:
            response = execute()
        if FaultKind.DROP_AFTER_COMMIT in faults:
            return Answer(None)
        if FaultKind.FAIL_AFTER_COMMIT in faults:
            response = self._refused(request, faults[FaultKind.FAIL_AFTER_COMMIT])
        if FaultKind.GARBLE in faults:
            response = garbled(response, faults[FaultKind.GARBLE].garbling)
        if FaultKind.DRIBBLE in faults:
            rule = faults[FaultKind.DRIBBLE]
            return Answer(response, dribble=rule.seconds, dribble_head=rule.head)
        return Answer(response)

    def _refused(self, request: SimRequest, rule: FaultRule) -> SimResponse:
        response = self.refusal(request, rule.status or _STATUS[rule.fault], rule.code, rule.text)
        headers = dict(response.headers)
        if rule.retry_after is not None or rule.fault is FaultKind.THROTTLE:
            headers["Retry-After"] = rule.retry_after or "1"
        if rule.fault is FaultKind.UNAUTHORIZED:
            headers["WWW-Authenticate"] = 'Basic realm="simulator"'
        response.headers = headers
        return response


def garbled(response: SimResponse, garbling: Garbling) -> SimResponse:
    """The answer, spoilt; its status stays."""
    body = response.payload()
    match garbling:
        case Garbling.HTML:
            return SimResponse(response.status, body=_HTML, content_type="text/html")
        case Garbling.TRUNCATED:
            spoilt = body[: len(body) // 2]
        case Garbling.ENCODING:
            spoilt = b"\xff\xfe\xc3" + body
        case Garbling.OVERSIZED:
            spoilt = body + b" " * _OVERSIZE
        case Garbling.EMPTY:
            spoilt = b""
    return SimResponse(
        response.status, body=spoilt, content_type=response.content_type, headers=response.headers
    )
