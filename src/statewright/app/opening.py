"""Opens an application, for performing runs or for reading alone, and closes it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from statewright.app.application import App
from statewright.effects.tools.python import Function
from statewright.errors import StatewrightError
from statewright.language.loader import Loaded
from statewright.project import DefinitionInvalid, load_project
from statewright.settings.place import Settings

# Seconds that an owner which leaves in good order waits for calls under way, most of them those of its guests. Who
# waits outside for the folder is patient for a little longer, see `hosts/door/entering.py`.
HAND_OVER_S = 3.0


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    project: bool | None = True,
    write: bool = True,
    functions: Mapping[str, Function] | None = None,
) -> AsyncIterator[App]:
    """Opens the project (unless told not to) and the data folder; with `write` it can run workflows.

    A project of None is opened where it is there and has no error: a run is pinned to its own definition, but the
    workflows that it starts are looked up. `functions` take the place of Python tools, by their ids. Raises
    `DefinitionInvalid`, `PROJECT_MISSING`, or what the store says.

    Who leaves in good order cuts nobody's call off: what was asked would be asked twice, or be in doubt for ever.
    """
    for folder in (settings.folder, settings.data):
        _refuse_unnameable(folder)
    app = App(settings, _project_of(settings, project), functions)
    try:
        if write:
            await app.enter()
        else:
            app.look()
        yield app
        await app.drain(HAND_OVER_S)
    finally:
        await app.close()


def _refuse_unnameable(folder: Path) -> None:
    """What SQLite opens, and what two processes tell each other, is UTF-8."""
    try:
        str(folder).encode()
    except UnicodeEncodeError:
        shown = str(folder).encode(errors="replace").decode()
        hint = "rename it; another data folder is named with --data"
        raise StatewrightError("PATH_INVALID", f"the name of the folder {shown} is not UTF-8", hint=hint) from None


def _project_of(settings: Settings, wanted: bool | None) -> Loaded | None:
    if wanted is False:
        return None
    try:
        loaded = load_project(settings)
    except StatewrightError:
        if wanted:
            raise
        return None
    if all(diagnostic.severity != "error" for diagnostic in loaded.diagnostics):
        return loaded
    if wanted:
        raise DefinitionInvalid(loaded)
    return None
