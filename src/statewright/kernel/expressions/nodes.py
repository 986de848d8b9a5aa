"""Expression nodes of workflow mode: paths, variables, literals, brackets, operators, methods.

Every node evaluates against a `Run` and knows the path that it reads (`trace`). Nodes are built once by the parser and
never change. Calls of functions are in `calls`, Go's stricter reading of paths in `golang`.
"""

from __future__ import annotations

from typing import Any

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.made import settle
from statewright.kernel.expressions.operators import (
    COMPARED_PER_STEP,
    arithmetic,
    equal,
    kind_of,
    negated,
    opened,
    ordered,
    same_text,
    truth,
)
from statewright.kernel.expressions.run import Run
from statewright.kernel.expressions.trace import ANY, Path, Trace, extended
from statewright.kernel.expressions.views import MISSING, View


class Node:
    """One part of an expression, at a place of its template's source."""

    __slots__ = ("end", "start")

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end

    def evaluate(self, run: Run) -> Any:
        """Returns the value: plain data, a view, or a reference. What is missing is None."""
        raise NotImplementedError

    def trace(self, trace: Trace) -> Path | None:
        """Notes every path that is read, this value's own included; returns the latter."""
        return trace.note(self.path(trace), self.start)

    def path(self, trace: Trace) -> Path | None:
        """Returns the path of this value, if it has one; notes only what is read on the way there."""
        raise NotImplementedError

    def described(self) -> str:
        """Returns how messages name this node."""
        return "the expression"


class Literal(Node):
    """A constant."""

    __slots__ = ("value",)

    def __init__(self, value: Any, start: int, end: int) -> None:
        super().__init__(start, end)
        self.value = value

    def evaluate(self, run: Run) -> Any:
        return self.value

    def path(self, trace: Trace) -> Path | None:
        return None


class Dot(Node):
    """`.`: what the innermost range or with is at."""

    __slots__ = ()

    def evaluate(self, run: Run) -> Any:
        return run.dot

    def path(self, trace: Trace) -> Path | None:
        return trace.dot

    def described(self) -> str:
        return "."


class Variable(Node):
    """`$name`, or `$`, which is the data that the template got."""

    __slots__ = ("name", "slot")

    def __init__(self, name: str, slot: int, start: int, end: int) -> None:
        super().__init__(start, end)
        self.name = name
        self.slot = slot

    def evaluate(self, run: Run) -> Any:
        return run.vars[self.slot]

    def path(self, trace: Trace) -> Path | None:
        return trace.vars.get(self.slot)

    def described(self) -> str:
        return self.name


class Field(Node):
    """`.a.b`: a path from the dot."""

    __slots__ = ("names",)

    def __init__(self, names: tuple[str, ...], start: int, end: int) -> None:
        super().__init__(start, end)
        self.names = names

    def evaluate(self, run: Run) -> Any:
        value, names = run.dot, self.names
        if isinstance(value, View):
            value, names = value.follow(names)
        for name in names:
            if value is MISSING:
                break
            value = value.get(name, MISSING) if type(value) is dict else _field(run, value, name, self)
        return run.missing(self) if value is MISSING else value

    def path(self, trace: Trace) -> Path | None:
        return extended(trace.dot, self.names)

    def described(self) -> str:
        return "." + ".".join(self.names)


class Access(Node):
    """`base.a.b`: a path from a variable or from any other value."""

    __slots__ = ("base", "names")

    def __init__(self, base: Node, names: tuple[str, ...], start: int, end: int) -> None:
        super().__init__(start, end)
        self.base = base
        self.names = names

    def evaluate(self, run: Run) -> Any:
        value = self.base.evaluate(run)
        for name in self.names:
            value = value.get(name, MISSING) if type(value) is dict else _field(run, value, name, self)
            if value is MISSING:
                return run.missing(self)
        return value

    def path(self, trace: Trace) -> Path | None:
        return extended(self.base.path(trace), self.names)

    def described(self) -> str:
        return ".".join((self.base.described(), *self.names))


