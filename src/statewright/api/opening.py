"""Opens a project with its data folder, for running workflows and for looking at runs."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Unpack

from statewright.api.options import Options, settings_of
from statewright.api.places import Places
from statewright.api.project import Project
from statewright.app.opening import open_app
from statewright.effects.tools.python import Function
from statewright.kernel.values import Json
from statewright.settings.place import Settings


async def run(folder: str | os.PathLike[str], workflow: str, input: Json = None, **options: Unpack[Options]) -> Json:
    """Runs a workflow once and returns its output; raises `RunFailed` where it has none."""
    async with open(folder, **options) as project:
        return await (await project.start(workflow, input)).result()


@asynccontextmanager
async def open(
    folder: str | os.PathLike[str] = "",
    *,
    write: bool = True,
    functions: Mapping[str, Function] | None = None,
    **options: Unpack[Options],
) -> AsyncIterator[Project]:
    """Opens a project and its data folder, to run workflows and to look at runs; without a folder, the current one.

    With `write=False` it only looks, and needs no project: nothing can be started or told, and nobody is disturbed
    who runs workflows there. `functions` take the place of the project's Python tools, by their ids. A run that has
    not ended when the project is closed can be taken up by whoever opens it next. Raises `DefinitionInvalid` where the
    project has errors.
    """
    settings = settings_of(folder, options)
    async with opened(settings, project=True if write else None, write=write, functions=functions) as project:
        yield project


@asynccontextmanager
async def opened(
    settings: Settings,
    *,
    project: bool | None = True,
    write: bool = True,
    functions: Mapping[str, Function] | None = None,
) -> AsyncIterator[Project]:
    """The same for settings that were read already. A project of None is opened where it is there and has no error."""
    places: Places | None = None
    try:
        async with open_app(settings, project=project, write=write, functions=functions) as app:
            places = Places(app)
            yield Project(app, places)
    finally:
        if places is not None:
            places.close()
