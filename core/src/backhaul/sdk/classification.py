"""From the error that an adapter raised to the outcome of the attempt: one place for all of them."""

from __future__ import annotations

from backhaul.sdk.errors import (
    AuthenticationError,
    BackhaulError,
    ConfigurationError,
    ErrorContext,
    MappingError,
    RejectedError,
    TransientError,
    UnsupportedError,
)
from backhaul.sdk.outcome import NotNow, Outcome, Refused, Rejected, Unknown, Unmappable
from backhaul.sdk.written import WriteWatch


def classify(error: Exception, watch: WriteWatch, context: ErrorContext) -> Outcome:
    """The outcome that an error stands for.

    An error outside the family is a defect of the plugin: what it did is unknown, so nothing is repeated
    blindly. Its text may hold anything, so only its type is kept.
    """
    if not isinstance(error, BackhaulError):
        text = (
            f"The plugin {context.plugin} raised {type(error).__name__}, which is not of Backhaul's errors."
        )
        return Unknown(text)
    error.located(context)
    match error:
        case RejectedError():
            return Rejected(error.code, str(error))
        case UnsupportedError():
            return Rejected("unsupported", str(error))
        case TransientError():
            return NotNow(str(error), error.scope, error.retry_after, watch.wrote)
        case AuthenticationError() | ConfigurationError():
            return Refused(str(error))
        case MappingError():
            # After something was written a mapping error cannot claim that nothing was sent.
            return Unknown(str(error)) if watch.wrote else Unmappable(error.path, str(error))
        case _:
            return Unknown(str(error))
