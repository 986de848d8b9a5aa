"""`statewright export`: runs as JSON Lines, with every byte that their chains cover."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from statewright.api import folder
from statewright.cli.following import execute, opened
from statewright.cli.options import HERE, Flag, Place
from statewright.cli.terminal import emit, printable, several
from statewright.errors import EXIT_DONE, StatewrightError


def export(
    run: str = "",
    /,
    *,
    all: Flag = False,
    output: Annotated[str, Parameter(name=("--output", "-o"))] = "",
    place: Place = HERE,
) -> int:
    """Write runs as JSON Lines, with the definitions and large values that they need.

    Parameters
    ----------
    run
        Its id, the beginning of it, or last.
    all
        Every run.
    output
        The file to make, instead of the terminal. One that exists is never written over.
    """
    if bool(run) == all:
        raise StatewrightError("ARGUMENT_MISSING", "export takes a run, or --all", hint="statewright export last")
    return execute(_export(run, output, place))


async def _export(run: str, output: str, place: Place) -> int:
    async with opened(place.settings(), project=False, write=False) as project:
        if not output:
            project.export(lambda line: emit(line.decode()), run)
            return EXIT_DONE
        moved = folder.export(project, Path(output), run)
    emit(f"{printable(output)}: {several(moved.runs, 'run')}, {several(moved.records, 'record')}")
    return EXIT_DONE
