"""Statement nodes: text, printed values, assignments, `if`, `with`, `range`, named templates.

A statement writes to the run's text and says how the enclosing loop goes on. Its weight is what it costs to execute
without the functions that it calls.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.nodes import Node
from statewright.kernel.expressions.operators import kind_of, opened, truth
from statewright.kernel.expressions.printing import show
from statewright.kernel.expressions.run import Run
from statewright.kernel.expressions.trace import ANY, Path, Trace, extended
from statewright.kernel.expressions.undefined import undefined
from statewright.kernel.expressions.views import MISSING, View

ON = 0
BREAK = 1
CONTINUE = 2


class Statement:
    """One action, or the text between two."""

    __slots__ = ("weight",)

    def __init__(self, weight: int = 1) -> None:
        self.weight = weight

    def render(self, run: Run) -> int:
        """Writes to the run; returns ON, BREAK or CONTINUE."""
        raise NotImplementedError

    def trace(self, trace: Trace) -> Path | None:
        """Notes the paths that are read."""
        return None


class Block:
    """Statements in a row. `slots` is how many variables a template's outermost block needs."""

    __slots__ = ("nodes", "size", "slots", "weight")

    def __init__(self, nodes: Iterable[Statement], slots: int = 1) -> None:
        self.nodes = tuple(nodes)
        self.slots = slots
        self.weight = sum(node.weight for node in self.nodes)
        # Its own text counts once for the whole block, written or not.
        self.size = sum(len(node.text) for node in self.nodes if isinstance(node, Text))

    def render(self, run: Run) -> int:
        """Writes all of it, or up to a break or continue."""
        run.steps -= self.weight
        if run.steps < 0:
            run.exhausted()
        run.room -= self.size
        if run.room < 0:
            run.overflow()
        run.depth -= 1
        if run.depth < 0:
            run.too_deep()
        for node in self.nodes:
            signal = node.render(run)
            if signal:
                run.depth += 1
                return signal
        run.depth += 1
        return ON

    def trace(self, trace: Trace) -> Path | None:
        """Notes the paths that are read."""
        for node in self.nodes:
            node.trace(trace)
        return None


NOTHING = Block(())