class Index(Node):
    """`base[key]`: a map's key may be missing, a list's position may not (B-061)."""

    __slots__ = ("base", "key")

    def __init__(self, base: Node, key: Node, start: int, end: int) -> None:
        super().__init__(start, end)
        self.base = base
        self.key = key

    def evaluate(self, run: Run) -> Any:
        base, key = self.base.evaluate(run), self.key.evaluate(run)
        try:
            value = item(run, base, key)
        except ExpressionError as error:
            raise error.placed(self.start, self.end) from None
        return run.missing(self) if value is MISSING else value

    def path(self, trace: Trace) -> Path | None:
        base = self.base.path(trace)
        self.key.trace(trace)
        known = self.key.value if isinstance(self.key, Literal) else ANY
        return extended(base, (str(known),))

    def described(self) -> str:
        key = repr(self.key.value) if isinstance(self.key, Literal) else self.key.described()
        return f"{self.base.described()}[{key}]"


class Method(Node):
    """`base.name(args)`: asks a view, such as a tool, to do something."""

    __slots__ = ("args", "base", "name")

    def __init__(self, base: Node, name: str, args: tuple[Node, ...], start: int, end: int) -> None:
        super().__init__(start, end)
        self.base = base
        self.name = name
        self.args = args

    def evaluate(self, run: Run) -> Any:
        run.spend(1)
        base = self.base.evaluate(run)
        args = [settle(run, argument.evaluate(run)) for argument in self.args]
        try:
            if isinstance(base, View):
                return base.call(self.name, args)
            message = f"{self.described()} cannot be called: {self.base.described()} is {kind_of(base)}"
            raise ExpressionError("EXPR_NOT_CALLABLE", message, hint="only tools have methods: .tools.ID.action(…)")
        except ExpressionError as error:
            raise error.placed(self.start, self.end) from None

    def path(self, trace: Trace) -> Path | None:
        trace.note(extended(self.base.path(trace), (self.name,)), self.start)
        for argument in self.args:
            argument.trace(trace)
        return None

    def described(self) -> str:
        base = self.base.described()
        return f"{base.rstrip('.')}.{self.name}"


class Both(Node):
    """`a && b`: true or false; `b` is looked at only if needed."""

    __slots__ = ("left", "right", "stop")

    def __init__(self, sign: str, left: Node, right: Node) -> None:
        super().__init__(left.start, right.end)
        self.stop = sign == "||"
        self.left = left
        self.right = right

    def evaluate(self, run: Run) -> Any:
        try:
            left = self.left.evaluate(run)
            if (left if isinstance(left, bool) else truth(run, left)) is self.stop:
                return self.stop
            right = self.right.evaluate(run)
            return right if isinstance(right, bool) else truth(run, right)
        except ExpressionError as error:
            raise error.placed(self.start, self.end) from None

    def path(self, trace: Trace) -> Path | None:
        asked, first = trace.asked, len(trace.reads)
        _tested(self.left, trace)
        trace.settle(first)
        _tested(self.right, trace)
        trace.asked = asked
        return None


class Unary(Node):
    """A sign before a value; subclasses say what it does."""

    __slots__ = ("value",)

    def __init__(self, value: Node, start: int) -> None:
        super().__init__(start, value.end)
        self.value = value

    def path(self, trace: Trace) -> Path | None:
        self.value.trace(trace)
        return None


class Not(Unary):
    """`!a`."""

    __slots__ = ()

    def evaluate(self, run: Run) -> Any:
        try:
            return not truth(run, self.value.evaluate(run))
        except ExpressionError as error:
            raise error.placed(self.start, self.end) from None

    def path(self, trace: Trace) -> Path | None:
        asked = trace.asked
        trace.ask(self.value)
        trace.asked = asked
        return None


class Negative(Unary):
    """`-a`."""

    __slots__ = ()

    def evaluate(self, run: Run) -> Any:
        try:
            return negated(opened(run, self.value.evaluate(run)))
        except ExpressionError as error:
            raise error.placed(self.start, self.end) from None


