from __future__ import annotations

import os
import shutil
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import AuthenticationError, ConfigurationError, TransientError
from backhaul.sdk.simulator.message import SimRequest, SimResponse
from backhaul.sdk.simulator.server import SimulatorServer
from backhaul.sdk.transports.base import Request
from backhaul.sdk.transports.rest import RestTransport
from backhaul.sdk.transports.rest_settings import RestTransportSettings
from backhaul.sdk.transports.tls import tls_context

WRITE = Request("POST", "customer", "POST customer", body=b'{"name":"Anna"}')

Simulate = Callable[..., SimulatorServer]
Connect = Callable[..., RestTransport]


def echo(request: SimRequest) -> SimResponse:
    return SimResponse(body=request.body)


def test_a_private_authority_is_trusted(simulate: Simulate, connect: Connect, certificates: Any) -> None:
    server = simulate(echo, tls=certificates.server_context())
    transport = connect(server.url, ca_file=str(certificates.ca))
    for _ in range(3):
        assert transport.exchange(WRITE, Deadline.after(5)).body == WRITE.body
    assert server.statistics.document()["connections"] == 1


@pytest.mark.parametrize("trust", ["public", "other"])
def test_another_authority_is_not(
    simulate: Simulate, connect: Connect, certificates: Any, trust: str
) -> None:
    server = simulate(echo, tls=certificates.server_context())
    trusted = {"ca_file": str(certificates.other_ca)} if trust == "other" else {}
    with pytest.raises(TransientError, match=r"its certificate is not accepted \(.+\)\. Nothing was sent"):
        connect(server.url, **trusted).exchange(WRITE, Deadline.after(5))


def test_the_name_in_the_certificate_must_fit(
    simulate: Simulate, connect: Connect, certificates: Any
) -> None:
    server = simulate(echo, tls=certificates.server_context())
    transport = connect(server.url.replace("127.0.0.1", "127.0.0.2"), ca_file=str(certificates.ca))
    with pytest.raises(TransientError, match="Nothing was sent"):
        transport.exchange(WRITE, Deadline.after(5))
    fitting = connect(server.url.replace("127.0.0.1", "localhost"), ca_file=str(certificates.ca))
    assert fitting.exchange(WRITE, Deadline.after(5)).status == 200


def test_a_client_certificate_is_shown(simulate: Simulate, connect: Connect, certificates: Any) -> None:
    server = simulate(echo, tls=certificates.server_context(ask_client=True))
    trust = {"ca_file": str(certificates.ca)}
    ours = {"client_cert": str(certificates.client), "client_key": str(certificates.client_key)}
    assert connect(server.url, **trust, **ours).exchange(WRITE, Deadline.after(5)).status == 200
    with pytest.raises(AuthenticationError, match="client certificate, or asks for one"):
        connect(server.url, **trust).exchange(WRITE, Deadline.after(5))
    assert server.statistics.document()["requests"] == 1


def test_renewed_certificates_need_no_restart(
    simulate: Simulate, connect: Connect, certificates: Any, tmp_path: Path
) -> None:
    server = simulate(echo, tls=certificates.server_context())
    ca = tmp_path / "ca.pem"
    shutil.copy(certificates.other_ca, ca)
    transport = connect(server.url, ca_file=str(ca))
    with pytest.raises(TransientError, match="certificate is not accepted"):
        transport.exchange(WRITE, Deadline.after(5))
    shutil.copy(certificates.ca, tmp_path / "new.pem")
    (tmp_path / "new.pem").replace(ca)
    assert transport.exchange(WRITE, Deadline.after(5)).status == 200


def test_certificates_that_are_being_replaced_stop_nothing(
    simulate: Simulate,
    connect: Connect,
    certificates: Any,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = simulate(echo, tls=certificates.server_context())
    ca = tmp_path / "ca.pem"
    shutil.copy(certificates.ca, ca)
    transport = connect(server.url, ca_file=str(ca), max_idle=0)
    ca.write_text("half of a fi")
    os.utime(ca, (1, 1))
    assert transport.exchange(WRITE, Deadline.after(5)).status == 200
    assert "The certificates loaded before stay in use" in caplog.text


@pytest.mark.parametrize(
    ("name", "content"), [("absent", None), ("empty", ""), ("text", "no certificate at all")]
)
def test_unusable_files_are_refused_at_start(
    connect: Connect, certificates: Any, tmp_path: Path, name: str, content: str | None
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigurationError, match=f"The ca_file .*{name} cannot be used"):
        connect("https://127.0.0.1:1", ca_file=str(file))
    with pytest.raises(ConfigurationError, match=f"The client certificate in .*{name}.* cannot be used"):
        connect("https://127.0.0.1:1", client_cert=str(certificates.client), client_key=str(file))


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "http://x", "ca_file": "ca.pem"},
        {"url": "https://x", "client_key": "key.pem"},
        {"url": "https://user:pw@x"},
        {"url": "https://x?a=1"},
        {"url": "ftp://x"},
        {"url": "https://x:99999"},
        {"url": "https://x y"},
        {"url": "https://x", "verify": False},
        {"url": "https://x", "headers": {"Authorization": "Basic x"}},
        {"url": "https://x", "headers": {"X A": "1"}},
        {"url": "https://x", "headers": {"X-A": "1\n2"}},
        {"url": "https://x", "proxy": {"url": "https://proxy"}},
        {"url": "https://x", "proxy": {"url": "http://proxy", "username": "u"}},
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RestTransportSettings.model_validate(settings)


def test_a_server_that_does_not_speak_tls_is_unsent(serve: Callable[..., str], connect: Connect) -> None:
    def script(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with pytest.raises(TransientError, match=r"the TLS handshake failed .*Nothing was sent"):
        connect(serve(script).replace("http:", "https:")).exchange(WRITE, Deadline.after(5))


def test_a_handshake_is_held_to_the_connect_timeout(serve: Callable[..., str], connect: Connect) -> None:
    ended = threading.Event()
    url = serve(lambda _: ended.wait(5)).replace("http:", "https:")
    begun = time.monotonic()
    with pytest.raises(TransientError, match="Nothing was sent"):
        connect(url, connect_timeout=0.2).exchange(WRITE, Deadline.after(5))
    ended.set()
    assert time.monotonic() - begun < 1.0


def test_a_dribbled_answer_over_tls_is_held_to_the_deadline(
    simulate: Simulate, connect: Connect, certificates: Any
) -> None:
    server = simulate(echo, tls=certificates.server_context())
    server.faults = server.faults.parse({"rule": [{"fault": "dribble", "seconds": 0.05, "head": True}]})
    transport = connect(server.url, ca_file=str(certificates.ca))
    begun = time.monotonic()
    with pytest.raises(Exception, match="no complete answer by the deadline"):
        transport.exchange(WRITE, Deadline.after(0.3))
    assert time.monotonic() - begun < 1.0


def test_the_context_verifies(certificates: Any) -> None:
    context = tls_context(RestTransportSettings(url="https://x", ca_file=str(certificates.ca)))
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
