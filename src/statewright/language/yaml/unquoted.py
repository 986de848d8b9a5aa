"""Finds a template that was written without quotes: to YAML it is a map in a map, and its errors teach nobody."""

from __future__ import annotations

import re
from typing import NamedTuple

# Where a value can begin: behind `key: ` or `- `.
_BARE = re.compile(r"(?:[:\-,\[]\s+|^\s*)(\{\{.*?\}\})")


class Unquoted(NamedTuple):
    """A template without quotes: its first character's offset, and its text."""

    start: int
    text: str


def unquoted_template(text: str, near: int) -> Unquoted | None:
    """Returns the bare template in the line of offset `near`, or in the line before it."""
    line_start = text.rfind("\n", 0, near) + 1
    for start in (line_start, text.rfind("\n", 0, max(line_start - 1, 0)) + 1):
        end = text.find("\n", start)
        found = _BARE.search(text[start : end if end >= 0 else len(text)])
        if found:
            return Unquoted(start + found.start(1), found.group(1))
    return None
