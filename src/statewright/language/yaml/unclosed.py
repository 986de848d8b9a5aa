"""Finds the quote that was never closed. To YAML the text goes on to the next quote, lines below, and fails there."""

from __future__ import annotations

import re

from statewright.language.diagnostics.edits import Advice, Edit, edit_of
from statewright.language.marks import Source

# A value that begins with a quote and does not end in its line.
_OPENING = {
    '"': re.compile(r'[^"\'#]*(?:[:,\-\[{]\s+)(")(?:[^"\\]|\\.)*\Z'),
    "'": re.compile(r"[^\"'#]*(?:[:,\-\[{]\s+)(')(?:[^']|'')*\Z"),
}
_CLOSING = {'"': re.compile(r'(?:[^"\\]|\\.)*?"', re.DOTALL), "'": re.compile(r"(?:[^']|'')*?'(?!')", re.DOTALL)}


def unclosed_quote(text: str, at: int) -> int | None:
    """Returns the offset of the quote whose text goes on up to the line of offset `at`, from a line above."""
    line_start = text.rfind("\n", 0, at) + 1
    line_end = text.find("\n", at)
    bottom = len(text) if line_end < 0 else line_end
    end = line_start - 1
    while end > 0:
        start = text.rfind("\n", 0, end) + 1
        for quote, opening in _OPENING.items():
            found = opening.match(text[start:end])
            if found is not None:
                offset = start + found.start(1)
                closed = _CLOSING[quote].match(text, offset + 1)
                return offset if closed is not None and line_start < closed.end() <= bottom else None
        end = start - 1
    return None


def close_quote(source: Source, at: int) -> Advice:
    """Returns the advice to close the quote at `at` in its own line."""
    newline = source.text.find("\n", at)
    end = len(source.text) if newline < 0 else newline
    line = source.text[at:end]
    written = line.rstrip()
    fix: tuple[Edit, ...] = ()
    if "#" not in line and not written.endswith((",", "]", "}", "\\")):
        fix = (edit_of(source, at, at + len(written), written + line[0]),)
    return Advice("close it, or double a quote inside the text", fix)
