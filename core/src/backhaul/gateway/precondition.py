"""ETag, If-Match and If-None-Match: the version of a record as HTTP spells it."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Header

from backhaul.gateway.problem import ProblemError

_TAG = re.compile(r'"([1-9][0-9]{0,17})"')

IfMatch = Annotated[str | None, Header(alias="If-Match")]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match")]


def etag(version: int) -> str:
    """The entity tag of a version."""
    return f'"{version}"'


def demanded_versions(if_match: str | None) -> frozenset[int] | None:
    """The versions that the caller would change; None for any (``*``).

    Raises ProblemError 428 without the header: a change to a record that was not read overwrites somebody's.
    """
    if if_match is None:
        detail = "A change needs the header If-Match with the ETag of the version that was read."
        raise ProblemError(428, "precondition-required", detail)
    if if_match.strip() == "*":
        return None
    return _versions(if_match)


def check_version(version: int, demanded: frozenset[int] | None) -> None:
    """Raise ProblemError 412 if the record has another version than demanded."""
    if demanded is not None and version not in demanded:
        detail = f"The record is at version {version}."
        hint = "Read it again and repeat the change."
        raise ProblemError(412, "precondition-failed", detail, hint=hint, version=version)


def is_known(version: int, if_none_match: str | None) -> bool:
    """Whether the reader has this version already."""
    return if_none_match is not None and version in _versions(if_none_match.replace("W/", ""))


def _versions(tags: str) -> frozenset[int]:
    # A weak tag is no proof that the record was read as it is, so it matches nothing (RFC 9110).
    found = (_TAG.fullmatch(tag.strip()) for tag in tags.split(","))
    return frozenset(int(tag[1]) for tag in found if tag is not None)
