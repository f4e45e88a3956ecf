"""The log of a command: on standard error, without personal data."""

from __future__ import annotations

import logging
import re
import sys

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
#: Loggers of libraries that tell payloads or addresses of every call.
_TALKATIVE = ("urllib3", "zeep", "sqlalchemy.engine", "paramiko", "fsspec")


class SafeFormatter(logging.Formatter):
    """One line a message: e-mail addresses and card numbers masked, an exception as its type and place.

    With `traces` the stack trace follows, as it is: it is for the eyes of who asked for it.
    """

    def __init__(self, *, traces: bool) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._traces = traces

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        if self._traces:
            return super().format(record)
        from backhaul.processes.importing.masking import masked

        line = self.formatMessage(self._told(record))
        return masked(_EMAIL.sub("(e-mail)", " ".join(line.split("\n"))))

    def _told(self, record: logging.LogRecord) -> logging.LogRecord:
        record.message = record.getMessage()
        record.asctime = self.formatTime(record)
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            trace = error.__traceback__
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            at = f" at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else ""
            record.message += f" ({type(error).__name__}{at})"
        return record


def logging_to_stderr(*, debug: bool, quiet: bool) -> None:
    """Send the log to standard error: warnings and worse; with debug everything, quiet only errors."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(SafeFormatter(traces=debug))
    root = logging.getLogger()
    for before in [one for one in root.handlers if isinstance(one.formatter, SafeFormatter)]:
        root.removeHandler(before)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG if debug else logging.ERROR if quiet else logging.WARNING)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
