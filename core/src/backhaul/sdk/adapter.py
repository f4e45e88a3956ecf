"""The adapter: how one kind of back office is called. Mapping is the framework's job, calling is its own."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Generic, TypeVar, get_args, get_origin

from backhaul.entities import Record
from backhaul.sdk.capability import Capabilities, declared
from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import AuthenticationError, ConfigurationError, UnsupportedError
from backhaul.sdk.inbound import Polled, RawMessage
from backhaul.sdk.repeat import Stamps
from backhaul.sdk.settings import AdapterSettings
from backhaul.sdk.transports.base import Transport

S = TypeVar("S", bound=AdapterSettings)

_BEARER = "Bearer "


class Adapter(Generic[S]):
    """One configured back office instance.

    Thread-safe: its methods are called from `max_in_flight` threads at once, so keep no state of a call on
    it. Its methods raise errors of `backhaul.sdk.errors` only.
    """

    settings_type: ClassVar[type[AdapterSettings]] = AdapterSettings
    #: May depend on the settings of the instance: set it in `__init__` then, like `poll_sources`.
    stamps: Stamps = Stamps.NEVER
    poll_sources: tuple[str, ...] = ()
    unsupported: ClassVar[Mapping[type[Record], str]] = MappingProxyType({})

    def __init_subclass__(cls) -> None:
        """Note the settings class given as type argument, so that a plugin states it once."""
        super().__init_subclass__()
        for base in getattr(cls, "__orig_bases__", ()):
            origin = get_origin(base)
            if not (isinstance(origin, type) and issubclass(origin, Adapter)):
                continue
            for argument in get_args(base):
                if isinstance(argument, type) and issubclass(argument, AdapterSettings):
                    cls.settings_type = argument

    def __init__(self, settings: S, transport: Transport) -> None:
        self.settings = settings
        self.transport = transport

    @classmethod
    def open_transport(cls, settings: S) -> Transport:
        """The transport of this kind of system; opens no socket before the first exchange."""
        del settings
        msg = f"{cls.__name__} names no transport."
        raise ConfigurationError(msg, hint="Derive from RestAdapter, or override open_transport().")

    @classmethod
    def capabilities(cls, settings: S) -> Capabilities:
        """What the configured instance can do; by default what the methods declare."""
        del settings
        return Capabilities(declared(cls), cls.unsupported)

    def check(self, deadline: Deadline) -> str:
        """One line on reaching the system, for `backhaul check`. Raises what a call would raise."""
        del deadline
        return "no connectivity check declared"

    def authenticate(self, message: RawMessage) -> None:
        """Refuse a pushed message that does not prove its sender. Raises AuthenticationError.

        By default a bearer token equal to `inbound_token`; without one every pushed message is refused.
        """
        token = self.settings.inbound_token
        if token is None:
            msg = "This back office has no inbound_token, so nothing may be pushed to us in its name."
            raise AuthenticationError(msg, hint="Set inbound_token in its [backoffice] table.")
        offered = message.headers.get("authorization", "")
        expected = _BEARER + token.reveal()
        if not hmac.compare_digest(offered.encode(), expected.encode()):
            msg = "The message does not carry the inbound token of this back office."
            raise AuthenticationError(msg)

    def poll(self, source: str, cursor: str | None, deadline: Deadline) -> Polled:
        """What changed at `source` since `cursor` (None: from the start)."""
        del cursor, deadline
        msg = f"{type(self).__name__} has no source {source!r} to poll."
        raise UnsupportedError(msg)

    def subscribe(self, callback: str, deadline: Deadline) -> None:
        """Ask the system to push its changes to `callback`. Safe to call again."""
        del callback, deadline

    def close(self) -> None:
        """Release what the adapter holds; the transport is closed by its owner."""
