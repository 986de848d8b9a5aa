"""Turns a project's permission flags into Deno's, and refuses whatever is not one named thing.

The forms are `--allow-read=<folder>`, `--allow-net=<host>[:port]` and `--allow-env=<NAME>`, comma-separated lists
included. There is no list of what is forbidden: everything else is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from statewright.effects.refused import refused

# Links are looked for in every folder that a tool may read; a larger tree is not a folder of tool data.
ENTRIES_MAX = 10_000

_HOST = re.compile(r"(?!-)[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:]+\](:[0-9]{1,5})?")
# What the loader or Deno itself reads at its start is not a tool's business.
_VARIABLE = re.compile(r"(?!LD_|DYLD_|DENO_|NODE_|V8_)[A-Za-z_][A-Za-z0-9_]*")


class Granted(msgspec.Struct, frozen=True):
    """Deno's flags, and the variables that the tool may read."""

    flags: tuple[str, ...]
    variables: tuple[str, ...]


def granted(permissions: tuple[str, ...], project: str) -> Granted:
    """Returns what the flags grant; refuses the call where one grants more than a named thing."""
    flags: list[str] = []
    variables: list[str] = []
    for written in permissions:
        name, _, listed = written.partition("=")
        if name not in _CHECKS or not listed:
            raise _too_broad(written)
        for item in listed.split(","):
            flags.append(f"{name}={_CHECKS[name](item, written, project)}")
            variables += [item] if name == "--allow-env" else []
    return Granted(tuple(flags), tuple(variables))


def _folder(item: str, written: str, project: str) -> str:
    path = Path(project).resolve() / item
    real = path.resolve()
    if not item or real == real.parent or Path(os.path.abspath(path)) != real:
        raise _too_broad(written)
    seen = 0
    for folder, folders, files in os.walk(real):
        seen += len(folders) + len(files)
        linked = any((Path(folder) / name).is_symlink() for name in (*folders, *files))
        # Deno follows a link out of the folder that it may read.
        if linked or seen > ENTRIES_MAX:
            raise _too_broad(written)
    return str(real)


def _host(item: str, written: str, project: str) -> str:
    if not _HOST.fullmatch(item):
        raise _too_broad(written)
    return item


def _variable(item: str, written: str, project: str) -> str:
    if not _VARIABLE.fullmatch(item):
        raise _too_broad(written)
    return item


_CHECKS: dict[str, Callable[[str, str, str], str]] = {
    "--allow-read": _folder,
    "--allow-net": _host,
    "--allow-env": _variable,
}


def _too_broad(written: str) -> Exception:
    return refused(
        "PERMISSION_TOO_BROAD",
        f"the permission {written!r} does not name one folder without links, host or variable",
        hint="write --allow-read=<folder>, --allow-net=<host> or --allow-env=<NAME>",
        left=False,
    )
