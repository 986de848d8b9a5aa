"""`statewright check`: tells everything that is wrong with a project, at once."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from statewright.app import load_project
from statewright.cli.findings import counted, findings, has_errors
from statewright.cli.options import HERE, Place, Told
from statewright.cli.problems import diagnostic_json
from statewright.cli.terminal import emit, paint, printable, to_json
from statewright.errors import EXIT_DONE, EXIT_INVALID_DEFINITION, StatewrightError
from statewright.language.loader import Loaded


def check(path: str = "", /, *, output: Told = "text", place: Place = HERE) -> int:
    """Tell everything that is wrong with a project.

    Parameters
    ----------
    path
        A project's folder or file; the current folder if not given.
    """
    loaded = load_project(_of(path, place).settings())
    emit(to_json(_json(loaded)) if output == "json" else _text(loaded))
    return EXIT_INVALID_DEFINITION if has_errors(loaded) else EXIT_DONE


def _of(path: str, place: Place) -> Place:
    """Returns the place with a path's meaning in it: a folder is --cwd, a file --config in its folder."""
    if not path:
        return place
    target = Path(place.cwd or ".") / path
    try:
        is_folder, exists = target.is_dir(), target.exists()
    except (OSError, ValueError):
        is_folder = exists = False
    if not exists:
        hint = "name a project's folder, or its file"
        raise StatewrightError(
            "PATH_INVALID", f"there is no {os.fspath(target)!r}", hint=hint, exit_code=EXIT_INVALID_DEFINITION
        )
    if is_folder:
        return replace(place, cwd=os.fspath(target))
    return replace(place, cwd=os.fspath(target.parent), config=target.name)


def _json(loaded: Loaded) -> dict[str, object]:
    return {
        "ok": not has_errors(loaded),
        "workflows": list(loaded.programs),
        "diagnostics": [diagnostic_json(diagnostic) for diagnostic in loaded.diagnostics],
    }


def _text(loaded: Loaded) -> str:
    parts = [findings(loaded)] if loaded.diagnostics else []
    if has_errors(loaded):
        return "\n\n".join([*parts, paint(counted(loaded), "red", "stdout")])
    names = ", ".join(map(printable, loaded.programs)) or "no workflow"
    verdict = paint("ok", "green", "stdout")
    said = f"  {counted(loaded)}" if loaded.diagnostics else ""
    return "\n\n".join([*parts, f"{verdict}  {names}{said}"])
