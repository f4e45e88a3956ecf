"""The error family, named for what happens next.

::

    BackhaulError
    ├── RejectedError         a business no: parked, not retried
    ├── MappingError          nothing was sent: parked until record or mapping is corrected
    ├── TransientError        proven unsent: tried again later
    ├── UnknownOutcomeError   sent, no believable answer: probed, never blindly repeated
    ├── AuthenticationError   credentials refused: the back office is paused
    ├── ConfigurationError    refused at start with file and line
    ├── UnsupportedError      the back office cannot do this
    ├── NotFoundError         no such record, delivery, back office …
    ├── AmbiguousError        more than one record matches: a person decides
    ├── ConflictError         a lost race or a rule refused the change: read again, decide again
    └── HookError             a plugin's hook failed; what happened elsewhere stands
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class ErrorContext:
    """Where an error happened: enough for an operator to find the call."""

    back_office: str | None = None
    operation: str | None = None
    correlation_id: str | None = None
    plugin: str | None = None

    def over(self, other: ErrorContext) -> ErrorContext:
        """These facts, with gaps filled from `other`."""
        return ErrorContext(
            back_office=self.back_office or other.back_office,
            operation=self.operation or other.operation,
            correlation_id=self.correlation_id or other.correlation_id,
            plugin=self.plugin or other.plugin,
        )

    def __str__(self) -> str:
        facts = (
            ("back office", self.back_office),
            ("operation", self.operation),
            ("correlation id", self.correlation_id),
            ("plugin", self.plugin),
        )
        return ", ".join(f"{name} {value}" for name, value in facts if value)


class BackhaulError(Exception):
    """Every error that Backhaul raises on purpose; `hint` tells the reader what to do."""

    def __init__(self, message: str, *, hint: str | None = None, context: ErrorContext | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.context = context or ErrorContext()

    def located(self, context: ErrorContext) -> BackhaulError:
        """This error with the gaps of its context filled; called where the facts are known."""
        self.context = self.context.over(context)
        return self

    def __str__(self) -> str:
        where = str(self.context)
        text = f"{self.message} [{where}]" if where else self.message
        return f"{text} {self.hint}" if self.hint else text


class RejectedError(BackhaulError):
    """The back office understood and said no, with its own code and text. Parked, not retried."""

    def __init__(
        self, message: str, *, code: str = "", hint: str | None = None, context: ErrorContext | None = None
    ) -> None:
        super().__init__(message, hint=hint, context=context)
        self.code = code


class MappingError(BackhaulError):
    """A record cannot be spelled for the wire, or a document cannot be read from it."""

    def __init__(
        self, message: str, *, path: str = "", hint: str | None = None, context: ErrorContext | None = None
    ) -> None:
        super().__init__(message, hint=hint, context=context)
        self.path = path


class Scope(StrEnum):
    """Whom a transient fault concerns: the whole back office, or this delivery alone."""

    BACK_OFFICE = "back_office"
    DELIVERY = "delivery"


class TransientError(BackhaulError):
    """Proven not to have been executed: safe to try again after `retry_after` seconds.

    With the scope BACK_OFFICE (refused connection, 429, documented 503) no delivery loses an attempt.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        scope: Scope = Scope.BACK_OFFICE,
        hint: str | None = None,
        context: ErrorContext | None = None,
    ) -> None:
        super().__init__(message, hint=hint, context=context)
        self.retry_after = retry_after
        self.scope = scope


class UnknownOutcomeError(BackhaulError):
    """The request may have been executed: no answer, or none that can be believed."""


class AuthenticationError(BackhaulError):
    """The back office refused our credentials, or a sender failed to prove who it is."""


class ConfigurationError(BackhaulError):
    """The deployment file or a plugin's settings are wrong; refused at start with file and line."""

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        hint: str | None = None,
        context: ErrorContext | None = None,
    ) -> None:
        super().__init__(message, hint=hint, context=context)
        self.file = file
        self.line = line

    def __str__(self) -> str:
        place = (
            f"{self.file}:{self.line}: " if self.file and self.line else f"{self.file}: " if self.file else ""
        )
        return place + super().__str__()


class UnsupportedError(BackhaulError):
    """The back office cannot do what was asked; the reason is the plugin author's."""


class NotFoundError(BackhaulError):
    """What was asked for does not exist here."""


class AmbiguousError(BackhaulError):
    """More than one record matches; `candidates` are their ids. A person decides."""

    def __init__(self, message: str, *, candidates: tuple[str, ...], hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.candidates = candidates


class ConflictError(BackhaulError):
    """The change was refused because the record, binding or lane is not what the caller believed."""


class HookError(BackhaulError):
    """A plugin's hook raised; names plugin and hook and never changes what happened at the other side."""

    def __init__(
        self,
        message: str,
        *,
        plugin: str,
        hook: str,
        hint: str | None = None,
        context: ErrorContext | None = None,
    ) -> None:
        located = (context or ErrorContext()).over(ErrorContext(plugin=plugin))
        super().__init__(message, hint=hint, context=located)
        self.hook = hook
