"""Where the project and its data lie, and who answers: what every command asks before it reads any project.

These few keys come from flags over variables over the `.env` file over defaults; a project file sets none of them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from statewright.errors import StatewrightError
from statewright.settings.discovery import is_file, project_folder
from statewright.settings.dotenv import DotEnv, read_dotenv
from statewright.settings.keys.place import PLACE
from statewright.settings.resolving import Setting, Sources, resolve

_NO_FILE = DotEnv(Path())


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the project and its data lie, and whether models are simulated."""

    folder: Path
    config: Path | None = None  # the project file, if it has another name
    data: Path
    env_file: Path
    operator: Path | None = None  # the operator's file: host mappings, modules; see effects/operator.py
    simulate: bool = False
    retention: int = 0  # ms that a host keeps runs after they have ended; 0 is for ever
    tenant: str = "default"


def read_settings(environ: Mapping[str, str], **flags: str | bool | None) -> Settings:
    """Returns the settings; a flag that is None was not given. Raises `StatewrightError` for a bad value."""
    _refuse_empty(flags)
    first = _asked(Sources(environ, flags, _NO_FILE))
    started = _absolute(Path(first["cwd"].value or "."))
    # Who names a folder or a file means that one; else the project is the one that we are in.
    is_named = first["cwd"].value or first["config"].value
    folder = started if is_named else project_folder(started, us=os.geteuid()) or started
    env_file = _path(first["env_file"], started, folder) or folder
    if first["env_file"].origin.kind != "default" and not is_file(env_file):
        hint = "correct --env-file or STATEWRIGHT_ENV_FILE; without it, .env is read where there is one"
        raise StatewrightError("ENV_FILE_MISSING", f"there is no file {env_file}", hint=hint)
    asked = _asked(Sources(environ, flags, read_dotenv(env_file)))
    return Settings(
        folder=folder,
        config=_path(asked["config"], started, folder),
        data=_data(_path(asked["data"], started, folder) or folder),
        env_file=env_file,
        operator=_path(asked["operator"], started, folder),
        simulate=bool(asked["simulate"].value),
        retention=int(asked["retention"].value or 0),
        tenant=str(asked["tenant"].value),
    )


def _refuse_empty(flags: Mapping[str, str | bool | None]) -> None:
    """A shell makes an empty flag of a variable that is not set: as a path it would mean the project's own folder."""
    for name, value in flags.items():
        if value == "":
            flag = f"--{name.replace('_', '-')}"
            raise StatewrightError("SETTING_INVALID", f"{flag} is empty", hint=f"give it a value, or leave {flag} out")


def _asked(sources: Sources) -> dict[str, Setting]:
    settings, problems = resolve(PLACE, sources)
    for problem in problems:
        raise StatewrightError(problem.code, problem.message, hint=problem.hint)
    return settings


def _path(setting: Setting, started: Path, folder: Path) -> Path | None:
    """What is typed counts from where it was typed; what the `.env` file says, and the default, from the project."""
    if not setting.value:
        return None
    return (started if setting.origin.kind in ("flag", "variable") else folder) / str(setting.value)


def _data(folder: Path) -> Path:
    """A file in the place of the data folder would read as a folder without runs."""
    if is_file(folder):
        hint = "name a folder with --data or STATEWRIGHT_DATA; it is made where there is none"
        raise StatewrightError("DATA_NOT_A_FOLDER", f"the data folder {folder} is a file", hint=hint)
    return folder


def _absolute(folder: Path) -> Path:
    try:
        return folder.absolute()
    except FileNotFoundError:
        hint = "go to another one, or name the project's folder with --cwd"
        raise StatewrightError("PATH_INVALID", "the current folder is not there any more", hint=hint) from None
