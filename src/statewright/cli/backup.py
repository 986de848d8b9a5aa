"""`statewright backup`: everything in the data folder in one checked file, while runs go on."""

from __future__ import annotations

from pathlib import Path

from statewright.api.folder import back_up
from statewright.api.records import Copied
from statewright.cli.options import HERE, Place, Told
from statewright.cli.terminal import emit, printable, several, to_json
from statewright.errors import EXIT_DONE


def backup(file: str, /, *, output: Told = "text", place: Place = HERE) -> int:
    """Copy the data folder into one file. Runs may go on meanwhile; what they do later is not in it.

    Parameters
    ----------
    file
        The file to make. One that exists is never written over.
    """
    copied = back_up(place.settings().data, Path(file))
    if output == "json":
        emit(to_json({"file": file, **copied_json(copied)}))
    else:
        emit(f"{printable(file)}: {holds(copied)}, checked")
    return EXIT_DONE


def holds(copied: Copied) -> str:
    """Returns what a copy holds, as a sentence's part."""
    return f"{several(copied.runs, 'run')}, {several(copied.records, 'record')}, {several(copied.size, 'byte')}"


def copied_json(copied: Copied) -> dict[str, object]:
    """Returns what a copy holds, as JSON data."""
    return {"runs": copied.runs, "records": copied.records, "bytes": copied.size}
