"""`print`, `println` and `printf` with Go's verbs.

Source: the documentation of Go's package fmt. A wrong verb does not fail, it prints what is wrong: `%!d(string=x)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.quoting import go_quote
from statewright.kernel.expressions.functions.reflection import type_of
from statewright.kernel.expressions.functions.signature import CHARACTERS_PER_STEP, Function, as_text, as_value
from statewright.kernel.expressions.functions.strings import text_value
from statewright.kernel.expressions.goprint import go_float, go_join, go_value
from statewright.kernel.expressions.made import refuse_secret
from statewright.kernel.expressions.printing import show
from statewright.kernel.expressions.run import Run, joined
from statewright.kernel.values import Blob, Concat, Reference, Secret

# A wider field holds nothing but blanks.
WIDTH_MAX = 4096
_DIRECTIVE = re.compile(r"%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d*))?([A-Za-z%])?", re.ASCII)
INTEGER_VERBS = "bcdoOqxXU"
FLOAT_VERBS = "eEfFgG"
TEXT_VERBS = "sqxX"


class Directive(NamedTuple):
    """One `%…` of a format."""

    flags: str
    width: int
    precision: int  # -1: none given
    verb: str


def go_print(run: Run, *values: Any) -> Any:
    """Joins values; blanks stand between two that are no text. Secrets may take part."""
    return _text(_parts(run, values, always=False))


def go_println(run: Run, *values: Any) -> Any:
    """Joins values with blanks, and ends the line."""
    return _text([*_parts(run, values, always=True), "\n"])


def printf(run: Run, pattern: str, *values: Any) -> Any:
    """Formats values. A plain `%s` or `%v` only joins, so it may stand for a secret."""
    return _text(_Format(run, values).pieces(pattern))


def _parts(run: Run, values: Sequence[Any], *, always: bool) -> list[Any]:
    if run.go:
        return go_join(run, values, always=always)
    parts: list[Any] = []
    for position, value in enumerate(values):
        if position and (always or not (_is_text(value) or _is_text(values[position - 1]))):
            parts.append(" ")
        parts.append(show(run, value))
    run.make_room(sum(len(part) for part in parts if isinstance(part, str)))
    return parts


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

    def pieces(self, pattern: str) -> list[Any]:
        pieces: list[Any] = []
        at = size = 0
        for match in _DIRECTIVE.finditer(pattern):
            self._run.spend(1)
            made = self._directive(match)
            pieces += (pattern[at : match.start()], made)
            size += match.start() - at + (len(made) if isinstance(made, str) else 0)
            self._run.make_room(size)
            at = match.end()
        pieces.append(pattern[at:])
        if self._next < len(self._values):
            extra = ", ".join(self._typed(value) for value in self._values[self._next :])
            pieces.append(f"%!(EXTRA {extra})")
        return pieces

    def _directive(self, match: re.Match[str]) -> Any:
        flags, width, precision, verb = match.groups()
        wide = self._count(width, 0)
        directive = Directive(flags + ("-" if wide < 0 else ""), abs(wide), self._count(precision, -1), verb or "")
        if max(directive.width, directive.precision) > WIDTH_MAX:
            raise ExpressionError("EXPR_OUTPUT_LIMIT", f"a field may be {WIDTH_MAX:,} characters wide")
        if verb == "%":
            return "%"
        if not verb:
            return "%!(NOVERB)"
        if self._next >= len(self._values):
            return f"%!{verb}(MISSING)"
        value = self._values[self._next]
        self._next += 1
        if isinstance(value, (Secret, Concat)) and match.group() in ("%s", "%v"):
            return value
        return self._one(directive, as_value(self._run, value))

    def _count(self, text: str | None, otherwise: int) -> int:
        if text == "*":
            value = self._values[self._next] if self._next < len(self._values) else 0
            self._next += 1
            return value if type(value) is int else 0
        if not text:
            return otherwise if text is None else 0
        return int(text) if len(text) < 6 else WIDTH_MAX + 1

    def _one(self, directive: Directive, value: Any) -> str:
        verb = directive.verb
        if verb == "v":
            return _padded(self._plain(directive, value), directive)
        if verb == "T":
            return _padded(type_of(value), directive)
        if isinstance(value, bool):
            return _padded("true" if value else "false", directive) if verb == "t" else self._wrong(verb, value)
        value = _kindly(self._run, verb, value)
        if isinstance(value, str):
            self._run.spend(len(value) // CHARACTERS_PER_STEP)
        for kind, verbs, formatter in _FORMATTERS:
            if isinstance(value, kind) and verb in verbs:
                return formatter(directive, value)
        if isinstance(value, (list, dict)) and verb in "sdq":
            return _padded(go_value(self._run, value), directive)
        return self._wrong(verb, value)

    def _plain(self, directive: Directive, value: Any) -> str:
        if "#" in directive.flags and isinstance(value, str):
            return go_quote(value)
        if "+" in directive.flags and type(value) in (int, float):
            return f"+{text_value(self._run, value)}" if value >= 0 else text_value(self._run, value)
        return go_value(self._run, value) if self._run.go or value is None else text_value(self._run, value)

    def _wrong(self, verb: str, value: Any) -> str:
        return f"%!{verb}({self._typed(value)})"

    def _typed(self, value: Any) -> str:
        if isinstance(value, Reference):
            raise refuse_secret()
        return "<nil>" if value is None else f"{type_of(value)}={go_value(self._run, value)}"


def _kindly(run: Run, verb: str, value: Any) -> Any:
    """In workflow mode numbers fit number verbs, and anything that has a text fits `%s`."""
    if run.go or isinstance(value, (list, dict)):
        return value
    if verb in FLOAT_VERBS and type(value) is int:
        return float(value)
    if verb in "dxXbo" and type(value) is float and value.is_integer():
        return int(value)
    return as_text(run, value) if verb in "sq" and type(value) in (int, float) else value


def _integer(directive: Directive, value: int) -> str:
    verb = directive.verb
    if verb in "cqU":
        return _character(directive, value)
    digits = format(abs(value), {"d": "d", "b": "b", "o": "o", "O": "o", "x": "x", "X": "X"}[verb])
    if directive.precision >= 0:
        digits = digits.rjust(directive.precision, "0")
    prefix = {"x": "0x", "X": "0X", "o": "0", "b": "0b"}.get(verb, "") if "#" in directive.flags else ""
    prefix = "0o" if verb == "O" else prefix
    return _signed(directive, value < 0, prefix + digits)


def _character(directive: Directive, value: int) -> str:
    if directive.verb == "U":
        return _padded(f"U+{value:04X}", directive)
    char = chr(value) if 0 <= value <= 0x10FFFF and not 0xD800 <= value <= 0xDFFF else "\N{REPLACEMENT CHARACTER}"
    return _padded(char if directive.verb == "c" else go_quote(char, "'"), directive)


def _float(directive: Directive, value: float) -> str:
    verb, precision = directive.verb, directive.precision
    magnitude = abs(value)
    if verb in "gG" and precision < 0:
        text = go_float(magnitude)
    else:
        kind = {"F": "f"}.get(verb, verb)
        text = format(magnitude, f".{6 if precision < 0 else precision}{kind}")
    text = text.upper() if verb in "EG" else text
    return _signed(directive, repr(value).startswith("-"), text)


def _text_verb(directive: Directive, value: str) -> str:
    text = value if directive.precision < 0 else value[: directive.precision]
    if directive.verb == "q":
        raw = "#" in directive.flags and "`" not in text and text.isprintable()
        text = f"`{text}`" if raw else go_quote(text)
    elif directive.verb in "xX":
        text = text.encode().hex()
        text = text.upper() if directive.verb == "X" else text
    return _padded(text, directive)


def _signed(directive: Directive, negative: bool, digits: str) -> str:
    sign = "-" if negative else "+" if "+" in directive.flags else " " if " " in directive.flags else ""
    # A precision says how many digits a whole number has, so zeros do not fill its field as well.
    fills = directive.precision < 0 or directive.verb in FLOAT_VERBS
    if "0" in directive.flags and "-" not in directive.flags and fills:
        digits = digits.rjust(directive.width - len(sign), "0")
    return _padded(sign + digits, directive)


def _padded(text: str, directive: Directive) -> str:
    return text.ljust(directive.width) if "-" in directive.flags else text.rjust(directive.width)


_FORMATTERS: tuple[tuple[type, str, Callable[[Directive, Any], str]], ...] = (
    (int, INTEGER_VERBS, _integer),
    (float, FLOAT_VERBS, _float),
    (str, TEXT_VERBS, _text_verb),
)

FUNCTIONS = {
    "print": Function(go_print, "k*", subject=0, needs_run=True),
    "printf": Function(printf, "sk*", needs_run=True, cost=2),
    "println": Function(go_println, "k*", subject=0, needs_run=True),
}
