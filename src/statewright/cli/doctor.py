"""`statewright doctor`: looks at the machine, the data folder and the project, and says what to do."""

from __future__ import annotations

import os
import platform
import shutil
import stat
import sys
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import msgspec

from statewright.api.checking import check_operator, configured, load_project, sqlite, variables_asked
from statewright.api.opening import opened
from statewright.cli.checkup import Finding, look_deep
from statewright.cli.findings import counted, has_errors
from statewright.cli.following import execute
from statewright.cli.options import AS_SET, Flag, Performing, Told
from statewright.cli.terminal import Colour, emit, paint, printable, several, to_json
from statewright.errors import EXIT_DONE, EXIT_RUN_FAILED, StatewrightError
from statewright.language.loader import Loaded
from statewright.settings.place import Settings

PYTHON_OLDEST = (3, 11)
# A count beyond this says nothing more about health.
_RUNS_COUNTED = 1_000
_COLOURS: dict[str, Colour] = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor(*, deep: Flag = False, output: Told = "text", how: Performing = AS_SET) -> int:
    """Look at the machine, the data folder and the project.

    Parameters
    ----------
    deep
        Also prove every journal, large value and definition in the data folder; that takes a while.
    """
    return execute(_doctor(deep, output, how.settings()))


async def _doctor(deep: bool, output: Told, settings: Settings) -> int:
    looks = (*_LOOKS, look_deep) if deep else _LOOKS
    found = [finding for look in looks for finding in await look(settings)]
    if output == "json":
        emit(to_json({"ok": _is_fit(found), "checks": [msgspec.to_builtins(finding) for finding in found]}))
    else:
        emit("\n".join(map(_line, found)))
    return EXIT_DONE if _is_fit(found) else EXIT_RUN_FAILED


def _is_fit(found: list[Finding]) -> bool:
    return all(finding.status != "fail" for finding in found)


def _line(finding: Finding) -> str:
    status = paint(f"{finding.status:<4}", _COLOURS[finding.status], "stdout")
    fix = f"\n      help: {printable(finding.fix)}" if finding.fix else ""
    return f"{status}  {finding.name}: {printable(finding.detail)}{fix}"


async def _python(settings: Settings) -> list[Finding]:
    version = platform.python_version()
    if sys.version_info >= PYTHON_OLDEST:
        return [Finding("python", "ok", version)]
    oldest = ".".join(map(str, PYTHON_OLDEST))
    return [Finding("python", "fail", version, f"install Python {oldest} or newer")]


async def _sqlite(settings: Settings) -> list[Finding]:
    version, notice = sqlite()
    if not notice:
        return [Finding("sqlite", "ok", version)]
    return [Finding("sqlite", "warn", notice, "pip install --upgrade apsw")]


async def _data(settings: Settings) -> list[Finding]:
    folder = settings.data
    if not _exists(folder):
        parent = next(parent for parent in folder.parents if _exists(parent))
        if os.access(parent, os.W_OK):
            return [Finding("data folder", "ok", f"{folder} is made by the first run")]
        return [Finding("data folder", "fail", f"{parent} cannot be written to", "name another one with --data")]
    try:
        # Opened as a run opens it: lock, version and permissions are looked at by the store itself.
        async with opened(msgspec.structs.replace(settings, operator=None), project=False) as project:
            count = len(project.rows(limit=_RUNS_COUNTED))
            # What is said of the library is said there.
            notices = [notice for notice in project.notices if notice not in sqlite()]
            used = f", in use by process {project.owner}" if project.owner else ""
    except StatewrightError as error:
        if error.code == "DATA_LOCKED":
            return [Finding("data folder", "ok", f"{folder} is in use: {error.message}")]
        return [Finding("data folder", "fail", f"{error.code}: {error.message}", error.hint)]
    warned = [Finding("data folder", "warn", notice) for notice in notices]
    return [Finding("data folder", "ok", f"{folder}: {_counted(count)}{used}"), *warned, *_mode(settings)]


def _exists(path: Path) -> bool:
    # A name that is too long, or one below a link to itself, cannot even be looked up; opening it says so.
    try:
        return path.exists()
    except OSError:
        return True


def _counted(count: int) -> str:
    return f"{count} runs or more" if count == _RUNS_COUNTED else several(count, "run")


def _mode(settings: Settings) -> list[Finding]:
    mode = stat.S_IMODE(settings.data.stat().st_mode)
    if not mode & (stat.S_IWGRP | stat.S_IWOTH):
        return []
    return [Finding("data folder", "warn", f"others can write to it (mode {mode:04o})", f"chmod go-w {settings.data}")]


async def _operator(settings: Settings) -> list[Finding]:
    if settings.operator is None:
        return []
    try:
        check_operator(settings)
    except StatewrightError as error:
        return [Finding("operator file", "fail", error.message, error.hint)]
    return [Finding("operator file", "ok", str(settings.operator))]


async def _deno(settings: Settings) -> list[Finding]:
    if find_spec("deno") is not None or shutil.which("deno") is not None:
        return [Finding("deno", "ok", "found; JavaScript tools can run")]
    return [Finding("deno", "warn", "not found; JavaScript tools cannot run", "pip install 'statewright[js]'")]


async def _configuration(settings: Settings) -> list[Finding]:
    try:
        found = configured(settings, os.environ, {})
    except StatewrightError:
        # That is about the project, and said there.
        return []
    if not found.diagnostics:
        return []
    said = ", ".join(dict.fromkeys(diagnostic.code for diagnostic in found.diagnostics))
    status: Literal["warn", "fail"] = "fail" if has_errors(found) else "warn"
    return [Finding("configuration", status, f"{counted(found)}: {said}", "statewright config validate")]


async def _project(settings: Settings) -> list[Finding]:
    try:
        loaded = load_project(settings)
    except StatewrightError as error:
        return [Finding("project", "warn", error.message, error.hint)]
    names = ", ".join(loaded.programs) or "no workflow"
    if has_errors(loaded):
        return [Finding("project", "fail", counted(loaded), "statewright check")]
    said = f" ({counted(loaded)})" if loaded.diagnostics else ""
    return [Finding("project", "ok", f"{names}{said}"), *_keys(settings, loaded)]


def _keys(settings: Settings, loaded: Loaded) -> list[Finding]:
    """Says which variables the project asks for, by name; a value is never shown."""
    found = []
    for name, is_set in sorted(variables_asked(settings, loaded).items()):
        if is_set:
            found.append(Finding("environment", "ok", f"{name} is set"))
        else:
            fix = f"set it, or write it into {settings.env_file.name}; models need none with --simulate"
            found.append(Finding("environment", "warn", f"{name} is not set", fix))
    return found


async def _models(settings: Settings) -> list[Finding]:
    if settings.simulate:
        return [Finding("models", "ok", "simulated: no key or account is needed, and every result says so")]
    return [Finding("models", "ok", "not simulated; --simulate or STATEWRIGHT_SIMULATE=1 would")]


_LOOKS: tuple[Callable[[Settings], Awaitable[list[Finding]]], ...] = (
    _python,
    _sqlite,
    _data,
    _operator,
    _deno,
    _configuration,
    _project,
    _models,
)
