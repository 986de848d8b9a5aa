"""`print`, `println` and `printf`: joining values, and going through a format. What a verb makes of a value: `verbs`.

Source: the documentation of Go's package fmt. A wrong verb does not fail, it prints what is wrong: `%!d(string=x)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.reflection import type_of
from statewright.kernel.expressions.functions.signature import Function
from statewright.kernel.expressions.functions.verbs import PLAIN, Directive, shown
from statewright.kernel.expressions.goprint import NIL, go_join
from statewright.kernel.expressions.made import BYTES_PER_STEP, refuse_secret
from statewright.kernel.expressions.printing import show
from statewright.kernel.expressions.run import Run, joined
from statewright.kernel.values import Blob, Concat, Reference, Secret

# A wider field holds nothing but blanks.
WIDTH_MAX = 4096
# A project has a few short formats and uses them over and over; a longer one is made of data.
FORMATS_KEPT = 256
FORMAT_KEPT_LENGTH = 256
DIRECTIVE_COST = 6
_INDEX = r"\[([^\]]*)\]"
_DIRECTIVE = re.compile(rf"%([-+# 0]*)(?:{_INDEX})?(\*|\d+)?(\.)?(?:{_INDEX})?(\*|\d+)?(?:{_INDEX})?(.)?", re.DOTALL)


def go_print(run: Run, *values: Any) -> Any:
    """Joins values; blanks stand between two that are no text. Secrets may take part."""
    return _text(parts(run, values, always=False))


def go_println(run: Run, *values: Any) -> Any:
    """Joins values with blanks, and ends the line."""
    return _text([*parts(run, values, always=True), "\n"])


def printf(run: Run, pattern: str, *values: Any) -> Any:
    """Formats values. A plain `%s` or `%v` only joins, so it may stand for a secret."""
    return _text(_Format(run, values).pieces(pattern))


def parts(run: Run, values: Sequence[Any], *, always: bool) -> list[Any]:
    """Returns the texts of values with the blanks between them; a secret is returned as the reference it is."""
    found = go_join(run, values, always=always) if run.go else _shown_parts(run, values, always=always)
    size = sum(len(part) for part in found if isinstance(part, str))
    run.make_room(size)
    run.spend(size // BYTES_PER_STEP)
    return found


def _shown_parts(run: Run, values: Sequence[Any], *, always: bool) -> list[Any]:
    found: list[Any] = []
    for position, value in enumerate(values):
        if position and (always or not (_is_text(value) or _is_text(values[position - 1]))):
            found.append(" ")
        found.append(show(run, value))
    return found


def _directives(pattern: str) -> Iterable[re.Match[str]]:
    return _kept(pattern) if len(pattern) <= FORMAT_KEPT_LENGTH else _DIRECTIVE.finditer(pattern)


@lru_cache(maxsize=FORMATS_KEPT)
def _kept(pattern: str) -> tuple[re.Match[str], ...]:
    return tuple(_DIRECTIVE.finditer(pattern))


def _is_text(value: Any) -> bool:
    return isinstance(value, (str, Reference)) and not isinstance(value, Blob)


def _text(parts: list[Any]) -> Any:
    return "".join(parts) if all(isinstance(part, str) for part in parts) else joined(parts)


class _Format:
    """Goes through a format once, taking values as the directives ask for them."""

    def __init__(self, run: Run, values: Sequence[Any]) -> None:
        self._run = run
        self._values = values
        self._next = 0
        # Where a directive names its value, those that nobody asked for are no mistake.
        self._is_reordered = False
        self._is_index_good = True

    def pieces(self, pattern: str) -> list[Any]:
        pieces: list[Any] = []
        at = size = 0
        for match in _directives(pattern):
            self._run.spend(DIRECTIVE_COST)
            made = self._directive(match)
            pieces += (pattern[at : match.start()], *made)
            size += match.start() - at + sum(len(part) for part in made if isinstance(part, str))
            self._run.make_room(size)
            at = match.end()
        pieces.append(pattern[at:])
        if self._next < len(self._values) and not self._is_reordered:
            extra = ", ".join(self._typed(value) for value in self._values[self._next :])
            pieces.append(f"%!(EXTRA {extra})")
        return pieces

    def _directive(self, match: re.Match[str]) -> list[Any]:
        flags, first, width, dot, second, precision, third, verb = match.groups()
        self._is_index_good = True
        problems: list[str] = []
        if not dot and precision:
            # Digits behind an index belong to nothing.
            self._is_index_good = False
        self._go_to(first)
        wide = self._count(width, "%!(BADWIDTH)", problems)
        if first is not None and (dot or (width or "").isdigit()):
            self._is_index_good = False
        self._go_to(second)
        fine = self._count(precision, "%!(BADPREC)", problems) if dot else None
        self._go_to(third)
        if dot:
            fine = 0 if fine is None and not problems else fine
        left = "-" if wide is not None and wide < 0 else ""
        directive = Directive(flags + left, abs(wide or 0), -1 if fine is None or fine < 0 else fine, verb or "")
        if max(directive.width, directive.precision) > WIDTH_MAX:
            raise ExpressionError("EXPR_OUTPUT_LIMIT", f"a field may be {WIDTH_MAX:,} characters wide")
        return [*problems, self._filled(directive, match.group())]

    def _filled(self, directive: Directive, text: str) -> Any:
        verb = directive.verb
        if verb in ("", "%"):
            return verb or "%!(NOVERB)"
        if not self._is_index_good:
            return f"%!{verb}(BADINDEX)"
        if self._next >= len(self._values):
            return f"%!{verb}(MISSING)"
        value = self._values[self._next]
        self._next += 1
        if isinstance(value, (Secret, Concat)) and text in ("%s", "%v"):
            return value
        return shown(self._run, directive, value)

    def _go_to(self, index: str | None) -> None:
        """Takes the value that `[n]` names next; they count from 1."""
        if index is None:
            return
        self._is_reordered = True
        if index.isdecimal() and len(index) < 6 and 1 <= int(index) <= len(self._values):
            self._next = int(index) - 1
        else:
            self._is_index_good = False

    def _count(self, text: str | None, problem: str, problems: list[str]) -> int | None:
        if text == "*":
            value = self._values[self._next] if self._next < len(self._values) else None
            self._next = min(self._next + 1, len(self._values))
            if type(value) is int:
                return value
            problems.append(problem)
            return None
        if not text:
            return None
        return int(text) if len(text) < 6 else WIDTH_MAX + 1

    def _typed(self, value: Any) -> str:
        if isinstance(value, Reference):
            raise refuse_secret()
        return NIL if value is None else f"{type_of(value)}={shown(self._run, PLAIN, value)}"


FUNCTIONS = {
    "print": Function(go_print, "k*", subject=0, needs_run=True),
    "printf": Function(printf, "sk*", needs_run=True, cost=5),
    "println": Function(go_println, "k*", subject=0, needs_run=True),
}
