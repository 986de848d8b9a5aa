"""What the language says about a text: a code, a place, what was expected and the next step; and how that is shown.

Codes are stable upper-case names. `near` finds what somebody may have meant.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from statewright.language.diagnostics.masking import hidden, masked

Severity = Literal["error", "warning"]

# The text that this one is about is never shown.
SECRET_CODE = "SECRET_INLINE"
# A line that is longer is shown as a window around its caret.
SHOWN_COLUMNS_MAX = 140
# Three suggestions help, more confuse.
NEAR_MAX = 3
# One slip of the finger in so many letters is likely; more make another word.
LETTERS_PER_SLIP = 3


class Diagnostic(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong with a text. Lines and columns count from 1; line 0 means the file as a whole."""

    code: str
    message: str
    severity: Severity = "error"
    path: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
    end_column: int = 0
    hint: str = ""
    fix: str = ""


def render(diagnostic: Diagnostic, source_text: str) -> str:
    """Returns the diagnostic with its line of the source and a caret below, ready to print."""
    head = f"{diagnostic.code}  {diagnostic.message}"
    if diagnostic.severity == "warning":
        head = f"warning {head}"
    lines = [_printable(head), *_excerpt(diagnostic, source_text)]
    if diagnostic.hint:
        lines.append(f"   help: {_printable(diagnostic.hint)}")
    return "\n".join(lines)


def near(word: str, candidates: Iterable[str]) -> list[str]:
    """Returns the candidates that `word` may have meant, likeliest first: few slips apart, or begun the same."""
    folded = word.casefold()
    ranked = []
    for position, name in enumerate(dict.fromkeys(candidates)):
        other = name.casefold()
        slips = _slips(folded, other)
        if slips <= max(1, len(folded) // LETTERS_PER_SLIP):
            ranked.append((slips, position, name))
        elif len(folded) > 2 and other.startswith(folded):
            ranked.append((len(other), position, name))
    return [name for _, _, name in sorted(ranked)[:NEAR_MAX]]


def did_you_mean(word: str, candidates: Iterable[str], *, listed: str = "") -> str:
    """Returns a hint that names what was meant, else what there is; `listed` says what the candidates are."""
    known = [candidate for candidate in dict.fromkeys(candidates) if candidate]
    close = near(word, known)
    if close:
        return "did you mean " + " or ".join(repr(name) for name in close) + "?"
    if not known or not listed:
        return ""
    return f"{listed}: " + ", ".join(known[:10]) + (", …" if len(known) > 10 else "")


def article(noun: str) -> str:
    """Returns the noun with its article."""
    return f"an {noun}" if noun[:1] in "aeiou" else f"a {noun}"


def _slips(word: str, other: str) -> int:
    """Returns how many letters are wrong, missing, too many or swapped (optimal string alignment)."""
    if abs(len(word) - len(other)) > len(word) // LETTERS_PER_SLIP + 1:
        return max(len(word), len(other))
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, char in enumerate(word, 1):
        current = [row]
        for column, wanted in enumerate(other, 1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (char != wanted))
            if row > 1 and column > 1 and char == other[column - 2] and word[row - 2] == wanted:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        before, last = last, current
    return last[-1]


def _excerpt(diagnostic: Diagnostic, source_text: str) -> list[str]:
    at = f"  --> {diagnostic.file}"
    if not diagnostic.line:
        return [at] if diagnostic.file else []
    lines = source_text.split("\n")
    at = f"{at}:{diagnostic.line}:{diagnostic.column}"
    if diagnostic.line > len(lines):
        return [at]
    text = _printable(masked(lines[diagnostic.line - 1].removesuffix("\r")))
    start = max(diagnostic.column - 1, 0)
    width = max(min(diagnostic.end_column or 0, len(text) + 1) - diagnostic.column, 1)
    if diagnostic.code == SECRET_CODE:
        text = hidden(text, start, start + width)
    text, start = _window(text, start)
    carets = "^" * min(width, SHOWN_COLUMNS_MAX)
    return [at, f"{diagnostic.line:5} | {text}", f"{'':5} | {' ' * start}{carets}"]


def _window(text: str, start: int) -> tuple[str, int]:
    if len(text) <= SHOWN_COLUMNS_MAX:
        return text, start
    left = max(start - SHOWN_COLUMNS_MAX // 2, 0)
    shown = text[left : left + SHOWN_COLUMNS_MAX]
    if not left:
        return shown + "…", start
    return f"…{shown}…", start - left + 1


def _printable(text: str) -> str:
    """A text may hold what moves a terminal's cursor; one character stays one character, so that carets fit."""
    if text.isprintable():
        return text
    safe = text.replace("\t", " ")
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in safe)
