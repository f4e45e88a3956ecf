from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import BackhaulError, ConfigurationError, Scope, TransientError, UnknownOutcomeError
from backhaul.sdk.transports.base import Request, Response, Transport
from backhaul.sdk.transports.recorder import RecordingTransport
from backhaul.sdk.transports.replayer import ReplayingTransport
from backhaul.sdk.transports.scrubber import Scrubber

HIDDEN = "hunter2-never-shown"
DEADLINE = Deadline.after(60)


def write(body: bytes = b'{"name": "Anna"}', target: str = "customer") -> Request:
    return Request("POST", target, "POST customer", body=body, headers={"Authorization": HIDDEN, "X-A": "1"})


READ = Request("GET", "customer/1", "GET customer", query={"fields": "id", "token": HIDDEN}, safe=True)


class Told:
    """Answers what it is told, in order."""

    def __init__(self, *answers: Response | BackhaulError) -> None:
        self._answers: Iterator[Response | BackhaulError] = iter(answers)
        self.closed = False

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        answer = next(self._answers)
        if isinstance(answer, BackhaulError):
            raise answer
        return answer

    def close(self) -> None:
        self.closed = True


def ok(body: bytes = b"{}") -> Response:
    return Response(200, {"content-type": "application/json", "set-cookie": HIDDEN}, body)


def recorded(path: Path, *calls: tuple[Request, Response | BackhaulError]) -> Path:
    inner = Told(*(answer for _, answer in calls))
    clock = iter(range(1000))
    recorder = RecordingTransport(inner, path, clock=lambda: next(clock) / 1000)
    for request, answer in calls:
        if isinstance(answer, BackhaulError):
            with pytest.raises(type(answer)):
                recorder.exchange(request, DEADLINE)
        else:
            assert recorder.exchange(request, DEADLINE) is answer
    recorder.close()
    assert inner.closed
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "recording.jsonl"


def test_exchanges_are_kept_timed_and_scrubbed(path: Path) -> None:
    secret = json.dumps({"name": "Anna", "password": HIDDEN}).encode()
    recorded(path, (write(secret), ok(b'{"token":"' + HIDDEN.encode() + b'"}')), (READ, ok()))
    text = path.read_text()
    assert HIDDEN not in text
    first = json.loads(text.splitlines()[0])
    assert first["ms"] == 1.0
    assert first["request"]["headers"] == {"authorization": "***", "x-a": "1"}
    assert json.loads(first["request"]["body"]) == {"name": "Anna", "password": "***"}
    assert first["response"]["headers"]["set-cookie"] == "***"


def test_a_recording_is_its_owners_and_grows(path: Path) -> None:
    recorded(path, (write(), ok()))
    recorded(path, (write(), ok()))
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_text().splitlines()) == 2


def test_a_recording_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="absent/x cannot be written: No such file"):
        RecordingTransport(Told(), tmp_path / "absent" / "x")


def test_what_was_recorded_is_answered_again_in_order(path: Path) -> None:
    recorded(
        path, (write(), ok(b"1")), (write(target="other"), ok(b"2")), (write(), ok(b"3")), (READ, ok(b"4"))
    )
    replayer = ReplayingTransport(path)
    assert isinstance(replayer, Transport)
    same = write(b'{ "name":"Anna" }')
    bodies = [
        replayer.exchange(each, DEADLINE).body for each in (same, READ, same, write(target="other"), READ)
    ]
    assert bodies == [b"1", b"4", b"3", b"2", b"4"]
    with pytest.raises(ConfigurationError, match="has no more answers to POST customer"):
        replayer.exchange(same, DEADLINE)
    replayer.close()


def test_secrets_do_not_count_in_comparing(path: Path) -> None:
    recorded(path, (write(b'{"name":"Anna","password":"old"}'), ok()))
    assert (
        ReplayingTransport(path).exchange(write(b'{"password":"new","name":"Anna"}'), DEADLINE).status == 200
    )


def test_named_fields_do_not_count_in_comparing(path: Path) -> None:
    recorded(path, (write(b'{"name":"Anna","sentAt":1}'), ok()))
    later = write(b'{"name":"Anna","sentAt":2}')
    with pytest.raises(ConfigurationError, match="has no answer to POST customer"):
        ReplayingTransport(path).exchange(later, DEADLINE)
    assert ReplayingTransport(path, ignore=["sentAt"]).exchange(later, DEADLINE).status == 200


@pytest.mark.parametrize(
    "request_",
    [
        write(b'{"name": "Berta"}'),
        write(target="customers"),
        Request("PUT", "customer", "x", body=b'{"name": "Anna"}'),
        Request("POST", "customer", "x", body=b'{"name": "Anna"}', query={"a": "1"}),
    ],
)
def test_an_unknown_request_is_named(path: Path, request_: Request) -> None:
    recorded(path, (write(), ok()))
    with pytest.raises(ConfigurationError, match=f"no answer to {request_.method} {request_.target}"):
        ReplayingTransport(path).exchange(request_, DEADLINE)


def test_errors_come_again_as_they_were(path: Path) -> None:
    busy = TransientError("busy", scope=Scope.DELIVERY, retry_after=7)
    recorded(path, (READ, busy), (write(), UnknownOutcomeError("cut")))
    replayer = ReplayingTransport(path)
    with pytest.raises(TransientError, match="busy") as error:
        replayer.exchange(READ, DEADLINE)
    assert (error.value.scope, error.value.retry_after) == (Scope.DELIVERY, 7)
    with pytest.raises(UnknownOutcomeError, match="cut"):
        replayer.exchange(write(), DEADLINE)


def test_bytes_that_are_no_text_survive(path: Path) -> None:
    recorded(path, (write(b"\xff\x00"), ok(b"\xfe\xff\x00")))
    assert ReplayingTransport(path).exchange(write(b"\xff\x00"), DEADLINE).body == b"\xfe\xff\x00"


@pytest.mark.parametrize("line", ["no json", "{}", '{"request": {}}', "[]"])
def test_a_damaged_recording_is_refused_with_its_line(path: Path, line: str) -> None:
    recorded(path, (write(), ok()))
    path.write_text(path.read_text() + "\n" + line + "\n")
    with pytest.raises(ConfigurationError, match=r"recording\.jsonl:3: "):
        ReplayingTransport(path, Scrubber())


def test_an_absent_recording_is_refused(path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        ReplayingTransport(path)
