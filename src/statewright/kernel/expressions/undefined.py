"""Says what is missing and what may have been meant: the error of a path that does not exist in a required place."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, NoReturn, Protocol

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.run import Run
from statewright.kernel.expressions.views import MISSING, View

# Three suggestions help, more confuse.
NEAR_MAX = 3
# Names listed where none is near.
LISTED_MAX = 8


class Placed(Protocol):
    """A node: it has a place and a name for messages."""

    start: int
    end: int

    def described(self) -> str:
        """Returns how messages name it."""


def undefined(run: Run, node: Placed) -> None:
    """Raises EXPR_UNDEFINED if the null that `node` gave comes from a path that does not exist."""
    missing = run.undefined
    if missing is not None and node.start <= missing.start and missing.end <= node.end:
        _raise(run, missing)


def _raise(run: Run, node: Any) -> NoReturn:
    path, hint = _first_gap(run, node)
    raise ExpressionError("EXPR_UNDEFINED", f"{path} does not exist here", node.start, node.end, hint)


def _first_gap(run: Run, node: Any) -> tuple[str, str]:
    """Walks the path again as far as it goes; returns where it ends, and what is there instead."""
    base = getattr(node, "base", None)
    value = base.evaluate(run) if base is not None else run.dot
    so_far = base.described() if base is not None else ""
    for name in getattr(node, "names", ()):
        found = run.field(value, name)
        if found is MISSING:
            return f"{so_far}.{name}", _suggestion(so_far, name, _names(value))
        value, so_far = found, f"{so_far}.{name}"
    key = getattr(node, "key", None)
    if key is not None:
        return node.described(), _suggestion(so_far, str(key.evaluate(run)), _names(value))
    return node.described(), ""


def _names(value: Any) -> list[str]:
    if isinstance(value, View):
        return value.names()
    return list(value) if isinstance(value, dict) else []


def _suggestion(so_far: str, name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, NEAR_MAX)
    if close:
        return "did you mean " + " or ".join(f"{so_far}.{one}" for one in close) + "?"
    if not known:
        return f"{so_far or 'the data'} has no names at all"
    listed = ", ".join(known[:LISTED_MAX]) + (", …" if len(known) > LISTED_MAX else "")
    return f"{so_far or 'the data'} has: {listed}"