class Text(Statement):
    """Text that stands for itself."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, run: Run) -> int:
        run.out.append(self.text)
        return ON


class Print(Statement):
    """`{{ value }}`."""

    __slots__ = ("value",)

    def __init__(self, value: Node, weight: int) -> None:
        super().__init__(weight)
        self.value = value

    def render(self, run: Run) -> int:
        value = self.value.evaluate(run)
        if type(value) is str:
            run.out.append(value)
            run.room -= len(value)
            if run.room < 0:
                run.overflow()
        else:
            self._other(run, value)
        return ON

    def _other(self, run: Run, value: Any) -> None:
        if value is None and run.strict:
            undefined(run, self.value)
        try:
            run.write(show(run, value))
        except ExpressionError as error:
            raise error.placed(self.value.start, self.value.end) from None

    def trace(self, trace: Trace) -> Path | None:
        return self.value.trace(trace)


class Assign(Statement):
    """`{{ $x := value }}` and `{{ $x = value }}`: each declaration has a slot of its own."""

    __slots__ = ("slot", "value")

    def __init__(self, slot: int, value: Node, weight: int) -> None:
        super().__init__(weight)
        self.slot = slot
        self.value = value

    def render(self, run: Run) -> int:
        run.vars[self.slot] = self.value.evaluate(run)
        return ON

    def trace(self, trace: Trace) -> Path | None:
        trace.vars[self.slot] = self.value.path(trace)
        return None


class Condition(Statement):
    """`if` and `with`: `slot` takes the value where a variable is declared, -1 where none is."""

    __slots__ = ("body", "otherwise", "slot", "value")

    def __init__(self, value: Node, body: Block, otherwise: Block, *, slot: int, weight: int) -> None:
        super().__init__(weight)
        self.value = value
        self.body = body
        self.otherwise = otherwise
        self.slot = slot

    def holds(self, run: Run) -> tuple[Any, bool]:
        """Returns the value and whether it counts as true."""
        value = self.value.evaluate(run)
        if self.slot >= 0:
            run.vars[self.slot] = value
        try:
            return value, truth(run, value)
        except ExpressionError as error:
            raise error.placed(self.value.start, self.value.end) from None

    def _trace_value(self, trace: Trace) -> Path | None:
        path = trace.ask(self.value)
        if self.slot >= 0:
            trace.vars[self.slot] = path
        return path


class If(Condition):
    """`{{ if value }} … {{ else }} … {{ end }}`."""

    __slots__ = ()

    def render(self, run: Run) -> int:
        _, holds = self.holds(run)
        return (self.body if holds else self.otherwise).render(run)

    def trace(self, trace: Trace) -> Path | None:
        asked = trace.asked
        self._trace_value(trace)
        self.body.trace(trace)
        self.otherwise.trace(trace)
        trace.asked = asked
        return None


class With(Condition):
    """`{{ with value }} … {{ else }} … {{ end }}`: the dot becomes the value."""

    __slots__ = ()

    def render(self, run: Run) -> int:
        value, holds = self.holds(run)
        if not holds:
            return self.otherwise.render(run)
        outer, run.dot = run.dot, value
        signal = self.body.render(run)
        run.dot = outer
        return signal

    def trace(self, trace: Trace) -> Path | None:
        asked = trace.asked
        path = self._trace_value(trace)
        outer, trace.dot = trace.dot, path
        self.body.trace(trace)
        trace.dot = outer
        self.otherwise.trace(trace)
        trace.asked = asked
        return None


class Range(Statement):
    """`{{ range $i, $e := value }} … {{ else }} … {{ end }}`: lists, maps, and whole numbers from 0."""

    __slots__ = ("body", "element", "key", "otherwise", "value")

    def __init__(self, value: Node, body: Block, otherwise: Block, *, slots: tuple[int, int], weight: int) -> None:
        super().__init__(weight)
        self.value = value
        self.body = body
        # Going round costs a step, however little is inside.
        body.weight += 1
        self.otherwise = otherwise
        self.key, self.element = slots

    def render(self, run: Run) -> int:
        entries = self._entries(run)
        outer, variables, render = run.dot, run.vars, self.body.render
        empty = True
        for key, value in entries:
            empty = False
            run.dot = value
            if self.element >= 0:
                variables[self.element] = value
                if self.key >= 0:
                    variables[self.key] = key
            if render(run) == BREAK:
                break
        run.dot = outer
        return self.otherwise.render(run) if empty else ON

    def _entries(self, run: Run) -> Iterable[tuple[Any, Any]]:
        value = self.value.evaluate(run)
        try:
            if run.go and self.key >= 0 and type(value) is int:
                raise ExpressionError("EXPR_TYPE", "a whole number has no second variable to range over")
            return entries_of(opened(run, value), by_key=run.go)
        except ExpressionError as error:
            raise error.placed(self.value.start, self.value.end) from None

    def trace(self, trace: Trace) -> Path | None:
        path = extended(self.value.trace(trace), (ANY,))
        if self.element >= 0:
            trace.vars[self.element] = path
        if self.key >= 0:
            trace.vars[self.key] = None
        outer, trace.dot = trace.dot, path
        self.body.trace(trace)
        trace.dot = outer
        return self.otherwise.trace(trace)


class Invoke(Statement):
    """`{{ template "name" value }}`: a body with a dot and variables of its own."""

    __slots__ = ("end", "name", "start", "value")

    def __init__(self, name: str, value: Node | None, *, start: int, end: int, weight: int) -> None:
        super().__init__(weight)
        self.name = name
        self.value = value
        self.start = start
        self.end = end

    def render(self, run: Run) -> int:
        body = run.templates.get(self.name)
        if body is None:
            message = f"there is no template {self.name!r}"
            raise ExpressionError("EXPR_TEMPLATE_UNKNOWN", message, self.start, self.end)
        outer, variables = run.dot, run.vars
        value = self.value.evaluate(run) if self.value is not None else None
        run.dot = value
        run.vars = [value, *([None] * (body.slots - 1))]
        body.render(run)
        run.dot, run.vars = outer, variables
        return ON

    def trace(self, trace: Trace) -> Path | None:
        trace.invoke(self.name, self.value.path(trace) if self.value is not None else None)
        return None


class Leave(Statement):
    """`{{ break }}` and `{{ continue }}`."""

    __slots__ = ("signal",)

    def __init__(self, signal: int) -> None:
        super().__init__()
        self.signal = signal

    def render(self, run: Run) -> int:
        return self.signal


def entries_of(value: Any, *, by_key: bool) -> Iterable[tuple[Any, Any]]:
    """Returns keys or positions with values; Go goes through a map by key, we go in the order given."""
    if isinstance(value, View):
        return value.items()
    if isinstance(value, list):
        return enumerate(value)
    if isinstance(value, dict):
        # A body may change the very map that it goes through.
        return sorted(value.items(), key=_key) if by_key else list(value.items())
    if type(value) is int:
        return ((number, number) for number in range(value))
    if value is None or value is MISSING:
        return ()
    raise ExpressionError("EXPR_TYPE", f"range goes through a list, a map or a whole number, not {kind_of(value)}")


def _key(entry: tuple[str, Any]) -> str:
    return entry[0]
