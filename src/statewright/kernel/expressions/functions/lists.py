"""List functions of Sprig. They return new lists; none changes its argument."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.logic import empty
from statewright.kernel.expressions.functions.reflection import deeply_equal
from statewright.kernel.expressions.functions.signature import Function, unfit
from statewright.kernel.expressions.made import ENTRIES_PER_STEP, MadeList
from statewright.kernel.expressions.run import COLLECTION_MAX, Run
from statewright.kernel.values import Json

COMPARISON_COST = 2


def made(run: Run, items: Iterable[Any]) -> list[Any]:
    """Returns a list of bounded length."""
    found = MadeList(items)
    if len(found) > COLLECTION_MAX:
        raise ExpressionError("EXPR_OUTPUT_LIMIT", f"a list may have {COLLECTION_MAX:,} entries")
    run.spend(len(found) // ENTRIES_PER_STEP)
    return found


def listed(run: Run, *items: Any) -> Any:
    """Returns a list of the arguments."""
    return made(run, items)


def first(items: list[Any]) -> Any:
    """Returns the first entry, or null."""
    return items[0] if items else None


def last(items: list[Any]) -> Any:
    """Returns the last entry, or null."""
    return items[-1] if items else None


def rest(run: Run, items: list[Any]) -> Any:
    """Returns all but the first entry."""
    return made(run, items[1:])


def initial(run: Run, items: list[Any]) -> Any:
    """Returns all but the last entry."""
    return made(run, items[:-1])


def append(run: Run, items: list[Any], value: Any) -> Any:
    """Returns the list with a value at its end."""
    return made(run, [*items, value])


def prepend(run: Run, items: list[Any], value: Any) -> Any:
    """Returns the list with a value at its beginning."""
    return made(run, [value, *items])


def concat(run: Run, *lists: list[Any]) -> Any:
    """Returns the lists as one."""
    if sum(map(len, lists)) > COLLECTION_MAX:
        raise ExpressionError("EXPR_OUTPUT_LIMIT", f"a list may have {COLLECTION_MAX:,} entries")
    return made(run, [item for items in lists for item in items])


def reverse(run: Run, items: list[Any]) -> Any:
    """Returns the list from its end."""
    return made(run, items[::-1])


def compact(run: Run, items: list[Any]) -> Any:
    """Returns the entries that are not empty."""
    return made(run, [item for item in items if not empty(run, item)])


def uniq(run: Run, items: list[Any]) -> Any:
    """Returns each entry once, at its first place."""
    found = MadeList()
    for item in items:
        if not _among(run, item, found):
            found.append(item)
    return found


def without(run: Run, items: list[Any], *unwanted: Any) -> Any:
    """Returns the entries that equal none of the others."""
    return made(run, [item for item in items if not _among(run, item, unwanted)])


def has(run: Run, needle: Any, items: Any) -> bool:
    """Says whether an entry of a list equals a value; null has no entries."""
    if items is not None and not isinstance(items, list):
        raise unfit("a list", items)
    return _among(run, needle, items or ())


def _among(run: Run, needle: Any, items: Iterable[Any]) -> bool:
    for item in items:
        run.spend(COMPARISON_COST)
        if deeply_equal(run, item, needle):
            return True
    return False


def chunk(run: Run, size: int, items: list[Any]) -> Any:
    """Returns the list in pieces of `size`."""
    if size < 1:
        raise ExpressionError("EXPR_TYPE", "a piece has at least one entry")
    return made(run, [MadeList(items[at : at + size]) for at in range(0, len(items), size)])


def go_slice(run: Run, items: list[Any], start: int = 0, end: int | None = None) -> Any:
    """Returns the entries from `start` up to `end`; out of bounds is an error, as in Go."""
    last_ = len(items) if end is None else end
    if not 0 <= start <= last_ <= len(items):
        raise ExpressionError("EXPR_INDEX", "slice index out of bounds")
    return made(run, items[start:last_])


def until(run: Run, count: int) -> Json:
    """Returns the numbers from 0 up to, not including, `count`."""
    return until_step(run, 0, count, -1 if count < 0 else 1)


def until_step(run: Run, start: int, stop: int, step: int) -> Json:
    """Returns numbers in steps; a step that leads away gives none."""
    if step == 0 or (stop < start) != (step < 0):
        return []
    count = abs(stop - start) // abs(step)
    if count > COLLECTION_MAX:
        message = f"this list would have {count:,} entries; {COLLECTION_MAX:,} are allowed"
        raise ExpressionError("EXPR_STEP_LIMIT", message)
    run.spend(count // ENTRIES_PER_STEP)
    return list(range(start, stop, step))


def seq(run: Run, *bounds: int) -> str:
    """Returns numbers as text, both ends included: `seq 3`, `seq 2 5`, `seq 0 5 20`."""
    if not 1 <= len(bounds) <= 3:
        return ""
    start, end = (1, bounds[0]) if len(bounds) == 1 else (bounds[0], bounds[-1])
    direction = -1 if end < start else 1
    step = bounds[1] if len(bounds) == 3 else direction
    if direction < 0 < step:
        return ""
    return " ".join(map(str, until_step(run, start, end + direction, step)))


FUNCTIONS = {
    "append": Function(append, "lv", subject=0, needs_run=True),
    "chunk": Function(chunk, "il", needs_run=True),
    "compact": Function(compact, "l", needs_run=True),
    "concat": Function(concat, "l*", subject=0, needs_run=True),
    "first": Function(first, "l"),
    "has": Function(has, "vv", needs_run=True),
    "initial": Function(initial, "l", needs_run=True),
    "last": Function(last, "l"),
    "list": Function(listed, "v*", subject=0, needs_run=True),
    "prepend": Function(prepend, "lv", subject=0, needs_run=True),
    "push": Function(append, "lv", subject=0, needs_run=True),
    "rest": Function(rest, "l", needs_run=True),
    "reverse": Function(reverse, "l", needs_run=True),
    "seq": Function(seq, "i*", needs_run=True),
    "tuple": Function(listed, "v*", subject=0, needs_run=True),
    "uniq": Function(uniq, "l", needs_run=True),
    "until": Function(until, "i", needs_run=True),
    "untilStep": Function(until_step, "iii", needs_run=True),
    "without": Function(without, "lv*", subject=0, needs_run=True),
}
# In Go the list version replaces the built-in one; ours clamps and takes text too (see `seeds`).
GO_FUNCTIONS = {"slice": Function(go_slice, "li?i?", subject=0, needs_run=True)}
