"""The filters of the seeds: `length`, `map`, `filter`, `sum`, `avg`, `flatten` and the clamping `slice`.

Null is an empty list to all of them. Source: workflows.md 20.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from statewright.kernel.expressions.blocks import entries_of
from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.signature import Function, unfit
from statewright.kernel.expressions.made import ENTRIES_PER_STEP, MadeList
from statewright.kernel.expressions.nodes import item
from statewright.kernel.expressions.operators import bounded, divide, equal, kind_of, opened
from statewright.kernel.expressions.run import Run
from statewright.kernel.expressions.views import MISSING, View


def length(run: Run, value: Any) -> int:
    """Counts characters, entries or keys."""
    if value is None:
        return 0
    if isinstance(value, View):
        return run.count(value)
    if isinstance(value, (str, list, dict)):
        return len(value)
    raise unfit("text, a list or a map", value)


def mapped(run: Run, value: Any, name: str) -> Any:
    """Returns one field of each entry; what has none gives null."""
    found = MadeList()
    for entry in entries(run, value):
        named = run.field(opened(run, entry), name)
        found.append(None if named is MISSING else named)
    return found


def filtered(run: Run, value: Any, name: str, wanted: Any) -> Any:
    """Returns the entries whose field equals a value."""
    return MadeList(entry for entry in entries(run, value) if equal(run, field(run, entry, name), wanted))


def total(run: Run, value: Any) -> Any:
    """Adds numbers up; nulls count as nothing."""
    return bounded(sum(_numbers(run, value)))


def average(run: Run, value: Any) -> Any:
    """Returns the mean of the numbers; of none it is 0."""
    numbers = list(_numbers(run, value))
    return divide(sum(numbers), len(numbers)) if numbers else 0


def flatten(run: Run, value: Any) -> Any:
    """Opens lists inside the list, one level; nulls are left out."""
    found = MadeList()
    for entry in entries(run, value):
        inner = opened(run, entry)
        if isinstance(inner, list) or (isinstance(inner, View) and inner.is_list):
            found.extend(entries(run, inner))
        elif inner is not None:
            found.append(entry)
        run.make_room(len(found))
    return found


def clamped_slice(run: Run, value: Any, start: int = 0, end: int | None = None) -> Any:
    """Returns the entries, or characters, from `start` up to, not including, `end`; bounds are clamped."""
    if value is None:
        return []
    if isinstance(value, View) and value.is_list:
        value = value.plain()
    if not isinstance(value, (list, str)):
        raise unfit("a list or text", value)
    last = len(value) if end is None else end
    if start < 0 or last < 0:
        raise ExpressionError("EXPR_INDEX", "slice counts from 0; there are no negative positions")
    cut = value[start : max(start, last)]
    run.spend(len(cut) // ENTRIES_PER_STEP)
    return MadeList(cut) if isinstance(cut, list) else cut


def entries(run: Run, value: Any) -> Iterable[Any]:
    """Yields what a list, or a map, has in it; null has nothing."""
    if isinstance(value, (str, int, float)):
        raise ExpressionError("EXPR_TYPE", f"expected a list, got {kind_of(value)}")
    count = value.length() if isinstance(value, View) else len(value or ())
    run.spend(1 + count)
    return (entry for _, entry in entries_of(value, by_key=run.go))


def field(run: Run, entry: Any, name: str) -> Any:
    """Returns one field of an entry, or null."""
    found = item(run, entry, name) if isinstance(entry, (dict, View)) else MISSING
    return None if found is MISSING else found


def _numbers(run: Run, value: Any) -> Iterable[Any]:
    for entry in entries(run, value):
        if entry is None:
            continue
        if type(entry) not in (int, float):
            raise unfit("a list of numbers with nothing else", entry)
        yield entry


FUNCTIONS = {
    "avg": Function(average, "w", needs_run=True),
    "filter": Function(filtered, "wsv", subject=0, needs_run=True),
    "flatten": Function(flatten, "w", needs_run=True),
    "length": Function(length, "w", needs_run=True),
    "map": Function(mapped, "ws", subject=0, needs_run=True),
    "slice": Function(clamped_slice, "wi?i?", subject=0, needs_run=True),
    "sum": Function(total, "w", needs_run=True),
}
