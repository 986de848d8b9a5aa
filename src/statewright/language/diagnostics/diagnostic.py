"""What the language says about a text: a code, a place, what was expected and the next step; and how that is shown.

Codes are stable upper-case names. `near` finds what somebody may have meant.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from itertools import islice
from typing import Literal

import msgspec

from statewright.language.diagnostics.edits import Advice, Edit
from statewright.language.diagnostics.masking import hidden, masked

Severity = Literal["error", "warning"]

# The text that this one is about is never shown.
SECRET_CODE = "SECRET_INLINE"
# A line that is longer is shown as a window around its caret.
SHOWN_COLUMNS_MAX = 140
# Three suggestions help, more confuse.
NEAR_MAX = 3
# Longer words, or more names, are no list that somebody mistyped one of; to compare them all would take long.
NEAR_LENGTH_MAX = 200
NEAR_AMONG_MAX = 1_000
# One slip of the finger in so many letters is likely; more make another word.
LETTERS_PER_SLIP = 3


class Diagnostic(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong with a text. Lines and columns count from 1; line 0 means the file as a whole.

    `witness` is a way through the tasks that shows it: `start > a > c`. `meant` holds what may have been
    meant, likeliest first, and `fix` is there where nothing else can be.
    """

    code: str
    message: str
    severity: Severity = "error"
    path: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
    end_column: int = 0
    hint: str = ""
    witness: str = ""
    meant: tuple[str, ...] = ()
    fix: tuple[Edit, ...] = ()


def render(diagnostic: Diagnostic, source_text: str) -> str:
    """Returns the diagnostic with its line of the source and a caret below, ready to print."""
    head = f"{diagnostic.code}  {diagnostic.message}"
    if diagnostic.severity == "warning":
        head = f"warning {head}"
    lines = [_printable(head), *_excerpt(diagnostic, source_text)]
    if diagnostic.witness:
        lines.append(f"   path: {_printable(diagnostic.witness)}")
    if diagnostic.hint:
        lines.append(f"   help: {_printable(diagnostic.hint)}")
    return "\n".join(lines)


def near(word: str, candidates: Iterable[str]) -> list[str]:
    """Returns the candidates that `word` may have meant, likeliest first: few slips apart, or begun the same."""
    if len(word) > NEAR_LENGTH_MAX:
        return []
    folded = word.casefold()
    letters = set(folded)
    ranked = []
    for position, name in enumerate(islice(dict.fromkeys(candidates), NEAR_AMONG_MAX)):
        other = name[:NEAR_LENGTH_MAX].casefold()
        # Each slip changes two letters at most; this tells most names apart before they are compared.
        far = len(letters.symmetric_difference(other)) > 2 * (len(folded) // LETTERS_PER_SLIP + 1)
        slips = len(folded) + len(other) if far else _slips(folded, other)
        if slips <= max(1, len(folded) // LETTERS_PER_SLIP):
            ranked.append((slips, position, name))
        elif len(folded) > 2 and other.startswith(folded):
            ranked.append((len(other), position, name))
    return [name for _, _, name in sorted(ranked)[:NEAR_MAX]]


def meant(word: str, candidates: Iterable[str], *, listed: str = "", taken: Collection[str] = ()) -> Advice:
    """Returns the advice to write what was meant, else what there is; `listed` says what the candidates are.

    It comes as an edit where a single candidate is so near that nothing else can be meant, and not `taken` already.
    """
    known = [candidate for candidate in dict.fromkeys(candidates) if candidate]
    close = near(word, known)
    if close:
        hint = "did you mean " + " or ".join(repr(name) for name in close) + "?"
        certain = len(close) == 1 and close[0] not in taken and _is_slip(word, close[0])
        return Advice(hint, (Edit(old=word, text=close[0]),) if certain else (), tuple(close))
    if not known or not listed:
        return Advice()
    return Advice(f"{listed}: " + ", ".join(known[:10]) + (", …" if len(known) > 10 else ""))


def did_you_mean(word: str, candidates: Iterable[str], *, listed: str = "") -> str:
    """Returns the same advice as words alone, for what was not written in a file."""
    return meant(word, candidates, listed=listed).hint


def article(noun: str) -> str:
    """Returns the noun with its article."""
    return f"an {noun}" if noun[:1] in "aeiou" else f"a {noun}"


def _is_slip(word: str, other: str) -> bool:
    """Whether `other` is `word` typed well: other digits make another name, and so does one letter of two."""
    if re.sub(r"[^0-9]", "", word) != re.sub(r"[^0-9]", "", other):
        return False
    return _slips(word.casefold(), other.casefold()) <= min(len(word), len(other)) // LETTERS_PER_SLIP


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
