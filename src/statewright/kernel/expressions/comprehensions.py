"""The macros of conditions that go through a list, or the keys of a map: `all exists exists_one filter map`.

Each round costs as many steps as its test is long, so that no nesting of them runs away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from statewright.kernel.expressions.conditions import attempted, decided
from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.lists import made
from statewright.kernel.expressions.nodes import Node
from statewright.kernel.expressions.operators import kind_of, opened
from statewright.kernel.expressions.run import Run
from statewright.kernel.expressions.trace import ANY, Path, Trace, extended
from statewright.kernel.expressions.views import View


class Comprehension(Node):
    """Goes through `over`; each entry is in the variable at `slot` while `test` is evaluated, at `weight` steps."""

    __slots__ = ("over", "slot", "test", "weight")

    def __init__(self, over: Node, slot: int, test: Node, *, weight: int, end: int) -> None:
        super().__init__(over.start, end)
        self.over = over
        self.slot = slot
        self.test = test
        self.weight = weight

    def rounds(self, run: Run) -> Iterator[Any]:
        """Yields the entries one by one, each set and paid for."""
        value = opened(run, self.over.evaluate(run))
        for entry in _entries(value, self.over):
            run.spend(self.weight)
            run.vars[self.slot] = entry
            yield entry

    def path(self, trace: Trace) -> Path | None:
        path = self.over.trace(trace)
        trace.vars[self.slot] = extended(path, (ANY,))
        self.test.trace(trace)
        return path


class Every(Comprehension):
    """`all`, and `exists` with `stop` true: the entry that decides makes good the errors of others."""

    __slots__ = ("stop",)

    def __init__(self, over: Node, slot: int, test: Node, *, weight: int, end: int, stop: bool) -> None:
        super().__init__(over, slot, test, weight=weight, end=end)
        self.stop = stop

    def evaluate(self, run: Run) -> Any:
        failure: ExpressionError | None = None
        for _ in self.rounds(run):
            found = attempted(self.test, run)
            if found is self.stop:
                return found
            if isinstance(found, ExpressionError):
                failure = failure or found
        if failure is not None:
            raise failure
        return not self.stop

    def path(self, trace: Trace) -> Path | None:
        super().path(trace)
        return None


class Single(Comprehension):
    """`exists_one`."""

    __slots__ = ()

    def evaluate(self, run: Run) -> Any:
        return sum(decided(self.test, run) for _ in self.rounds(run)) == 1

    def path(self, trace: Trace) -> Path | None:
        super().path(trace)
        return None


class Chosen(Comprehension):
    """`filter`: its entries are those of what it goes through."""

    __slots__ = ()

    def evaluate(self, run: Run) -> Any:
        return made(run, [entry for entry in self.rounds(run) if decided(self.test, run)])


class Mapped(Comprehension):
    """`map`: `test` is what becomes of each entry; `only` leaves entries out."""

    __slots__ = ("only",)

    def __init__(self, over: Node, slot: int, test: Node, *, weight: int, end: int, only: Node | None) -> None:
        super().__init__(over, slot, test, weight=weight, end=end)
        self.only = only

    def evaluate(self, run: Run) -> Any:
        only = self.only
        return made(run, [self.test.evaluate(run) for _ in self.rounds(run) if only is None or decided(only, run)])

    def path(self, trace: Trace) -> Path | None:
        super().path(trace)
        if self.only is not None:
            self.only.trace(trace)
        return None


def _entries(value: Any, node: Node) -> Iterable[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return [*value]
    if isinstance(value, View):
        return (entry if value.is_list else key for key, entry in value.items())
    message = f"expected a list or a map, {node.described()} is {kind_of(value)}"
    raise ExpressionError("EXPR_TYPE", message, node.start, node.end)
