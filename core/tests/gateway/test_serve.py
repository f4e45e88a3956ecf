from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from backhaul.bootstrap import Backhaul
from backhaul.gateway import embedded_worker, subscriptions
from backhaul.gateway.serve import Server, run, serve
from backhaul.sdk.errors import BackhaulError, ConfigurationError, TransientError


def test_systems_that_can_push_are_told_their_address(server: Server, pushing: Any, signing: Any) -> None:
    assert pushing.told.wait(10)
    assert signing.told.wait(10)
    assert pushing.subscribed == [f"{server.url}/inbound/pushing"]
    assert signing.subscribed == [f"{server.url}/inbound/signing"]


def test_a_system_that_could_not_push_to_us_is_not_asked(
    serving: Callable[..., Server], backhaul: Backhaul, pushing: Any
) -> None:
    serving()
    assert pushing.told.wait(10)
    assert not subscriptions.can_subscribe(backhaul.landscape.invocation("silent"))


def test_a_failed_subscription_is_tried_again_and_stops_nothing(
    serving: Callable[..., Server],
    pushing: Any,
    ask: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(subscriptions, "FIRST_PAUSE", 0.01)
    pushing.failures = [TransientError("It is down."), ValueError("made-up secret")]
    pushing.told.clear()
    serving()
    assert pushing.told.wait(10)
    assert "It is down." in caplog.text
    assert "ValueError" in caplog.text
    assert "made-up secret" not in caplog.text
    assert ask("GET", "/v1/backoffices").status == 200


def test_subscriptions_are_renewed(
    serving: Callable[..., Server], pushing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "RENEW_EVERY", 0.01)
    serving()
    assert pushing.told.wait(10)
    pushing.told.clear()
    assert pushing.told.wait(10)
    assert len(set(pushing.subscribed)) == 1


def test_what_was_accepted_is_answered_at_the_end(server: Server, signing: Any, ask: Any) -> None:
    signing.gate.clear()
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.append(ask("POST", "/inbound/signing", b"signed")))
    asking.start()
    assert signing.reached.wait(10)
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    signing.gate.set()
    for thread in (asking, stopping):
        thread.join(10)
    assert [answer.status for answer in answers] == [422]
    assert not server.is_running


def test_nothing_answers_behind_the_end(backhaul: Backhaul) -> None:
    server = serve(backhaul, port=0)
    host, port = server.url.removeprefix("http://").split(":")
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=5)


def test_a_taken_port_is_named(server: Server, backhaul: Backhaul) -> None:
    port = int(server.url.rpartition(":")[2])
    with pytest.raises(ConfigurationError, match=f"port {port}") as caught:
        serve(backhaul, port=port)
    assert caught.value.hint is not None


def test_a_started_server_stays_as_it_is(backhaul: Backhaul) -> None:
    with serve(backhaul, port=0, with_worker=True) as server:
        url = server.url
        assert server.start().url == url
        assert [thread.name for thread in threading.enumerate()].count("backhaul-worker") == 1


def test_it_listens_to_this_machine_only_unless_told_otherwise(server: Server) -> None:
    assert server.url.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("host", ["0.0.0.0", "::1", "localhost"])  # noqa: S104
def test_the_url_can_be_called_from_this_machine(serving: Callable[..., Server], host: str) -> None:
    server = serving(host=host)
    address = server.url.removeprefix("http://").rpartition(":")
    with socket.create_connection((address[0].strip("[]"), int(address[2])), timeout=5) as connection:
        assert connection.getpeername()[0] in ("127.0.0.1", "::1")


def test_a_worker_in_the_same_process_delivers_until_the_end(
    serving: Callable[..., Server], backhaul: Backhaul
) -> None:
    server = serving(with_worker=True)
    assert "backhaul-worker" in {thread.name for thread in threading.enumerate()}
    server.stop()
    assert "backhaul-worker" not in {thread.name for thread in threading.enumerate()}


def test_a_failed_worker_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_worker, "_PAUSE", 0.0)
    second = threading.Event()

    class Worker:
        made = 0
        ending = threading.Event()

        def run(self) -> None:
            Worker.made += 1
            if Worker.made == 1:
                raise BackhaulError("The store is away.")
            second.set()
            self.ending.wait(10)

        def stop(self) -> None:
            self.ending.set()

    make: Any = Worker
    worker = embedded_worker.EmbeddedWorker(make)
    worker.start()
    assert second.wait(10)
    worker.stop()
    assert Worker.made == 2


def test_no_credential_no_body_and_no_search_key_is_logged(
    ask: Any, caplog: pytest.LogCaptureFixture, proven: dict[str, str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        ask("POST", "/inbound/pushing/x", b"made-up-body", **proven)
        ask("POST", "/inbound/pushing/x", b"made-up-body", Authorization="Bearer made-up-guess")
        ask("GET", "/v1/accounts?key=name:made-up-name")
        ask("PUT", "/v1/accounts/A-1", {"name": "made-up-name", "oops": 1})
    assert "made-up" not in caplog.text


def test_a_process_that_is_asked_to_end_stops_gracefully(backhaul: Backhaul) -> None:
    urls: list[str] = []

    def started(server: Server) -> None:
        urls.append(server.url)
        signal.raise_signal(signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    run(backhaul, port=0, started=started)
    assert len(urls) == 1
    assert signal.getsignal(signal.SIGTERM) is before
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("backhaul-")]
