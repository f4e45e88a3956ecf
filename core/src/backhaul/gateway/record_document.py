"""Documents of callers as records of ours."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from backhaul.entities import Record
from backhaul.gateway.problem import ProblemError
from backhaul.sdk.json import Document, Json

_ISSUED = ("version", "created_at", "updated_at", "origin")


def record_of(model: type[Record], document: Document) -> Record:
    """The record. Raises ProblemError 422 that names every place, and quotes no value."""
    extensions = document.get("extensions")
    if isinstance(extensions, dict):
        # Amounts need exact fractions; an extension is plain JSON, whose fractions are floats.
        document = {**document, "extensions": _plain(extensions)}
    try:
        return model.model_validate(document)
    except ValidationError as error:
        faults = [
            {"path": ".".join(map(str, one["loc"])), "message": one["msg"]}
            for one in error.errors(include_input=False, include_url=False, include_context=False)
        ]
        detail = f"The document is no valid {model.entity}."
        raise ProblemError(422, "invalid", detail, errors=faults) from None


def refuse_issued(document: Document, current: Document) -> None:
    """Raise ProblemError 422 where a caller would set what is issued here; repeating it is allowed."""
    for name in ("id", *_ISSUED):
        if name in document and document[name] != current.get(name):
            fault = {"path": name, "message": "leave it out, or as it was read"}
            raise ProblemError(422, "invalid", f"{name} is issued here and cannot be set.", errors=[fault])


def _plain(value: Any) -> Json:
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    return float(value) if isinstance(value, Decimal) else value
