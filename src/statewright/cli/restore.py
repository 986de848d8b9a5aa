"""`statewright restore`: makes a data folder of a backup, checked before it is put in place."""

from __future__ import annotations

from pathlib import Path

from statewright.api.folder import restore as restored
from statewright.cli.backup import copied_json, holds
from statewright.cli.options import HERE, Flag, Place, Told
from statewright.cli.terminal import emit, printable, to_json
from statewright.errors import EXIT_DONE


def restore(
    file: str, /, *, into: str | None = None, replace: Flag = False, output: Told = "text", place: Place = HERE
) -> int:
    """Make a data folder of a backup. A folder that a process uses, or that has data, is refused.

    Parameters
    ----------
    file
        What `statewright backup` has written.
    into
        The folder to make, instead of the project's data folder.
    replace
        Set data that is there aside, in a folder inside; nothing is deleted.
    """
    folder = place.settings().data if into is None else Path(into)
    copied = restored(Path(file), folder, replace=replace)
    if output == "json":
        aside = None if copied.set_aside is None else str(copied.set_aside)
        emit(to_json({"folder": str(folder), "set_aside": aside, **copied_json(copied)}))
    else:
        emit(f"{printable(str(folder))}: {holds(copied)}, checked")
        if copied.set_aside is not None:
            emit(f"what was there lies in {printable(str(copied.set_aside))}", "stderr")
    return EXIT_DONE
