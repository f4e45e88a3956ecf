"""Subscriptions: every system that can push is told our address, until it has taken it."""

from __future__ import annotations

import logging
import threading

from backhaul.gateway.inbound import address, proves_by_headers
from backhaul.sdk.adapter import Adapter
from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import BackhaulError
from backhaul.sdk.invocation import Invocation

_log = logging.getLogger(__name__)

#: A system forgets registrations in its own accidents; they are renewed this often, in seconds.
RENEW_EVERY = 600.0
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0


class Subscription:
    """Keeps one back office subscribed, from a thread of its own: a slow system holds up nobody."""

    def __init__(self, invocation: Invocation, base: str) -> None:
        self._invocation = invocation
        self._callback = address(base, invocation.name)
        self._stopping = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name=f"backhaul-subscribe-{invocation.name}", daemon=True
        )

    def start(self) -> None:
        """Subscribe in the background."""
        self._thread.start()

    def stop(self) -> None:
        """End; a call in flight is waited for, no longer than its own deadline."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            if self._subscribed():
                pause = FIRST_PAUSE
                self._stopping.wait(RENEW_EVERY)
            else:
                self._stopping.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    def _subscribed(self) -> bool:
        name = self._invocation.name
        try:
            self._invocation.adapter.subscribe(
                self._callback, Deadline.after(self._invocation.settings.timeout)
            )
        except BackhaulError as error:
            _log.warning("back office %s could not be subscribed to, and is asked again: %s", name, error)
        except Exception as error:  # noqa: BLE001  (a plugin's defect; its text may quote anything)
            kind = type(error).__name__
            _log.error("the plugin of %s failed to subscribe (%s), and is asked again", name, kind)
        else:
            _log.info("back office %s pushes its changes to %s", name, self._callback)
            return True
        return False


def can_subscribe(invocation: Invocation) -> bool:
    """Whether there is something to ask for.

    Without an inbound token the default authentication refuses every message, so nothing is asked for.
    """
    adapter = invocation.adapter
    if type(adapter).subscribe is Adapter.subscribe:
        return False
    if proves_by_headers(adapter) and invocation.settings.inbound_token is None:
        _log.info("back office %s has no inbound_token, so it is not asked to push", invocation.name)
        return False
    return True
