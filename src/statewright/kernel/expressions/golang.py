"""Go's own reading of paths and printing: nodes that only Go mode uses.

A key that is missing is a value of its own there ("<no value>"), null has no fields, and nothing is converted.
"""

from __future__ import annotations

from typing import Any

from statewright.kernel.expressions.blocks import ON, Statement
from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.goprint import NO_VALUE, go_value
from statewright.kernel.expressions.nodes import Access, Field, Node
from statewright.kernel.expressions.run import Run
from statewright.kernel.expressions.trace import Path, Trace
from statewright.kernel.expressions.views import MISSING, View


class GoField(Field):
    """`.a.b` from the dot."""

    __slots__ = ()

    def evaluate(self, run: Run) -> Any:
        return _walk(run, run.dot, self.names, self)


class GoAccess(Access):
    """`base.a.b`."""

    __slots__ = ()

    def evaluate(self, run: Run) -> Any:
        return _walk(run, self.base.evaluate(run), self.names, self)


class GoPrint(Statement):
    """`{{ value }}`, printed as Go does."""

    __slots__ = ("value",)

    def __init__(self, value: Node, weight: int) -> None:
        super().__init__(weight)
        self.value = value

    def render(self, run: Run) -> int:
        value = self.value.evaluate(run)
        run.write(NO_VALUE if value is None or value is MISSING else go_value(run, value))
        return ON

    def trace(self, trace: Trace) -> Path | None:
        return self.value.trace(trace)


def _walk(run: Run, value: Any, names: tuple[str, ...], node: Node) -> Any:
    # Data that is nil as a whole has every field, and each is missing.
    if value is None and value is run.scope.root:
        return MISSING
    for name in names:
        if value is MISSING:
            break
        if isinstance(value, dict):
            value = value.get(name, MISSING)
            if value is MISSING and run.missing_key == "error":
                raise ExpressionError("EXPR_UNDEFINED", f"map has no entry for key {name!r}", node.start, node.end)
            if value is MISSING and run.missing_key == "zero":
                # What is missing is null then, and null has no fields.
                value = None
        elif isinstance(value, View):
            value = run.field(value, name)
        elif value is None:
            raise ExpressionError("EXPR_TYPE", f"nil pointer evaluating interface {{}}.{name}", node.start, node.end)
        else:
            raise ExpressionError("EXPR_TYPE", f"can't evaluate field {name} in this type", node.start, node.end)
    return value
