"""`statewright report`: writes a run as one HTML file that asks nobody for anything."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from statewright.api.folder import put
from statewright.cli.board import Board
from statewright.cli.following import execute, opened
from statewright.cli.journal import read_story
from statewright.cli.options import HERE, Place
from statewright.cli.reporting.page import Reported, page
from statewright.cli.reporting.timeline import ordered
from statewright.cli.terminal import emit, printable, to_json
from statewright.errors import EXIT_DONE

_FILE = Parameter(name=("--output", "-o"), allow_leading_hyphen=True)
_STDOUT = "-"
_JSON = "json"


def report(
    run: str,
    /,
    *,
    file: Annotated[str, _FILE] = "",
    place: Place = HERE,
) -> int:
    """Write a run as one HTML file: its tasks on a time line, with everything that went in and came out.

    `statewright report last -o report.html`

    Parameters
    ----------
    run
        Its id, the beginning of it, or last.
    file
        Where to; <run>.html if not given, - for stdout, and json for <run>.html with its name told as JSON.
    """
    return execute(_report(run, file, place))


async def _report(run: str, file: str, place: Place) -> int:
    async with opened(place.settings(), project=False, write=False) as project:
        found = project.find(run)
        row, story, program = found.row(), read_story(found), found.program()
    board = Board()
    for step in story.steps:
        board.take(row.run, step)
    text = page(Reported(row, story.state, story.steps, ordered(list(board.rows.values())), program))
    if file == _STDOUT:
        emit(text)
    else:
        # An id that came with an imported file may be no file's name.
        path = Path(f"{row.run.replace('/', '-')}.html" if file in ("", _JSON) else file)
        put(path, text)
        emit(to_json({"run": row.run, "file": str(path)}) if file == _JSON else printable(str(path)))
    if story.problem is not None:
        # What can be read is written; where it ends is a problem still.
        raise story.problem
    return EXIT_DONE
