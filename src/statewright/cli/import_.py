"""`statewright import`: takes in what `statewright export` has written, proven again, as a whole or not at all."""

from __future__ import annotations

from pathlib import Path

from statewright.api.folder import import_runs
from statewright.cli.options import HERE, Place, Told
from statewright.cli.terminal import emit, several, to_json
from statewright.errors import EXIT_DONE


def import_(file: str, /, *, output: Told = "text", place: Place = HERE) -> int:
    """Take in exported runs. What is there already is left alone; a run that is there otherwise is refused.

    Parameters
    ----------
    file
        What `statewright export` has written.
    """
    moved = import_runs(Path(file), place.settings().data)
    if output == "json":
        emit(to_json({"runs": moved.runs, "records": moved.records, "present": moved.present}))
    else:
        there = f"; {several(moved.present, 'run')} there already" if moved.present else ""
        emit(f"{several(moved.runs, 'run')} imported, {several(moved.records, 'record')}{there}")
    return EXIT_DONE
