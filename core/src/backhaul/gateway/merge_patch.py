"""JSON merge patch, RFC 7396."""

from __future__ import annotations

from backhaul.sdk.json import Document, Json


def merged(target: Json, patch: Json) -> Json:
    """The target after the patch; the target itself is left as it is. Arrays are replaced whole."""
    if not isinstance(patch, dict):
        return patch
    result: Document = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result
