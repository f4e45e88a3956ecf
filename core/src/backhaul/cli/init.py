"""`backhaul init`."""

from __future__ import annotations

from backhaul.cli.command import command, group
from backhaul.cli.session import Session

app = group("Write a new deployment file.")


@command(app)
def init(session: Session) -> None:
    """Write a new deployment file, with comments; a file that exists is never overwritten."""
    from backhaul.config import TEMPLATE
    from backhaul.sdk.errors import ConfigurationError

    path = session.deployment
    try:
        with path.open("x", encoding="utf-8") as target:
            target.write(TEMPLATE)
    except FileExistsError as error:
        hint = "Name another one with --deployment, or move it away."
        msg = "The file exists already; it was left as it is."
        raise ConfigurationError(msg, file=str(path), hint=hint) from error
    except OSError as error:
        msg = f"The file cannot be written: {error.strerror}."
        raise ConfigurationError(msg, file=str(path)) from error
    session.output.document({"written": str(path)})
    session.output.say(f"Wrote {path}. Take the '#' away from what you need, then run 'backhaul check'.")
