"""Opens an application, for performing runs or for reading alone, and closes it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from statewright.app.application import App
from statewright.effects.tools.python import Function
from statewright.errors import StatewrightError
from statewright.language.loader import Loaded
from statewright.project import DefinitionInvalid, load_project
from statewright.settings.place import Settings


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
    """
    app = App(settings, _project_of(settings, project), functions)
    try:
        if write:
            await app.enter()
        else:
            app.look()
        yield app
    finally:
        await app.close()


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
