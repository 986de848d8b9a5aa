"""Says what is missing and what may have been meant: the error of a path that does not exist in a required place."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import islice
from typing import Any, NamedTuple, Protocol

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.run import Run
from statewright.kernel.expressions.views import MISSING, View

# Three suggestions help, more confuse.
NEAR_MAX = 3
# Names listed where none is near.
LISTED_MAX = 8


# Looking for near names takes time for each name and each letter; longer ones are no slip of the finger.
NAMES_MAX = 200
NAME_LENGTH_MAX = 64


class Placed(Protocol):
    """A node: it has a place and a name for messages."""

    start: int
    end: int

    def described(self) -> str:
        """Returns how messages name it."""


class Gap(NamedTuple):
    """Where a path ends too early: `value` has no `name`; `before` is how the path is written up to there."""

    value: Any
    before: str
    name: str


class Undefined(ExpressionError):
    """A path that does not exist. Its hint is made when somebody asks: a condition may go on without the path."""

    def __init__(self, path: str, node: Placed, gap: Gap, *, hint: str = "") -> None:
        super().__init__("EXPR_UNDEFINED", f"{path} does not exist here", node.start, node.end, hint)
        self._gap = gap

    @property
    def hint(self) -> str:
        """What may have been meant."""
        return self._hint or _suggestion(self._gap)

    @hint.setter
    def hint(self, hint: str) -> None:
        self._hint = hint


def undefined(run: Run, node: Placed) -> None:
    """Raises EXPR_UNDEFINED if the null that `node` gave comes from a path that does not exist."""
    missing = run.undefined
    if missing is not None and node.start <= missing.start and missing.end <= node.end:
        raise _first_gap(run, missing)


def _first_gap(run: Run, node: Any) -> Undefined:
    """Walks the path again as far as it goes."""
    base = getattr(node, "base", None)
    value = base.evaluate(run) if base is not None else run.dot
    so_far = base.described() if base is not None else ""
    for name in getattr(node, "names", ()):
        found = run.field(value, name)
        if found is MISSING:
            return Undefined(f"{so_far}.{name}", node, Gap(value, f"{so_far}.", name))
        value, so_far = found, f"{so_far}.{name}"
    key = getattr(node, "key", None)
    name = str(key.evaluate(run)) if key is not None else ""
    return Undefined(node.described(), node, Gap(value, f"{so_far}.", name))


def _suggestion(gap: Gap) -> str:
    known = _names(gap.value)
    if not gap.name:
        return ""
    close = get_close_matches(gap.name[:NAME_LENGTH_MAX], known, NEAR_MAX)
    if close:
        return "did you mean " + " or ".join(f"{gap.before}{one}" for one in close) + "?"
    owner = gap.before.rstrip(".") or "the data"
    if not known:
        return f"{owner} has no names at all"
    listed = ", ".join(known[:LISTED_MAX]) + (", …" if len(known) > LISTED_MAX else "")
    return f"{owner} has: {listed}"


def _names(value: Any) -> list[str]:
    names = value.names() if isinstance(value, View) else value if isinstance(value, dict) else ()
    return [name for name in islice(names, NAMES_MAX) if len(name) <= NAME_LENGTH_MAX]
