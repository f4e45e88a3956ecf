from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from backhaul.sdk.simulator.port import Port
from backhaul.sdk.simulator.routes import Handler
from backhaul.sdk.simulator.server import SimulatorServer
from backhaul.sdk.transports.rest import RestTransport
from backhaul.sdk.transports.rest_settings import RestTransportSettings

Script: TypeAlias = Callable[[socket.socket], None]
Serve: TypeAlias = Callable[..., str]
Connect: TypeAlias = Callable[..., RestTransport]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Runs a script on every connection to a real port; returns the address."""
    ports: list[Port] = []

    def started(script: Script, tls: ssl.SSLContext | None = None) -> str:
        port = Port(script, "127.0.0.1", 0, tls)
        ports.append(port)
        port.open()
        return f"{'https' if tls else 'http'}://127.0.0.1:{port.number}"

    yield started
    for port in ports:
        port.release()


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Makes transports and closes them."""
    transports: list[RestTransport] = []

    def made(url: str, **settings: Any) -> RestTransport:
        transport = RestTransport(RestTransportSettings.model_validate({"url": url, **settings}))
        transports.append(transport)
        return transport

    yield made
    for transport in transports:
        transport.close()


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port number at which nobody listens, kept from other programs."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@dataclass(frozen=True)
class Certificates:
    ca: Path
    server: Path
    server_key: Path
    client: Path
    client_key: Path
    other_ca: Path

    def server_context(self, *, ask_client: bool = False) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server, self.server_key)
        if ask_client:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.ca)
        return context


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    folder = tmp_path_factory.mktemp("certificates")
    authority = Authority(folder, "Test authority")
    other = Authority(folder, "Other authority")
    server, server_key = authority.issue("server", ExtendedKeyUsageOID.SERVER_AUTH)
    client, client_key = authority.issue("client", ExtendedKeyUsageOID.CLIENT_AUTH)
    return Certificates(authority.path, server, server_key, client, client_key, other.path)


class Authority:
    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = _certificate(self._name, self._name, self._key.public_key()).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        usage = x509.KeyUsage(
            digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
            key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        builder = builder.add_extension(usage, critical=True).add_extension(
            x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False
        )
        self.path = folder / f"{name}.pem"
        self.path.write_bytes(_pem(builder.sign(self._key, hashes.SHA256())))

    def issue(self, name: str, usage: x509.ObjectIdentifier) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        certificate = (
            _certificate(subject, self._name, key.public_key())
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )
        path, key_path = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        path.write_bytes(_pem(certificate))
        key_path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return path, key_path


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def simulate() -> Iterator[Callable[..., SimulatorServer]]:
    """A simulated back office whose every request is answered by one handler."""
    servers: list[SimulatorServer] = []

    def started(handler: Handler, **options: Any) -> SimulatorServer:
        server = SimulatorServer(Nothing(), **options)
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            server.route(method, "/{rest:path}", handler, operation=f"{method} it")
        servers.append(server.start())
        return server

    yield started
    for server in servers:
        server.stop()


class Nothing:
    """A system that holds nothing."""

    def state(self) -> None:
        return None

    def reset(self) -> None:
        pass

    def restore(self, state: Any) -> None:
        pass
