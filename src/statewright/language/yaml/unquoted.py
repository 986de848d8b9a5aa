"""Finds a template that was written without quotes: to YAML it is a map in a map, and its errors teach nobody."""

from __future__ import annotations

import re
from typing import NamedTuple

from statewright.language.diagnostics.edits import Advice, edit_of, quoted
from statewright.language.marks import Source

# Where a value can begin: behind `key: ` or `- `.
_BARE = re.compile(r"(?:[:\-,\[]\s+|^\s*)(\{\{.*?\}\})")
# How what stands between brackets goes on behind a value, and how a line ends: with a comment, or nothing.
_NEXT = re.compile(r"\s*[,\]}]")
_LINE_END = re.compile(r"\s*(?:\s#.*)?\Z")


class Unquoted(NamedTuple):
    """A template without quotes: its first character's offset, and the text of its whole value."""

    start: int
    text: str

    def advice(self, source: Source) -> Advice:
        """Returns the advice to quote it."""
        text = quoted(self.text)
        return Advice(f"write it in quotes: {text}", (edit_of(source, self.start, self.start + len(self.text), text),))


def unquoted_template(text: str, near: int) -> Unquoted | None:
    """Returns the bare template in the line of offset `near`, or in the line before it."""
    line_start = text.rfind("\n", 0, near) + 1
    for start in (line_start, text.rfind("\n", 0, max(line_start - 1, 0)) + 1):
        end = text.find("\n", start)
        line = text[start : end if end >= 0 else len(text)]
        found = _BARE.search(line)
        if found:
            return Unquoted(start + found.start(1), _value(line, found))
    return None


def _value(line: str, found: re.Match[str]) -> str:
    """Returns the value that begins with the template: up to a comment or the line's end, or a bracket's next entry."""
    behind = line[found.end(1) :]
    in_brackets = any(line[: found.start(1)].count(sign) for sign in "[{") and _NEXT.match(behind)
    if in_brackets or _LINE_END.match(behind):
        return found[1]
    return found[1] + re.sub(r"\s+#.*\Z", "", behind).rstrip()
