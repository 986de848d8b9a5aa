"""Settings: where things are and how to run, from flags over environment variables over defaults.

Only app, cli and testing read them. Every variable is `STATEWRIGHT_<NAME>`; the seeds' own names are honoured too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from statewright.errors import StatewrightError

PREFIX = "STATEWRIGHT_"
PROJECT_FILES = ("statewright.yaml", "compozy.yaml")
DATA_FOLDER = ".statewright"
DEFAULT_TENANT = "default"
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the project and its data lie, and whether models are simulated."""

    folder: Path
    config: Path | None = None  # the project file, if it has another name
    data: Path
    env_file: Path
    operator: Path | None = None  # the operator's file: host mappings, modules; see effects/operator.py
    simulate: bool = False
    tenant: str = DEFAULT_TENANT


def read_settings(environ: Mapping[str, str], **flags: str | bool | None) -> Settings:
    """Returns the settings; a flag that is None was not given. Raises `StatewrightError` for a bad value."""
    folder = Path(_text(environ, flags, "cwd") or ".").absolute()
    config = _text(environ, flags, "config")
    operator = _text(environ, flags, "operator")
    env_file = _text(environ, flags, "env_file")
    if env_file and not is_file(folder / env_file):
        hint = "correct --env-file or STATEWRIGHT_ENV_FILE; without it, .env is read where there is one"
        raise StatewrightError("ENV_FILE_MISSING", f"there is no file {folder / env_file}", hint=hint)
    return Settings(
        folder=folder,
        config=folder / config if config else None,
        data=folder / (_text(environ, flags, "data") or DATA_FOLDER),
        env_file=folder / (env_file or ".env"),
        operator=folder / operator if operator else None,
        simulate=_flag(environ, flags, "simulate"),
    )


def is_file(path: Path) -> bool:
    """Says whether a file can be found there; where the path cannot even be looked up, it cannot."""
    try:
        return path.is_file()
    except OSError:
        return False


def _text(environ: Mapping[str, str], flags: Mapping[str, str | bool | None], name: str) -> str:
    given = flags.get(name)
    return str(given) if given is not None else environ.get(PREFIX + name.upper(), "")


def _flag(environ: Mapping[str, str], flags: Mapping[str, str | bool | None], name: str) -> bool:
    given = flags.get(name)
    if isinstance(given, bool) and given:
        return True
    text = environ.get(PREFIX + name.upper(), "").lower()
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise StatewrightError(
        "SETTING_INVALID",
        f"{PREFIX}{name.upper()} is {text!r}, expected true or false",
        hint=f"set {PREFIX}{name.upper()}=1, or leave it out",
    )
