"""Finds the project that somebody is in: up from a folder to the first project file."""

from __future__ import annotations

from pathlib import Path

PROJECT_FILES = ("statewright.yaml", "compozy.yaml")


def project_folder(start: Path, *, us: int) -> Path | None:
    """Returns the nearest folder at or above `start` with a project file of ours; None where there is none.

    `us` is the user that runs this.

    A file that somebody else put above us is not taken: in a folder open to all, it would run their tools as us.
    """
    for folder in (start, *start.parents):
        for name in PROJECT_FILES:
            if is_file(folder / name) and (folder == start or _is_ours(folder / name, us)):
                return folder
    return None


def is_file(path: Path) -> bool:
    """Says whether a file can be found there; where the path cannot even be looked up, it cannot."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Says whether a folder can be found there."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _is_ours(path: Path, us: int) -> bool:
    return path.stat().st_uid in (0, us)
