"""Defaults, choices and comparisons: `default`, `ternary`, `eq`, `len`, `index` and their kin.

Source: Sprig's defaults, Go's text/template. In Go mode comparisons are as strict as Go's.
"""

from __future__ import annotations

from typing import Any

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.signature import Function
from statewright.kernel.expressions.made import BYTES_PER_STEP
from statewright.kernel.expressions.nodes import item
from statewright.kernel.expressions.operators import equal, kind_of, ordered, truth
from statewright.kernel.expressions.run import Run
from statewright.kernel.expressions.views import MISSING, View
from statewright.kernel.values import Json


def default(run: Run, fallback: Any, *given: Any) -> Any:
    """Returns the given value, or the fallback where it is empty."""
    return fallback if not given or empty(run, given[0]) else given[0]


def empty(run: Run, value: Any) -> bool:
    """Sprig's "empty": null, false, 0, "", [] and {}."""
    return not truth(run, value)


def coalesce(run: Run, *values: Any) -> Any:
    """Returns the first value that is not empty."""
    return next((value for value in values if not empty(run, value)), None)


def all_given(run: Run, *values: Any) -> bool:
    """Says whether no value is empty."""
    return all(not empty(run, value) for value in values)


def any_given(run: Run, *values: Any) -> bool:
    """Says whether some value is not empty."""
    return any(not empty(run, value) for value in values)


def ternary(run: Run, yes: Any, no: Any, condition: Any) -> Any:
    """Returns `yes` or `no`."""
    if run.go and not isinstance(condition, bool):
        raise ExpressionError("EXPR_TYPE", f"wrong type for value; expected bool; got {kind_of(condition)}")
    return yes if truth(run, condition) else no


def fail(message: str) -> Any:
    """Ends the evaluation with the author's own message."""
    raise ExpressionError("EXPR_FAIL", message)


def negation(run: Run, value: Any) -> bool:
    """Returns whether the value does not count as true."""
    return not truth(run, value)


def length(run: Run, value: Any) -> int:
    """Go's `len`: of text it counts bytes."""
    if isinstance(value, str):
        if value.isascii():
            return len(value)
        run.spend(len(value) // BYTES_PER_STEP)
        return len(value.encode())
    if isinstance(value, View):
        return run.count(value)
    if isinstance(value, (list, dict)):
        return len(value)
    if value is None and not run.go:
        return 0
    raise ExpressionError("EXPR_TYPE", f"expected text, a list or a map, got {kind_of(value)}")


def index(run: Run, value: Any, *keys: Any) -> Any:
    """Returns what lies under the keys, one after the other."""
    for key in keys:
        value = _go_item(value, key) if run.go else item(run, value, key)
        if value is MISSING:
            return None
    return value


def _go_item(value: Any, key: Any) -> Any:
    if isinstance(value, dict):
        if not isinstance(key, str):
            raise ExpressionError("EXPR_INDEX", f"value has type {kind_of(key)}; should be string")
        return value.get(key, MISSING)
    if not isinstance(value, (list, str)):
        raise ExpressionError("EXPR_INDEX", f"cannot index {kind_of(value)}")
    if type(key) is not int:
        raise ExpressionError("EXPR_INDEX", f"cannot index slice/array with {kind_of(key)}")
    entries: Any = value.encode() if isinstance(value, str) else value
    if not 0 <= key < len(entries):
        raise ExpressionError("EXPR_INDEX", f"index out of range: {key}")
    return entries[key]


def equals(run: Run, first: Any, *others: Any) -> bool:
    """Says whether the first value equals one of the others."""
    if not run.go:
        return any(equal(run, first, other) for other in others)
    return any(_go_equal(first, other) for other in others)


def differs(run: Run, first: Any, other: Any) -> bool:
    """Says whether two values differ."""
    return not equals(run, first, other)


def less(run: Run, left: Any, right: Any) -> bool:
    """`<`."""
    return _ordered(run, "<", left, right)


def less_or_equal(run: Run, left: Any, right: Any) -> bool:
    """`<=`."""
    return _ordered(run, "<=", left, right)


def greater(run: Run, left: Any, right: Any) -> bool:
    """`>`."""
    return _ordered(run, ">", left, right)


def greater_or_equal(run: Run, left: Any, right: Any) -> bool:
    """`>=`."""
    return _ordered(run, ">=", left, right)


def _ordered(run: Run, sign: str, left: Any, right: Any) -> bool:
    if run.go and type(left) is not type(right):
        raise _incompatible(left, right)
    return ordered(sign, left, right)


def _go_equal(left: Json, right: Json) -> bool:
    if left is None or right is None:
        return left is right
    if type(left) is not type(right):
        raise _incompatible(left, right)
    if isinstance(left, (dict, list)):
        raise ExpressionError("EXPR_TYPE", f"non-comparable type: {kind_of(left)}")
    return bool(left == right)


def _incompatible(left: Any, right: Any) -> ExpressionError:
    return ExpressionError("EXPR_TYPE", f"incompatible types for comparison: {kind_of(left)} and {kind_of(right)}")


FUNCTIONS = {
    "all": Function(all_given, "v*", needs_run=True),
    "any": Function(any_given, "v*", needs_run=True),
    "coalesce": Function(coalesce, "v*", subject=0, needs_run=True),
    "default": Function(default, "wv?", needs_run=True),
    "empty": Function(empty, "w", needs_run=True),
    "eq": Function(equals, "wvv*", subject=0, needs_run=True),
    "fail": Function(fail, "s"),
    "ge": Function(greater_or_equal, "vv", subject=0, needs_run=True),
    "gt": Function(greater, "vv", subject=0, needs_run=True),
    "index": Function(index, "wv*", subject=0, needs_run=True),
    "le": Function(less_or_equal, "vv", subject=0, needs_run=True),
    "len": Function(length, "w", needs_run=True),
    "lt": Function(less, "vv", subject=0, needs_run=True),
    "ne": Function(differs, "vv", subject=0, needs_run=True),
    "not": Function(negation, "w", needs_run=True),
    "ternary": Function(ternary, "vvw", needs_run=True),
}
