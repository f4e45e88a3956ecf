from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from backhaul.cli.logs import SafeFormatter, logging_to_stderr


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    logger = logging.getLogger("backhaul.test")
    logger.propagate = False
    yield logger
    logger.handlers.clear()
    logger.propagate = True


def written(logger: logging.Logger, *, traces: bool = False) -> io.StringIO:
    target = io.StringIO()
    handler = logging.StreamHandler(target)
    handler.setFormatter(SafeFormatter(traces=traces))
    logger.addHandler(handler)
    return target


def test_personal_data_is_masked(log: logging.Logger) -> None:
    target = written(log)
    log.warning("%s paid with %s\nand more", "jane.doe@example.com", "4111 1111 1111 1111")
    text = target.getvalue()
    assert "jane" not in text
    assert "4111 1111" not in text
    assert text.count("\n") == 1


def test_an_exception_is_its_type_and_place(log: logging.Logger) -> None:
    target = written(log)
    try:
        raise ValueError("Jane Doe")  # noqa: TRY301
    except ValueError:
        log.exception("it failed")
    text = target.getvalue()
    assert "it failed (ValueError at " in text
    assert "test_logs.py:" in text
    assert "Jane" not in text
    assert "Traceback" not in text


def test_with_traces_everything_is_told(log: logging.Logger) -> None:
    target = written(log, traces=True)
    try:
        raise ValueError("Jane Doe")  # noqa: TRY301
    except ValueError:
        log.exception("it failed")
    assert "Traceback" in target.getvalue()


@pytest.mark.parametrize(
    ("debug", "quiet", "level"),
    [(False, False, logging.WARNING), (True, False, logging.DEBUG), (False, True, logging.ERROR)],
)
def test_levels(*, debug: bool, quiet: bool, level: int) -> None:
    logging_to_stderr(debug=debug, quiet=quiet)
    logging_to_stderr(debug=debug, quiet=quiet)
    root = logging.getLogger()
    assert root.level == level
    assert len([one for one in root.handlers if isinstance(one.formatter, SafeFormatter)]) == 1
    assert not logging.getLogger("urllib3").isEnabledFor(logging.DEBUG)
