from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

from backhaul.bootstrap import Backhaul
from backhaul.gateway import body as body_module
from backhaul.gateway import lingering as lingering_module
from backhaul.gateway.serve import Server
from backhaul.processes.receive import MAX_BYTES


def kept(backhaul: Backhaul, name: str = "pushing") -> list[dict[str, Any]]:
    with backhaul.store.read() as uow:
        return uow.inbox.messages(backoffice=name, state=None)


def exchange(server: Server, head: str, *parts: bytes) -> bytes:
    """A request written by hand, a part after the other; everything that came back."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=20) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n")
        for part in parts:
            connection.sendall(part)
        with connection.makefile("rb") as stream:
            return stream.read()


def test_a_message_that_nobody_understands_is_kept_and_refused(
    ask: Any, backhaul: Backhaul, proven: dict[str, str]
) -> None:
    refused = ask("POST", "/inbound/pushing/listener/it", b"whatever", **proven)
    assert (refused.status, refused.document["type"]) == (422, "/problems/refused")
    (message,) = kept(backhaul)
    assert (message["id"], message["path"]) == (refused.document["inbox_id"], "listener/it")
    assert refused.document["items"][0]["code"] == "unreadable"


def test_the_address_may_end_at_the_name(ask: Any, backhaul: Backhaul, proven: dict[str, str]) -> None:
    assert ask("POST", "/inbound/pushing", b"whatever", **proven).status == 422
    assert kept(backhaul)[0]["path"] == ""


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer other", "Basic bWFkZQ==", "bearer \xff"])
def test_an_unproven_sender_is_refused_and_nothing_kept(
    ask: Any, backhaul: Backhaul, authorization: str
) -> None:
    refused = ask("POST", "/inbound/pushing/x", b"whatever", Authorization=authorization)
    assert (refused.status, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert kept(backhaul) == []


def test_two_authorizations_are_none(server: Server, proven: dict[str, str]) -> None:
    lines = f"Authorization: {proven['Authorization']}\nAuthorization: Bearer other"
    head = f"POST /inbound/pushing HTTP/1.1\nHost: x\nConnection: close\nContent-Length: 1\n{lines}"
    assert exchange(server, head, b"x").startswith(b"HTTP/1.1 401 ")


def test_without_a_token_nothing_may_be_pushed(ask: Any, proven: dict[str, str]) -> None:
    assert ask("POST", "/inbound/silent", b"whatever", **proven).status == 401


def test_a_sender_proven_by_headers_is_refused_before_its_body(server: Server) -> None:
    # The body never comes: an answer proves that it was not waited for.
    head = "POST /inbound/pushing HTTP/1.1\nHost: x\nContent-Length: 1000\nExpect: 100-continue"
    assert exchange(server, head).startswith(b"HTTP/1.1 401 ")


def test_a_sender_proven_by_its_body_is_heard_first(ask: Any, backhaul: Backhaul) -> None:
    assert ask("POST", "/inbound/signing", b"forged").status == 401
    assert kept(backhaul, "signing") == []
    assert ask("POST", "/inbound/signing", b"signed").status == 422
    assert len(kept(backhaul, "signing")) == 1


def test_the_hint_for_the_operator_is_not_told_to_strangers(ask: Any) -> None:
    refused = ask("POST", "/inbound/signing", b"forged")
    assert refused.document["detail"] == "The message is not signed."
    assert "hint" not in refused.document


@pytest.mark.parametrize(("name", "status"), [("unknown", 404), ("lost", 503)])
def test_a_back_office_that_is_not_there(ask: Any, name: str, status: int) -> None:
    refused = ask("POST", f"/inbound/{name}/x", b"whatever")
    assert refused.status == status
    assert b"pushing" not in refused.body


def test_a_body_of_the_largest_size_is_taken(ask: Any, backhaul: Backhaul, proven: dict[str, str]) -> None:
    assert ask("POST", "/inbound/pushing", b"x" * MAX_BYTES, **proven).status == 422
    assert len(kept(backhaul)[0]["body"]) == MAX_BYTES


def test_a_larger_body_is_refused_and_the_sender_can_read_that(
    ask: Any, backhaul: Backhaul, proven: dict[str, str]
) -> None:
    refused = ask("POST", "/inbound/pushing", b"x" * (3 * MAX_BYTES), **proven)
    assert (refused.status, refused.headers["connection"]) == (413, "close")
    assert kept(backhaul) == []


def test_a_larger_body_in_chunks_is_refused_while_it_is_read(
    server: Server, backhaul: Backhaul, proven: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lingering_module, "MOST_SECONDS", 0.05)
    head = (
        "POST /inbound/pushing HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n"
        f"Authorization: {proven['Authorization']}"
    )
    chunk = b"%x\r\n" % 500_001 + b"x" * 500_001 + b"\r\n"
    # The last chunk never comes, so only the size can have ended it.
    assert exchange(server, head, chunk, chunk).startswith(b"HTTP/1.1 413 ")
    assert kept(backhaul) == []


def test_a_body_that_dribbles_is_not_waited_for(
    server: Server, backhaul: Backhaul, proven: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body_module, "MAX_SECONDS", 0.05)
    monkeypatch.setattr(lingering_module, "MOST_SECONDS", 0.05)
    head = (
        "POST /inbound/pushing HTTP/1.1\nHost: x\nContent-Length: 10\n"
        f"Authorization: {proven['Authorization']}"
    )
    assert exchange(server, head, b"x").startswith(b"HTTP/1.1 408 ")
    assert kept(backhaul) == []


def test_a_compressed_body_is_refused(ask: Any, proven: dict[str, str]) -> None:
    refused = ask("POST", "/inbound/pushing", b"\x1f\x8b", Content_Encoding="gzip", **proven)
    assert refused.status == 415


def test_only_posting_is_understood(ask: Any) -> None:
    refused = ask("GET", "/inbound/pushing")
    assert (refused.status, refused.headers["content-type"]) == (405, "application/problem+json")
