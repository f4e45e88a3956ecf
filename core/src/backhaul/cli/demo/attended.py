"""A command that ends when its standard input does, so that it never outlives whoever started it.

``python -m backhaul.cli.demo.attended ARGUMENTS`` is ``backhaul ARGUMENTS``.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading

from backhaul.cli.app import main


def _end_with_stdin() -> None:
    # From the descriptor: a buffered stdin would hold a lock that the interpreter wants at its end.
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_end_with_stdin, name="backhaul-attended", daemon=True).start()
    main()