class Binary(Node):
    """Two values and a sign; subclasses say what the sign does."""

    __slots__ = ("left", "right", "sign")

    def __init__(self, sign: str, left: Node, right: Node) -> None:
        super().__init__(left.start, right.end)
        self.sign = sign
        self.left = left
        self.right = right

    def evaluate(self, run: Run) -> Any:
        left, right = self.left.evaluate(run), self.right.evaluate(run)
        try:
            return self.apply(run, left, right)
        except ExpressionError as error:
            raise error.placed(self.start, self.end) from None

    def apply(self, run: Run, left: Any, right: Any) -> Any:
        """Returns what the sign makes of two values."""
        raise NotImplementedError

    def path(self, trace: Trace) -> Path | None:
        self.left.trace(trace)
        self.right.trace(trace)
        return None


class Equality(Binary):
    """`a == b` and `a != b`."""

    __slots__ = ("wanted",)

    def __init__(self, sign: str, left: Node, right: Node) -> None:
        super().__init__(sign, left, right)
        self.wanted = sign == "=="

    def evaluate(self, run: Run) -> Any:
        left, right = self.left.evaluate(run), self.right.evaluate(run)
        if type(left) is str and type(right) is str:
            return same_text(run, left, right) is self.wanted
        try:
            return equal(run, left, right) is self.wanted
        except ExpressionError as error:
            raise error.placed(self.start, self.end) from None

    def path(self, trace: Trace) -> Path | None:
        sides = (self.left, self.right)
        if not any(isinstance(side, Literal) and side.value is None for side in sides):
            return super().path(trace)
        asked = trace.asked
        for side in sides:
            trace.ask(side)
        trace.asked = asked
        return None


class Ordering(Binary):
    """`a < b` and its kin."""

    __slots__ = ()

    def apply(self, run: Run, left: Any, right: Any) -> Any:
        left, right = opened(run, left), opened(run, right)
        if isinstance(left, str) and isinstance(right, str):
            run.spend(min(len(left), len(right)) // COMPARED_PER_STEP)
        return ordered(self.sign, left, right)


class Arithmetic(Binary):
    """`a + b` and its kin."""

    __slots__ = ()

    def apply(self, run: Run, left: Any, right: Any) -> Any:
        return arithmetic(run, self.sign, left, right)


def _tested(node: Node, trace: Trace) -> None:
    """Walks through one side of `&&` or `||`: a bare path there only asks whether it holds."""
    if isinstance(node, (Field, Access, Index)):
        trace.ask(node)
    else:
        node.trace(trace)


def item(run: Run, base: Any, key: Any) -> Any:
    """Returns what `base` has at `key`, or `MISSING`."""
    base, key = opened(run, base), opened(run, key)
    if base is None:
        return MISSING
    if isinstance(key, str) and isinstance(base, (dict, View)):
        return run.field(base, key)
    if type(key) is not int:
        wanted = "a text key" if isinstance(base, dict) else "a position"
        raise ExpressionError("EXPR_INDEX", f"{kind_of(base)} is indexed with {wanted}, not with {kind_of(key)}")
    return _at(run, base, key)


def _at(run: Run, base: Any, index: int) -> Any:
    if isinstance(base, View) and base.is_list:
        found, count = base.at(index) if index >= 0 else MISSING, run.count(base)
    elif isinstance(base, list):
        found, count = base[index] if 0 <= index < len(base) else MISSING, len(base)
    elif isinstance(base, (dict, View)):
        return run.field(base, str(index))
    else:
        raise ExpressionError("EXPR_INDEX", f"{kind_of(base)} has no positions")
    if found is MISSING:
        message = f"there is no position {index}: the list has {count} entries, counted from 0"
        raise ExpressionError("EXPR_INDEX", message)
    return found


def _field(run: Run, value: Any, name: str, node: Node) -> Any:
    """The way of a path through everything that is not a plain map."""
    try:
        return run.field(value, name)
    except ExpressionError as error:
        raise error.placed(node.start, node.end) from None
