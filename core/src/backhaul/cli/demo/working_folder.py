"""The folder that the demo works in."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backhaul.sdk.errors import BackhaulError, ConfigurationError


@contextmanager
def working_folder(keep: Path | None) -> Iterator[Path]:
    """Give a temporary folder, or `keep`, which must be new or empty.

    The temporary one is removed, unless the demo fails: then the error says where it is. Raises
    ConfigurationError for a folder that cannot be used.
    """
    if keep is not None:
        yield _empty(keep)
        return
    folder = Path(tempfile.mkdtemp(prefix="backhaul-demo-"))
    failed = False
    try:
        yield folder
    except BackhaulError as error:
        failed = True
        error.hint = f"{error.hint or ''} Its files are still in {folder}.".strip()
        raise
    finally:
        if not failed:
            shutil.rmtree(folder, ignore_errors=True)


def _empty(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        occupied = any(folder.iterdir())
    except OSError as error:
        msg = f"The folder cannot be used: {error.strerror}."
        raise ConfigurationError(
            msg, file=str(folder), hint="Name a folder that does not exist yet."
        ) from error
    if occupied:
        msg = "The folder is not empty, and the demo begins with an empty one."
        raise ConfigurationError(msg, file=str(folder), hint="Name a folder that does not exist yet.")
    return folder.resolve()
