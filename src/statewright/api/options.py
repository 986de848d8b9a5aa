"""How a project is opened, as Python programs say it."""

from __future__ import annotations

import os
from typing import TypedDict

from statewright.settings.place import Settings, read_settings


class Options(TypedDict, total=False):
    """How a project is opened. What is not given comes from the environment, then from the `.env` file.

    Relative paths count from the project's folder.
    """

    data: str | os.PathLike[str]  # the data folder, instead of .statewright in the project's
    config: str | os.PathLike[str]  # the project file, if it has another name
    env_file: str | os.PathLike[str]
    operator: str | os.PathLike[str]  # the operator's file: host mappings, modules
    simulate: bool  # every model answers simulated


def settings_of(folder: str | os.PathLike[str], options: Options) -> Settings:
    """Returns the settings that these options are over the environment."""
    flags = {name: value if isinstance(value, bool) else os.fspath(value) for name, value in options.items()}  # type: ignore[call-overload]
    return read_settings(os.environ, cwd=os.fspath(folder) or None, **flags)
