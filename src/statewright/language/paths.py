"""Paths inside a project, as text: which stay inside, and which fit a glob. Nothing here touches a disk."""

from __future__ import annotations

import re

# A path longer than this is a mistake or an attack; file systems stop near it.
PATH_LENGTH_MAX = 1_024
_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[!?[^\]]+\]|.", re.DOTALL)


def is_inside(path: str) -> bool:
    """Returns whether a path names something below the project's folder (reliability.md B-033)."""
    if not path or len(path) > PATH_LENGTH_MAX or not path.isprintable() or "\\" in path or ":" in path:
        return False
    return not path.startswith(("/", "~")) and ".." not in path.split("/")


def normal(path: str) -> str:
    """Returns the path without `./` and doubled slashes: one spelling for one file."""
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def fits(path: str, pattern: str) -> bool:
    """Returns whether a path fits a glob; `**` stands for any folders, none too."""
    return re.fullmatch("".join(_piece(token) for token in _TOKEN.findall(normal(pattern))), path) is not None


def _piece(token: str) -> str:
    if token.startswith("[") and len(token) > 2:
        return token.replace("[!", "[^", 1)
    return {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(token) or re.escape(token)
