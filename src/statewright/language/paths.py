"""Paths inside a project, as text: which stay inside, and which fit a glob. Nothing here touches a disk."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import re2

# A path longer than this is a mistake or an attack; file systems stop near it.
PATH_LENGTH_MAX = 1_024
# A project has a few globs, each of which is held against every file.
GLOBS_CACHED = 256
_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[!?[^\]]+\]|.", re.DOTALL)
_SIGNS = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def is_inside(path: str) -> bool:
    """Returns whether a path names something below the project's folder (reliability.md B-033)."""
    if not path or len(path) > PATH_LENGTH_MAX or not path.isprintable() or "\\" in path or ":" in path:
        return False
    return not path.startswith(("/", "~")) and ".." not in path.split("/")


def normal(path: str) -> str:
    """Returns the path without `./` and doubled slashes: one spelling for one file."""
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def fits(path: str, pattern: str) -> bool:
    """Returns whether a path fits a glob: `**` stands for any folders, none too, and `{a,b}` for either."""
    return _compiled(pattern).fullmatch(path) is not None


@lru_cache(maxsize=GLOBS_CACHED)
def _compiled(pattern: str) -> Any:
    """RE2, because a pattern with many stars would hold Python's own engine for hours."""
    options = re2.Options()
    options.log_errors = False
    options.dot_nl = True
    try:
        return re2.compile(_expression(normal(pattern)), options)
    except re2.error:
        # A range that runs backwards names no character: the pattern is a plain name then.
        return re2.compile(re2.escape(pattern), options)


def _expression(pattern: str) -> str:
    pieces, depth = [], 0
    closes = pattern.count("}")
    for token in _TOKEN.findall(pattern):
        if token == "{" and depth < closes:
            depth += 1
            pieces.append("(?:")
        elif token == "}" and depth:
            depth -= 1
            pieces.append(")")
        elif token == "," and depth:
            pieces.append("|")
        else:
            pieces.append(_piece(token))
    return "".join(pieces)


def _piece(token: str) -> str:
    if token.startswith("[") and len(token) > 2:
        return token.replace("[!", "[^", 1)
    return _SIGNS.get(token) or str(re2.escape(token))
