"""Bodies of requests, read up to a limit and within a time."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Depends, Request

from backhaul.gateway.problem import ProblemError
from backhaul.processes.receive import MAX_BYTES

#: A body that takes longer is not waited for.
MAX_SECONDS = 30.0


async def read_body(request: Request) -> bytes:
    """The whole body.

    Raises ProblemError: 413 as soon as it is, or says that it will be, larger than MAX_BYTES; 408 when it
    is not there in time; 415 when it is compressed.
    """
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.strip().lower() != "identity":
        # What a few bytes unpack to is the sender's choice, so nothing is unpacked.
        raise ProblemError(415, "unsupported-media-type", "A body is taken uncompressed.")
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > MAX_BYTES:
        raise _too_large()
    try:
        async with asyncio.timeout(MAX_SECONDS):
            return await _read(request)
    except TimeoutError:
        detail = f"The body did not arrive within {MAX_SECONDS:.0f} seconds."
        raise ProblemError(408, "timeout", detail) from None


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise _too_large()
    return bytes(body)


def _too_large() -> ProblemError:
    return ProblemError(413, "too-large", f"The body has more than {MAX_BYTES} bytes.")


Body = Annotated[bytes, Depends(read_body)]
