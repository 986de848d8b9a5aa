"""`statewright check`: tells everything that is wrong with a project, at once, and mends what has one remedy."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from statewright.api.checking import load_project
from statewright.cli.findings import counted, findings, further, has_errors
from statewright.cli.github import workflow_commands
from statewright.cli.mending import Mended, mend, write
from statewright.cli.options import HERE, Flag, Place, Reported
from statewright.cli.problems import diagnostic_json
from statewright.cli.sarif import sarif
from statewright.cli.terminal import emit, lines_of, paint, plain_json, printable, several
from statewright.errors import EXIT_DONE, EXIT_INVALID_DEFINITION, StatewrightError
from statewright.kernel.values import Json
from statewright.language.loader import Loaded
from statewright.language.proofs.bounds import model_calls


def check(
    path: str = "",
    /,
    *,
    output: Reported = "text",
    strict: Flag = False,
    fix: Flag = False,
    dry_run: Flag = False,
    place: Place = HERE,
) -> int:
    """Tell everything that is wrong with a project.

    Parameters
    ----------
    path
        A project's folder or file; the current folder if not given.
    strict
        Let warnings count as errors.
    fix
        Mend what has one remedy, in the files, and check again.
    dry_run
        Show what --fix would change, and change nothing.
    """
    settings = _of(path, place).settings()
    loaded = load_project(settings)
    mended = mend(settings, loaded) if fix or dry_run else None
    if mended is not None and not dry_run:
        write(settings, mended)
        loaded = mended.loaded
    if mended is not None and dry_run and output == "text":
        emit(_changes(mended, dry_run=True))
    else:
        emit(_shown(loaded, output, _relative(settings.folder), mended))
    failed = has_errors(loaded) or (strict and bool(loaded.diagnostics))
    return EXIT_INVALID_DEFINITION if failed else EXIT_DONE


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


def _relative(folder: Path) -> str:
    """Returns what leads from the current folder to the project's, with a slash behind it; other tools start here."""
    way = Path(os.path.relpath(folder)).as_posix()
    return "" if way == "." else f"{way}/"


def _shown(loaded: Loaded, output: Reported, folder: str, mended: Mended | None) -> str:
    match output:
        case "json":
            return plain_json(_json(loaded, mended))
        case "sarif":
            return plain_json(sarif(loaded.diagnostics, loaded.sources, folder), pretty=True)
        case "github":
            return workflow_commands(loaded.diagnostics, folder)
        case "text":
            return "\n\n".join([*([_changes(mended)] if mended and mended.after else []), _text(loaded)])


def _json(loaded: Loaded, mended: Mended | None) -> dict[str, Json]:
    told: dict[str, Json] = {
        "ok": not has_errors(loaded),
        "detail": counted(loaded),
        "workflows": list(loaded.programs),
        "lacking": {id: list(things) for id, things in loaded.lacking.items()},
        "diagnostics": [diagnostic_json(diagnostic) for diagnostic in loaded.diagnostics],
    }
    return told if mended is None else {**told, "changed": list(mended.after), "diff": mended.diff()}


def _changes(mended: Mended, *, dry_run: bool = False) -> str:
    if not mended.after:
        return "nothing to mend"
    done = "would be mended" if dry_run else "mended"
    return f"{lines_of(mended.diff())}\n\n{several(len(mended.after), 'file')} {done}"


def _text(loaded: Loaded) -> str:
    parts = [findings(loaded)] if loaded.diagnostics else []
    if has_errors(loaded):
        return "\n\n".join([*parts, further(loaded), paint(counted(loaded), "red", "stdout")])
    later = (f"{id} (cannot run yet)" for id in loaded.lacking)
    names = ", ".join(map(printable, [*loaded.programs, *later])) or "no workflow"
    verdict = paint("ok", "green", "stdout")
    said = f"  {counted(loaded)}" if loaded.diagnostics else ""
    return "\n\n".join([*parts, "\n".join([*_bounds(loaded), f"{verdict}  {names}{said}"])])


def _bounds(loaded: Loaded) -> list[str]:
    """Returns a line for each workflow that asks models: how often, at most."""
    bounds = {id: model_calls(program, loaded.programs) for id, program in loaded.programs.items()}
    return [f"{printable(id)}  {printable(bound.shown())}" for id, bound in bounds.items() if bound.calls != 0]
