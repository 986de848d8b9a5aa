"""The entry of `statewright` and `sw`. `--version` is answered here, before anything large is imported."""

from __future__ import annotations

import sys
from typing import NoReturn

import statewright


def main() -> NoReturn:
    """Runs the command of this process's arguments and leaves with its exit code."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        print(statewright.__version__)
        sys.exit(0)
    # lazy: the version needs none of it.
    from statewright.cli.entry import enter

    enter(arguments)
