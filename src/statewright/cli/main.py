"""The entry of `statewright` and `sw`. `--version` is answered here, before anything large is imported."""

from __future__ import annotations

import contextlib
import signal
import sys
from typing import NoReturn

import statewright


def main() -> NoReturn:
    """Runs the command of this process's arguments and leaves with its exit code."""
    arguments = sys.argv[1:]
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Where no command answers it (see `following`), Ctrl-C ends the process as the system does, like SIGTERM:
        # without a traceback, and without a place where it could get lost.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    if arguments == ["--version"]:
        # Where stdout takes nothing, the long way says so.
        with contextlib.suppress(OSError):
            print(statewright.__version__, flush=True)
            sys.exit(0)
    # lazy: the version needs none of it.
    from statewright.cli.entry import enter

    enter(arguments)
