"""Calls: functions of the registry, functions of the scope, and the two that look at their arguments one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.signature import Function, Take
from statewright.kernel.expressions.made import settle
from statewright.kernel.expressions.nodes import Literal, Node
from statewright.kernel.expressions.operators import truth
from statewright.kernel.expressions.run import Run
from statewright.kernel.expressions.trace import Path, Trace

# Functions that are there for values that may be missing.
ASKING = frozenset({"default", "coalesce", "empty", "hasKey", "get", "dig", "kindOf", "kindIs", "typeOf", "typeIs"})


class Call(Node):
    """`f a b`: arguments in the function's own order, each with what makes it fit (None where it fits already)."""

    __slots__ = ("args", "cost", "function", "given", "name", "needs_run")

    def __init__(
        self, name: str, function: Function, args: Sequence[tuple[Node, Take | None]], *, start: int, end: int
    ) -> None:
        super().__init__(start, end)
        self.name = name
        self.function = function.call
        self.needs_run = function.needs_run
        self.cost = function.cost
        self.args = tuple(node for node, _ in args)
        # Constants are put in place once; a call copies them and fills in the rest.
        self.given = (
            [node.value if take is None and isinstance(node, Literal) else None for node, take in args],
            tuple((at, node, take) for at, (node, take) in enumerate(args) if take is not None),
        )

    def evaluate(self, run: Run) -> Any:
        run.steps -= self.cost
        if run.steps < 0:
            run.exhausted()
        constants, changing = self.given
        values = constants.copy()
        try:
            for at, node, take in changing:
                values[at] = take(run, node.evaluate(run))
            return self.function(run, *values) if self.needs_run else self.function(*values)
        except ExpressionError as error:
            if not error.end:
                error.message = f"{self.name}: {error.message}"
            raise error.placed(self.start, self.end) from None

    def path(self, trace: Trace) -> Path | None:
        asked = trace.asked
        for node in self.args:
            if self.name in ASKING:
                trace.ask(node)
            else:
                node.trace(trace)
        trace.asked = asked
        return None

    def described(self) -> str:
        return f"the result of {self.name}"


class ScopeCall(Node):
    """A function that the scope supplies, such as `validateSchema`; the piped value is its first argument."""

    __slots__ = ("args", "name")

    def __init__(self, name: str, args: Sequence[Node], *, start: int, end: int) -> None:
        super().__init__(start, end)
        self.name = name
        self.args = tuple(args)

    def evaluate(self, run: Run) -> Any:
        run.spend(1)
        values = [settle(run, node.evaluate(run)) for node in self.args]
        try:
            function = run.scope.functions.get(self.name)
            if function is None:
                raise ExpressionError("EXPR_FUNCTION_UNKNOWN", f"the function {self.name!r} is not available here")
            return function(*values)
        except ExpressionError as error:
            raise error.placed(self.start, self.end) from None

    def path(self, trace: Trace) -> Path | None:
        for node in self.args:
            node.trace(trace)
        return None

    def described(self) -> str:
        return f"the result of {self.name}"


class Deciding(Node):
    """`and` and `or`: return the argument that decides, and evaluate none after it."""

    __slots__ = ("args", "stop")

    def __init__(self, name: str, args: Sequence[Node], *, start: int, end: int) -> None:
        super().__init__(start, end)
        self.stop = name == "or"
        self.args = tuple(args)

    def evaluate(self, run: Run) -> Any:
        value: Any = None
        try:
            for node in self.args:
                value = node.evaluate(run)
                if truth(run, value) is self.stop:
                    return value
        except ExpressionError as error:
            raise error.placed(self.start, self.end) from None
        return value

    def path(self, trace: Trace) -> Path | None:
        asked = trace.asked
        for node in self.args[:-1]:
            trace.ask(node)
        self.args[-1].trace(trace)
        trace.asked = asked
        return None


class Fault(Node):
    """An expression that Go accepts when it parses and refuses when it runs."""

    __slots__ = ("message",)

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(start, end)
        self.message = message

    def evaluate(self, run: Run) -> Any:
        raise ExpressionError("EXPR_NOT_CALLABLE", self.message, self.start, self.end)

    def path(self, trace: Trace) -> Path | None:
        return None
