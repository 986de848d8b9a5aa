"""Filters that Jinja has and people expect behind a pipe: `sort`, `truncate`, `selectattr` and their kin.

Workflow mode only. They work as Jinja's do, except that true, null, lists and maps print as they do everywhere here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cmp_to_key
from typing import Any

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.encoding import to_json
from statewright.kernel.expressions.functions.formatting import printf
from statewright.kernel.expressions.functions.lists import chunk, has, made, reverse, uniq
from statewright.kernel.expressions.functions.numbers import FUNCTIONS as NUMBERS
from statewright.kernel.expressions.functions.numbers import floating
from statewright.kernel.expressions.functions.seeds import entries, field, length
from statewright.kernel.expressions.functions.signature import Function, as_text
from statewright.kernel.expressions.functions.strings import text_value
from statewright.kernel.expressions.functions.text import wrap
from statewright.kernel.expressions.operators import bounded, equal, kind_of, opened, ordered, truth
from statewright.kernel.expressions.run import Run

COMPARISON_COST = 4
ENTRY_COST = 2
# A text that is only so much too long is left whole, as Jinja has it.
LEEWAY = 5
_TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)


def absolute(value: int | float) -> Any:
    """Returns a number without its sign."""
    return bounded(abs(value))


def batch(run: Run, items: list[Any], size: int, fill: Any = None) -> Any:
    """Returns the list in pieces of `size`; with something to fill it, the last piece is as long as the others."""
    pieces = chunk(run, size, items)
    if fill is not None and pieces:
        missing = size - len(pieces[-1])
        run.make_room(missing)
        pieces[-1] = made(run, [*pieces[-1], *[fill] * missing])
    return pieces


def capitalize(text: str) -> str:
    """Returns the text with its first letter large and all others small."""
    return text.capitalize()


def reversed_(run: Run, value: Any) -> Any:
    """Returns a list, or a text, from its end."""
    return as_text(run, value)[::-1] if isinstance(value, str) else reverse(run, _list(run, value))


def sort(run: Run, items: Any, name: str = "", descending: bool = False) -> Any:
    """Returns the entries in order: numbers by size, texts without regard to case, maps by one of their fields."""
    keyed = [(_sorted_by(run, entry, name), entry) for entry in _list(run, items)]

    def compare(left: tuple[Any, Any], right: tuple[Any, Any]) -> int:
        run.spend(COMPARISON_COST)
        if ordered("<", left[0], right[0]):
            return -1
        return 1 if ordered(">", left[0], right[0]) else 0

    return made(run, [entry for _, entry in sorted(keyed, key=cmp_to_key(compare), reverse=descending)])


def truncate(run: Run, text: str, width: int = 255, cuts_words: bool = False, end: str = "...") -> str:
    """Shortens a text to `width` characters, `end` included, at a blank unless words may be cut."""
    leeway = LEEWAY if end else 0
    if width < len(end):
        raise ExpressionError("EXPR_TYPE", f"the width must hold the {len(end)} characters of the end")
    if len(text) <= width + leeway:
        return text
    kept = text[: width - len(end)]
    return (kept if cuts_words else kept.rpartition(" ")[0] or kept) + end


def strip_tags(text: str) -> str:
    """Takes comments and tags out, and makes one blank of all that stand together."""
    return " ".join(_TAG.sub("", text).split())


def select(run: Run, items: Any, name: str, *test: Any) -> Any:
    """Returns the entries whose field is true, or passes a test: `selectattr("age", ">", 26)`."""
    return _chosen(run, items, name, test, wanted=True)


def reject(run: Run, items: Any, name: str, *test: Any) -> Any:
    """Returns the entries whose field is not true, or does not pass a test."""
    return _chosen(run, items, name, test, wanted=False)


def _chosen(run: Run, items: Any, name: str, test: tuple[Any, ...], *, wanted: bool) -> Any:
    passes, listed = _test(test), _list(run, items)
    run.spend(COMPARISON_COST * len(listed))
    return made(run, [entry for entry in listed if passes(run, field(run, entry, name)) is wanted])


def _test(test: tuple[Any, ...]) -> Callable[[Run, Any], bool]:
    if not test:
        return truth
    sign = _SIGNS.get(test[0], test[0]) if isinstance(test[0], str) else ""
    if len(test) != 2 or sign not in _TESTS:
        hint = f"""write a test and its value: "==", "high"; tests: {", ".join(_TESTS)}"""
        raise ExpressionError("EXPR_ARGUMENTS", "this is no test", hint=hint)
    holds, other = _TESTS[sign], test[1]
    return lambda run, value: holds(run, value, other)


def _sorted_by(run: Run, entry: Any, name: str) -> Any:
    value = opened(run, field(run, entry, name) if name else entry)
    if isinstance(value, str):
        run.spend(len(value) >> 10)
        return value.lower()
    if type(value) in (int, float):
        return value
    wanted = f"the field {name!r} of each entry" if name else "each entry"
    raise ExpressionError("EXPR_TYPE", f"sort needs a number or text in {wanted}, got {kind_of(value)}")


def _list(run: Run, value: Any) -> list[Any]:
    found = list(entries(run, value))
    run.spend(len(found) * ENTRY_COST)
    return found


def _extreme(name: str, sign: str) -> Function:
    """Sprig's function of several whole numbers; a single list gives the least, or greatest, of its entries."""
    several = NUMBERS[name].call

    def apply(run: Run, first: Any, *others: Any) -> Any:
        if others or not isinstance(first, list):
            return several(first, *others)
        found = None
        for position, entry in enumerate(_list(run, first)):
            run.spend(COMPARISON_COST)
            found = entry if not position or ordered(sign, entry, found) else found
        return found

    return Function(apply, "vv*", needs_run=True)


_SIGNS = {"equalto": "==", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_TESTS: dict[str, Callable[[Run, Any, Any], bool]] = {
    "==": equal,
    "!=": lambda run, left, right: not equal(run, left, right),
    "<": lambda run, left, right: ordered("<", opened(run, left), right),
    "<=": lambda run, left, right: ordered("<=", opened(run, left), right),
    ">": lambda run, left, right: ordered(">", opened(run, left), right),
    ">=": lambda run, left, right: ordered(">=", opened(run, left), right),
    "in": has,
}

FUNCTIONS = {
    "abs": Function(absolute, "f"),
    "batch": Function(batch, "liv?", subject=0, needs_run=True),
    "capitalize": Function(capitalize, "s"),
    "count": Function(length, "w", needs_run=True),
    "float": Function(floating, "v"),
    "format": Function(printf, "sk*", subject=0, needs_run=True, cost=4),
    "max": _extreme("max", ">"),
    "min": _extreme("min", "<"),
    "rejectattr": Function(reject, "wsv*", subject=0, needs_run=True),
    "reverse": Function(reversed_, "w", needs_run=True),
    "selectattr": Function(select, "wsv*", subject=0, needs_run=True),
    "sort": Function(sort, "ws?b?", subject=0, needs_run=True),
    "string": Function(text_value, "v", needs_run=True),
    "striptags": Function(strip_tags, "S"),
    "tojson": Function(to_json, "d", needs_run=True),
    "truncate": Function(truncate, "si?b?s?", subject=0, needs_run=True),
    "unique": Function(uniq, "l", needs_run=True),
    "wordwrap": Function(wrap, "iS", needs_run=True),
}
