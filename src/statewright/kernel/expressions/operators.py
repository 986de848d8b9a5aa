"""The infix operators of workflow mode: `== != < <= > >= && || ! + - * / %`, and what counts as true.

Numbers compare as numbers, text as text, `==` never fails. Arithmetic stays within 64 bits and finite floats.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.made import MadeDict, MadeList, refuse_secret, resolved, settle
from statewright.kernel.expressions.run import Run, joined
from statewright.kernel.expressions.views import MISSING, View
from statewright.kernel.values import Blob, Concat, Json, Reference, Secret

# Whole numbers are those of Go and SQL; a loop of multiplications must not grow one without end (B-057).
INT_MAX = 2**63 - 1
INT_MIN = -(2**63)
# Comparing long texts runs at several gigabytes a second.
COMPARED_PER_STEP = 2048
# Both sides of a deep comparison are looked through for references first.
DEEP_COST = 8
TRAVERSED = (View, Reference, MadeList, MadeDict)

_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),
    (int, "a whole number"),
    (float, "a number"),
    (str, "text"),
    (list, "a list"),
    (dict, "a map"),
    ((Secret, Concat), "a secret"),
    (Blob, "a large value"),
)


def kind_of(value: Any) -> str:
    """Returns what a value is, in words."""
    if value is None or value is MISSING:
        return "null"
    if isinstance(value, View):
        return "a list" if value.is_list else "a map"
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "a value")


def truth(run: Run, value: Any) -> bool:
    """Returns whether a value counts as true: false, 0, "", null, [] and {} do not."""
    if isinstance(value, View):
        return run.count(value) > 0
    if isinstance(value, Reference):
        return truth(run, opened(run, value))
    return bool(value)


def opened(run: Run, value: Any) -> Any:
    """Returns a value that may be looked at: a blob loaded, a secret refused."""
    if isinstance(value, Blob):
        return run.load(value)
    if isinstance(value, Reference):
        raise refuse_secret()
    return value


def equal(run: Run, left: Any, right: Any) -> bool:
    """Compares deeply; true and 1 differ, 1 and 1.0 do not."""
    if isinstance(left, TRAVERSED):
        left = settle(run, opened(run, left))
    if isinstance(right, TRAVERSED):
        right = settle(run, opened(run, right))
    if isinstance(left, (dict, list)) or isinstance(right, (dict, list)):
        return _deeply(run, left, right)
    if isinstance(left, str) and isinstance(right, str):
        return same_text(run, left, right)
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def same_text(run: Run, left: str, right: str) -> bool:
    """Compares two texts; long ones of the same length take their time."""
    if len(left) == len(right) > COMPARED_PER_STEP:
        run.spend(len(left) // COMPARED_PER_STEP)
    return left == right


def _deeply(run: Run, left: Json, right: Json) -> bool:
    run.spend(DEEP_COST)
    return _same(run, resolved(run, left), resolved(run, right))


def _same(run: Run, left: Json, right: Json) -> bool:
    if isinstance(left, dict) and isinstance(right, dict):
        run.spend(3 + len(left))
        return left.keys() == right.keys() and all(_same(run, item, right[key]) for key, item in left.items())
    if isinstance(left, list) and isinstance(right, list):
        run.spend(3 + len(left))
        return len(left) == len(right) and all(_same(run, *pair) for pair in zip(left, right, strict=True))
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


def ordered(sign: str, left: Any, right: Any) -> bool:
    """Compares two numbers, or two texts by code points."""
    if (_number(left) and _number(right)) or (isinstance(left, str) and isinstance(right, str)):
        return bool(ORDER[sign](left, right))
    raise mismatch(sign, left, right, "two numbers or two texts")


def add(run: Run, left: Any, right: Any) -> Any:
    """Adds numbers, joins texts; text may hold secrets."""
    if _number(left) and _number(right):
        return _sum(left, right)
    if isinstance(left, (str, Secret, Concat)) and isinstance(right, (str, Secret, Concat)):
        if isinstance(left, str) and isinstance(right, str):
            run.make_room(len(left) + len(right))
            run.spend((len(left) + len(right)) >> 9)
            return left + right
        return joined([left, right])
    raise mismatch("+", left, right, "two numbers or two texts")


def subtract(left: Any, right: Any) -> Any:
    """Takes a number from a number."""
    return bounded(left - right)


def multiply(left: Any, right: Any) -> Any:
    """Multiplies two numbers."""
    return bounded(left * right)


def divide(left: Any, right: Any) -> Any:
    """Divides; whole numbers that divide without rest give a whole number."""
    if right == 0:
        raise ExpressionError("EXPR_DIV_ZERO", "division by zero")
    if isinstance(left, int) and isinstance(right, int) and left % right == 0:
        return bounded(left // right)
    return bounded(left / right)


def remainder(left: Any, right: Any) -> Any:
    """Returns the rest of a division, with the sign of the dividend as in Go and JavaScript."""
    if right == 0:
        raise ExpressionError("EXPR_DIV_ZERO", "division by zero")
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


def negated(value: Any) -> Any:
    """Returns the number with its sign changed."""
    if not _number(value):
        raise ExpressionError("EXPR_TYPE", f"'-' needs a number, not {kind_of(value)}")
    return bounded(-value)


def arithmetic(run: Run, sign: str, left: Any, right: Any) -> Any:
    """Applies one of `+ - * / %`."""
    if isinstance(left, Blob):
        left = run.load(left)
    if isinstance(right, Blob):
        right = run.load(right)
    if sign == "+":
        return add(run, left, right)
    if not (_number(left) and _number(right)):
        raise mismatch(sign, left, right, "two numbers")
    try:
        return ARITHMETIC[sign](left, right)
    except OverflowError:
        raise _too_large() from None


def bounded(value: Any) -> Any:
    """Returns a number that 64 bits can hold."""
    # What is infinite, or no number, is not 0 when taken from itself.
    fits = INT_MIN <= value <= INT_MAX if isinstance(value, int) else value - value == 0
    if not fits:
        raise _too_large()
    return value


ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": remainder,
}


def _sum(left: Any, right: Any) -> Any:
    try:
        return bounded(left + right)
    except OverflowError:
        raise _too_large() from None


def _too_large() -> ExpressionError:
    return ExpressionError("EXPR_NUMBER_LIMIT", "the result does not fit into 64 bits")


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def mismatch(sign: str, left: Any, right: Any, wanted: str) -> ExpressionError:
    """The error of a sign between two values that it does not take."""
    if isinstance(left, (Secret, Concat)) or isinstance(right, (Secret, Concat)):
        return refuse_secret()
    return ExpressionError("EXPR_TYPE", f"{sign!r} needs {wanted}, not {kind_of(left)} and {kind_of(right)}")
