"""Slashed paths as text: `base`, `dir`, `clean`, `ext`, `isAbs`. No file is looked at."""

from __future__ import annotations

from statewright.kernel.expressions.functions.signature import Function


def clean(path: str) -> str:
    """Returns the shortest path that means the same."""
    rooted = path.startswith("/")
    kept: list[str] = []
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part == ".." and kept and kept[-1] != "..":
            kept.pop()
        elif part != ".." or not rooted:
            kept.append(part)
    cleaned = "/".join(kept)
    return "/" + cleaned if rooted else cleaned or "."


def base(path: str) -> str:
    """Returns the last part of a path."""
    if not path:
        return "."
    return path.rstrip("/").rpartition("/")[2] or "/"


def directory(path: str) -> str:
    """Returns all but the last part of a path."""
    head, slash, _ = path.rpartition("/")
    return clean(head + slash)


def extension(path: str) -> str:
    """Returns the ending of a path, with its dot."""
    name = path.rpartition("/")[2]
    return "." + name.rpartition(".")[2] if "." in name else ""


def is_absolute(path: str) -> bool:
    """Says whether a path begins at the root."""
    return path.startswith("/")


_TABLE = {"base": base, "clean": clean, "dir": directory, "ext": extension, "isAbs": is_absolute}
# The `os` ones are the same on every machine: a template must not depend on where it runs.
_OS_NAMES = {"osBase": base, "osClean": clean, "osDir": directory, "osExt": extension, "osIsAbs": is_absolute}

FUNCTIONS = {name: Function(function, "s", cost=2) for name, function in (_TABLE | _OS_NAMES).items()}
