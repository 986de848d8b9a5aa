"""Looking at a project, its configuration and its surroundings. Nothing is run, and no data folder is opened."""

from __future__ import annotations

import os
from typing import Unpack

import apsw

from statewright.api.options import Options, settings_of
from statewright.effects.operator import read_operator
from statewright.kernel.values import Secret
from statewright.language.diagnostics.diagnostic import Diagnostic
from statewright.language.loader import Loaded
from statewright.project import (
    Configured,
    DefinitionInvalid,
    Environment,
    Folder,
    allowed_names,
    configured,
    load_project,
)
from statewright.settings.place import Settings
from statewright.store.opening import library_notice

__all__ = [
    "Configured",
    "DefinitionInvalid",
    "Folder",
    "allowed_names",
    "check",
    "check_operator",
    "configured",
    "load",
    "load_project",
    "sqlite",
    "variables_asked",
]


def load(folder: str | os.PathLike[str] = "", **options: Unpack[Options]) -> Loaded:
    """Reads and compiles a project, and runs nothing. What is wrong with it is in `.diagnostics`."""
    return load_project(settings_of(folder, options))


def check(folder: str | os.PathLike[str] = "", **options: Unpack[Options]) -> tuple[Diagnostic, ...]:
    """Returns everything that is wrong with a project, errors and warnings."""
    return load(folder, **options).diagnostics


def check_operator(settings: Settings) -> None:
    """Reads the operator's file, if there is to be one; raises `OPERATOR_INVALID` for what is wrong with it."""
    if settings.operator is not None:
        read_operator(str(settings.operator))


def variables_asked(settings: Settings, loaded: Loaded) -> dict[str, bool]:
    """Returns the secret variables that the project's workflows name, and whether each is set; never their values."""
    environment = Environment(os.environ, settings.env_file)
    return {
        value.name: environment.secret(value.name) is not None
        for program in loaded.programs.values()
        for value in program.env.values()
        if isinstance(value, Secret)
    }


def sqlite() -> tuple[str, str]:
    """Returns the version of the SQLite library, and a warning about it where it deserves one."""
    version = apsw.sqlite_lib_version()
    return version, library_notice(version)
