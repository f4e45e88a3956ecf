"""Exit codes: what a script may rely on."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command says to the shell; `docs/cli.md` explains each."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    CONFIGURATION = 3
    NOT_FOUND = 4
    CONFLICT = 5
    UNREACHABLE = 6
    DEFECT = 70
    INTERRUPTED = 130


#: The epilog of `backhaul --help`. The first line keeps the lines as they are.
EXIT_CODES = """\
\b
Exit codes:
   0  done
   1  something was refused or failed; the text says what
   2  the command line was not understood
   3  the deployment file, a plugin or an input file cannot be used
   4  what was named does not exist
   5  ambiguous, or changed by somebody else in between
   6  a back office cannot be reached, or it is not known yet what came of it
  70  a defect of Backhaul or of a plugin; --debug shows where
 130  interrupted
"""
