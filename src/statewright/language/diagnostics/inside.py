"""From a character of a YAML text value to the place where it stands in the file, for all five ways to write a text."""

from __future__ import annotations

import re
from collections.abc import Callable

# Goes over one character of the value: (text, place, character) -> the place behind it.
Step = Callable[[str, int, str], int]

_ANCHOR = re.compile(r"&\S+\s+")
# An escaped line end stands for nothing; the escape behind it counts.
_ESCAPED = re.compile(r"(?:\\\r?\n[ \t]*)*(?:\\(?:x..|u.{4}|U.{8}|.)|.)", re.DOTALL)


def offset_in(text: str, start: int, value: str, offset: int) -> int:
    """Returns where character `offset` of `value` stands in `text`, whose scalar begins at `start`."""
    anchor = _ANCHOR.match(text, start)
    start = anchor.end() if anchor else start
    style = text[start : start + 1]
    if style in ("|", ">"):
        return _block(text, start, value, offset, folded=style == ">")
    if style == '"':
        return _walk(text, start + 1, value, offset, step=_double)
    if style == "'":
        return _walk(text, start + 1, value, offset, step=_single)
    return _walk(text, start, value, offset, step=_plain)


def _block(text: str, start: int, value: str, offset: int, *, folded: bool) -> int:
    header = text.find("\n", start)
    if header < 0:
        return start
    first = _first_line(text, header + 1)
    if folded:
        return _walk(text, first, value.lstrip("\n"), offset - _leading(value), step=_plain)
    # Where the header says how deep the text is indented, further blanks belong to the value.
    own = value.lstrip("\n")
    indent = first - (text.rfind("\n", 0, first) + 1) - (len(own) - len(own.lstrip(" ")))
    line_start = header + 1
    for _ in range(value.count("\n", 0, offset)):
        line_start = text.find("\n", line_start) + 1
    return line_start + indent + offset - (value.rfind("\n", 0, offset) + 1)


def _first_line(text: str, at: int) -> int:
    """Returns where the block's own text begins: its first line sets the indent."""
    while at < len(text) and text[at] in " \n":
        at += 1
    return at


def _leading(value: str) -> int:
    return len(value) - len(value.lstrip("\n"))


def _walk(text: str, at: int, value: str, offset: int, *, step: Step) -> int:
    """Goes through the value and the text side by side; a fold is one blank here and a run of white space there."""
    for index in range(min(max(offset, 0), len(value))):
        at = step(text, at, value[index])
        following = value[index + 1 : index + 2]
        if following and following not in " \n" and at < len(text) and text[at] in " \n\r\t":
            at = _past_blanks(text, at)
    return at


def _past_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \n\r\t":
        at += 1
    return at


def _plain(text: str, at: int, char: str) -> int:
    return at + 1


def _single(text: str, at: int, char: str) -> int:
    return at + (2 if char == "'" else 1)


def _double(text: str, at: int, char: str) -> int:
    escaped = _ESCAPED.match(text, at)
    return escaped.end() if escaped else at + 1
