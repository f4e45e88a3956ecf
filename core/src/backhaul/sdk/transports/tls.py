"""TLS as the settings ask for it; certificates are always verified."""

from __future__ import annotations

import logging
import ssl
import threading
from pathlib import Path
from typing import TypeAlias

from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.transports.deadline_socket import DeadlineTlsSocket
from backhaul.sdk.transports.rest_settings import RestTransportSettings

logger = logging.getLogger(__name__)

_State: TypeAlias = tuple[tuple[int, int], ...]


class TlsContexts:
    """The TLS context for new connections, built again when a certificate file has changed.

    Raises ConfigurationError when the files cannot be used at first. Later a set of files that is being
    replaced just now does not stop the transport: the context before stays in use, with a warning.
    """

    def __init__(self, settings: RestTransportSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._state = self._files_now()
        self._context = tls_context(settings)

    def current(self) -> ssl.SSLContext:
        """The context that fits the certificate files as they are now."""
        with self._lock:
            state = self._files_now()
            if state != self._state:
                self._state = state
                self._rebuild()
            return self._context

    def _rebuild(self) -> None:
        try:
            self._context = tls_context(self._settings)
        except ConfigurationError as error:
            logger.warning("%s The certificates loaded before stay in use.", error)

    def _files_now(self) -> _State:
        files = (self._settings.ca_file, self._settings.client_cert, self._settings.client_key)
        return tuple(_stamp(file) for file in files if file)


def _stamp(file: str) -> tuple[int, int]:
    try:
        facts = Path(file).stat()
    except OSError:
        return (0, 0)
    return (facts.st_mtime_ns, facts.st_ino)


def tls_context(settings: RestTransportSettings) -> ssl.SSLContext:
    """A verifying context: the private CA instead of the public ones if there is one, and our certificate."""
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:  # ssl.SSLError is one
        raise ConfigurationError(
            f"The ca_file {settings.ca_file} cannot be used: {_reason(error)}.",
            hint="It must be a readable PEM file with the certificate of the authority.",
        ) from None
    context.sslsocket_class = DeadlineTlsSocket
    if settings.client_cert:
        _load_client_certificate(context, settings)
    return context


def _load_client_certificate(context: ssl.SSLContext, settings: RestTransportSettings) -> None:
    secret = settings.client_key_password
    # Without a password OpenSSL would ask for one at the terminal.
    password = secret.reveal() if secret else ""
    try:
        context.load_cert_chain(settings.client_cert or "", settings.client_key, password)
    except (OSError, ValueError) as error:
        files = " and ".join(file for file in (settings.client_cert, settings.client_key) if file)
        raise ConfigurationError(
            f"The client certificate in {files} cannot be used: {_reason(error)}.",
            hint="They must be readable PEM files of one certificate and its key; "
            "an encrypted key needs client_key_password.",
        ) from None


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return error.reason or "not valid PEM"
    return (error.strerror if isinstance(error, OSError) else None) or "not valid"
