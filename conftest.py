"""What tests need beside Python: services, reference documents, programs.

A test says ``@pytest.mark.needs("postgresql", "tmf", "program:sshd")``. What is absent skips the test with a
reason that begins with "needs "; with BACKHAUL_CI=1 every such skip is a failure:
everything is provided there.
"""

from __future__ import annotations

import os
import shutil
import socket
import uuid
from collections.abc import Generator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

# Each address can be overridden by the environment variable beside it.
SERVICES = {
    "postgresql": ("BACKHAUL_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"),
    "redis": ("BACKHAUL_TEST_REDIS", "redis://127.0.0.1:6379/0"),
    "rabbitmq": ("BACKHAUL_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672//"),
}
IN_CI = os.environ.get("BACKHAUL_CI") == "1"


def service_url(name: str) -> str:
    variable, default = SERVICES[name]
    return os.environ.get(variable, default)


def tmf_path() -> Path:
    beside = Path(__file__).resolve().parent.parent / "shared" / "tmf"
    return Path(os.environ.get("BACKHAUL_TEST_TMF", beside))


def absence(name: str) -> str | None:
    """Why the named need is not met here, or None."""
    if name == "tmf":
        return None if tmf_path().is_dir() else f"no TM Forum documents at {tmf_path()} (BACKHAUL_TEST_TMF)"
    kind, _, program = name.partition(":")
    if kind == "program":
        return None if shutil.which(program) else f"{program} is not installed"
    if name not in SERVICES:
        msg = f"unknown need {name!r}; known: tmf, program:NAME, {', '.join(SERVICES)}"
        raise pytest.UsageError(msg)
    address = urlsplit(service_url(name))
    try:
        socket.create_connection((address.hostname, address.port), timeout=2).close()
    except OSError as error:
        return f"nothing answers at {address.hostname}:{address.port} ({error}; {SERVICES[name][0]})"
    return None


def require(name: str) -> None:
    reason = absence(name)
    if reason:
        pytest.skip(f"needs {name}: {reason}")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        for name in marker.args:
            require(name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if IN_CI and report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason.startswith("needs "):
            report.outcome = "failed"
            report.longrepr = f"{report.nodeid}: skipped where everything must be provided: {reason}"
    return report


@pytest.fixture(scope="session")
def tmf_documents() -> Path:
    """The folder of the official TM Forum documents."""
    require("tmf")
    return tmf_path()


@pytest.fixture(scope="session")
def redis_url() -> str:
    require("redis")
    return service_url("redis")


@pytest.fixture(scope="session")
def rabbitmq_url() -> str:
    require("rabbitmq")
    return service_url("rabbitmq")


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    """The address of a fresh PostgreSQL database, dropped after the test."""
    yield from fresh_database("postgresql", "DROP DATABASE {} WITH (FORCE)")


def fresh_database(service: str, drop: str) -> Iterator[str]:
    require(service)
    import sqlalchemy  # noqa: PLC0415  only tests that ask for a database pay for it

    name = f"backhaul_test_{uuid.uuid4().hex[:12]}"
    admin = sqlalchemy.create_engine(
        service_url(service), isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool
    )
    with admin.connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
    try:
        yield (
            sqlalchemy.make_url(service_url(service)).set(database=name).render_as_string(hide_password=False)
        )
    finally:
        with admin.connect() as connection:
            connection.execute(sqlalchemy.text(drop.format(name)))
