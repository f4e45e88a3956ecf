"""Which status and kind of problem each error of the family is, and what the page of a kind says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from backhaul.gateway.problem import Problem
from backhaul.sdk.errors import (
    AmbiguousError,
    AuthenticationError,
    BackhaulError,
    ConfigurationError,
    ConflictError,
    HookError,
    MappingError,
    NotFoundError,
    RejectedError,
    TransientError,
    UnknownOutcomeError,
    UnsupportedError,
)

_FAMILY: tuple[tuple[type[BackhaulError], int, str], ...] = (
    (RejectedError, 422, "rejected"),
    (MappingError, 422, "mapping"),
    (UnsupportedError, 422, "unsupported"),
    (NotFoundError, 404, "not-found"),
    (AmbiguousError, 409, "ambiguous"),
    (ConflictError, 409, "conflict"),
    # Ours were refused over there; a caller that does not prove itself here gets a 401 where that is found.
    (AuthenticationError, 502, "back-office-refused-us"),
    (TransientError, 503, "not-now"),
    (UnknownOutcomeError, 504, "unknown-outcome"),
    (ConfigurationError, 500, "configuration"),
    (HookError, 500, "hook"),
)
_TOO_LARGE = 413

#: One line on each kind: what it means and what to do.
PAGES: Mapping[str, str] = MappingProxyType(
    {
        "ambiguous": "More than one record matches; `candidates` are their ids. A person decides.",
        "back-office-refused-us": "A back office refused our credentials. Correct them in the deployment.",
        "bad-request": "The request is not understood; `detail` says which part. Correct it.",
        "configuration": "The deployment is wrong; its operator finds the reason in the log.",
        "conflict": "The record, id or message is not what the sender believed. Read it again, decide again.",
        "forbidden": "This caller may not do this; nothing was done.",
        "hook": "A plugin's hook failed; its operator finds the reason in the log.",
        "internal": "A defect. Its operator finds the reason in the log; repeat only what is safe to repeat.",
        "invalid": "The document breaks the rules of its entity; `errors` names every place.",
        "mapping": "The record cannot be spelled for the back office; correct the record or the mapping.",
        "not-found": "There is no such address, record, delivery, process or back office.",
        "not-now": "Nothing was done. Repeat it later, after the seconds of Retry-After where given.",
        "precondition-failed": "The record has another version than If-Match says. Read it again.",
        "precondition-required": "A change needs If-Match with the ETag of the version that was read.",
        "refused": "Nothing of the message was taken. It is kept as `inbox_id`; `items` says why.",
        "rejected": "Understood, and refused by a rule; `code` names it.",
        "timeout": "The request did not arrive in time. Send it again, faster.",
        "too-large": "The body is larger than allowed; nothing of it was kept.",
        "unauthenticated": "The sender did not prove who it is; nothing was kept.",
        "unknown-outcome": "It was sent and no answer came: it may have been executed. Look first.",
        "unsupported": "This cannot be done here; `detail` says why.",
        "unsupported-media-type": "The body has another type or encoding than this address takes.",
    }
)


def problem_of(error: BackhaulError) -> Problem:
    """The problem document of an error, with its context; error texts carry no payload."""
    rows = ((status, kind) for cls, status, kind in _FAMILY if isinstance(error, cls))
    status, kind = next(rows, (500, "internal"))
    if isinstance(error, RejectedError) and error.code == "too_large":
        status, kind = _TOO_LARGE, "too-large"
    return Problem(status, kind, error.message, error.hint, _facts(error), _headers(error))


def _facts(error: BackhaulError) -> dict[str, Any]:
    context = error.context
    return {
        "code": getattr(error, "code", None) or None,
        "path": getattr(error, "path", None) or None,
        "candidates": list(error.candidates) if isinstance(error, AmbiguousError) else None,
        "back_office": context.back_office,
        "operation": context.operation,
        "correlation_id": context.correlation_id,
        "plugin": context.plugin,
    }


def _headers(error: BackhaulError) -> dict[str, str]:
    if isinstance(error, TransientError):
        return {"Retry-After": str(math.ceil(error.retry_after or 1))}
    return {}
