"""Keeps the files that a project names inside the project's folder, symbolic links included."""

from __future__ import annotations

from pathlib import Path

from statewright.effects.refused import refused


def inside(folder: str, written: str) -> Path:
    """Returns the real path of the file `written` in `folder`; refuses the call where it lies elsewhere, or nowhere."""
    root = Path(folder).resolve()
    file = (root / written).resolve()
    if not folder or not file.is_relative_to(root):
        raise refused("PATH_OUTSIDE_PROJECT", f"the file {written!r} lies outside of the project's folder", left=False)
    if not file.is_file():
        raise refused("TOOL_NOT_FOUND", f"the project has no file {written!r}", left=False)
    return file
