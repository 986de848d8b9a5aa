"""Nodes that only conditions have: what CEL does otherwise than templates do.

A name needs no dot before it and must exist, unless `has()` asks; `&&` and `||` take true and false alone, and the side
that decides makes good an error of the other; whole numbers divide to whole numbers.
"""

from __future__ import annotations

from typing import Any

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.lists import COMPARISON_COST, made
from statewright.kernel.expressions.made import ENTRIES_PER_STEP, MadeDict, settle
from statewright.kernel.expressions.nodes import (
    Access,
    Arithmetic,
    Binary,
    Both,
    Equality,
    Field,
    Index,
    Node,
    Not,
    item,
)
from statewright.kernel.expressions.operators import bounded, equal, kind_of, mismatch, opened
from statewright.kernel.expressions.run import Run
from statewright.kernel.expressions.trace import Path, Trace
from statewright.kernel.expressions.undefined import Gap, Undefined
from statewright.kernel.expressions.views import MISSING, View

# These end the evaluation as a whole; no other side of `&&` or `||` makes them good.
FINAL = frozenset({"EXPR_CALLS_LIMIT", "EXPR_DEPTH", "EXPR_OUTPUT_LIMIT", "EXPR_SECRET", "EXPR_STEP_LIMIT"})
# What it takes to raise an error and to go on without it.
ABSORBED_COST = 8
# To `has()` these are answers.
ABSENT = ("EXPR_INDEX", "EXPR_UNDEFINED")


class Name(Field):
    """`a.b`: a path from the scope. `hint` is for a path that may have been meant as another."""

    __slots__ = ("hint",)

    def __init__(self, names: tuple[str, ...], start: int, end: int) -> None:
        super().__init__(names, start, end)
        self.hint = ""

    def evaluate(self, run: Run) -> Any:
        return walked(run, run.vars[0], self, "", self.hint)

    def path(self, trace: Trace) -> Path | None:
        return self.names

    def described(self) -> str:
        return ".".join(self.names)


class Select(Access):
    """`base.a.b`."""

    __slots__ = ()

    def evaluate(self, run: Run) -> Any:
        return walked(run, self.base.evaluate(run), self, f"{self.base.described()}.")


class Position(Index):
    """`base[key]`."""

    __slots__ = ()

    def evaluate(self, run: Run) -> Any:
        base, key = self.base.evaluate(run), self.key.evaluate(run)
        try:
            value = item(run, base, key)
        except ExpressionError as error:
            raise error.placed(self.start, self.end) from None
        if value is MISSING:
            raise Undefined(self.described(), self, Gap(base, f"{self.base.described()}.", str(key)))
        return value


class Has(Node):
    """`has(a.b)`: whether every name on the way is there."""

    __slots__ = ("value",)

    def __init__(self, value: Node, start: int, end: int) -> None:
        super().__init__(start, end)
        self.value = value

    def evaluate(self, run: Run) -> Any:
        try:
            self.value.evaluate(run)
        except ExpressionError as error:
            if error.code not in ABSENT:
                raise
            run.spend(ABSORBED_COST)
            return False
        return True

    def path(self, trace: Trace) -> Path | None:
        asked = trace.asked
        trace.ask(self.value)
        trace.asked = asked
        return None


class Decision(Both):
    """`a && b` and `a || b`, in either order."""

    __slots__ = ()

    def evaluate(self, run: Run) -> Any:
        left = attempted(self.left, run)
        if left is self.stop:
            return left
        right = attempted(self.right, run)
        if right is self.stop:
            return right
        for side in (left, right):
            if isinstance(side, ExpressionError):
                raise side
        return not self.stop

    def path(self, trace: Trace) -> Path | None:
        asked, first = trace.asked, len(trace.reads)
        self.left.trace(trace)
        trace.settle(first)
        self.right.trace(trace)
        trace.asked = asked
        return None


class Opposite(Not):
    """`!a`."""

    __slots__ = ()

    def evaluate(self, run: Run) -> Any:
        return not decided(self.value, run)

    def path(self, trace: Trace) -> Path | None:
        self.value.trace(trace)
        return None


class Choice(Node):
    """`a ? b : c`: only the chosen one is evaluated."""

    __slots__ = ("condition", "no", "yes")

    def __init__(self, condition: Node, yes: Node, no: Node) -> None:
        super().__init__(condition.start, no.end)
        self.condition = condition
        self.yes = yes
        self.no = no

    def evaluate(self, run: Run) -> Any:
        return (self.yes if decided(self.condition, run) else self.no).evaluate(run)

    def path(self, trace: Trace) -> Path | None:
        asked, first = trace.asked, len(trace.reads)
        self.condition.trace(trace)
        trace.settle(first)
        self.yes.trace(trace)
        self.no.trace(trace)
        trace.asked = asked
        return None


class Same(Equality):
    """`a == b` and `a != b`; comparing with null does not ask whether something is there."""

    __slots__ = ()

    def path(self, trace: Trace) -> Path | None:
        return Binary.path(self, trace)


class Within(Binary):
    """`a in b`: an entry of a list, a key of a map."""

    __slots__ = ()

    def apply(self, run: Run, left: Any, right: Any) -> Any:
        right = opened(run, right)
        if isinstance(right, dict) or (isinstance(right, View) and not right.is_list):
            return isinstance(left, str) and run.field(right, left) is not MISSING
        entries = settle(run, right)
        if not isinstance(entries, list):
            hint = "write TEXT.contains(PART)" if isinstance(right, str) else ""
            raise ExpressionError("EXPR_TYPE", f"'in' looks into a list or a map, not into {kind_of(right)}", hint=hint)
        for entry in entries:
            run.spend(COMPARISON_COST)
            if equal(run, left, entry):
                return True
        return False


class Calculation(Arithmetic):
    """`a + b` and its kin: whole numbers stay whole, lists are joined."""

    __slots__ = ()

    def apply(self, run: Run, left: Any, right: Any) -> Any:
        left, right = _listed(run, left), _listed(run, right)
        if self.sign == "+" and isinstance(left, list) and isinstance(right, list):
            run.make_room(len(left) + len(right))
            return made(run, [*left, *right])
        whole = type(left) is int and type(right) is int
        if self.sign == "/" and whole and right != 0:
            quotient = abs(left) // abs(right)
            return bounded(quotient if (left < 0) == (right < 0) else -quotient)
        if self.sign == "%" and not whole:
            raise mismatch(self.sign, left, right, "two whole numbers")
        return super().apply(run, left, right)


class ListOf(Node):
    """`[a, b]`."""

    __slots__ = ("entries",)

    def __init__(self, entries: tuple[Node, ...], start: int, end: int) -> None:
        super().__init__(start, end)
        self.entries = entries

    def evaluate(self, run: Run) -> Any:
        return made(run, [entry.evaluate(run) for entry in self.entries])

    def path(self, trace: Trace) -> Path | None:
        for entry in self.entries:
            entry.trace(trace)
        return None


class MapOf(Node):
    """`{"a": b}`."""

    __slots__ = ("entries",)

    def __init__(self, entries: tuple[tuple[Node, Node], ...], start: int, end: int) -> None:
        super().__init__(start, end)
        self.entries = entries

    def evaluate(self, run: Run) -> Any:
        found = MadeDict()
        for key, value in self.entries:
            name = key.evaluate(run)
            if type(name) is not str:
                raise ExpressionError("EXPR_TYPE", f"a key is text, not {kind_of(name)}", key.start, key.end)
            if name in found:
                raise ExpressionError("EXPR_TYPE", f"the key {name!r} stands twice", key.start, key.end)
            found[name] = value.evaluate(run)
        run.spend(len(found) // ENTRIES_PER_STEP)
        return found

    def path(self, trace: Trace) -> Path | None:
        for key, value in self.entries:
            key.trace(trace)
            value.trace(trace)
        return None


class Verdict(Node):
    """The whole of a condition that must come to true or false."""

    __slots__ = ("value",)

    def __init__(self, value: Node) -> None:
        super().__init__(value.start, value.end)
        self.value = value

    def evaluate(self, run: Run) -> Any:
        value = opened(run, self.value.evaluate(run))
        if isinstance(value, bool):
            return value
        message = f"a condition must be true or false, this is {kind_of(value)}"
        raise ExpressionError("EXPR_RESULT_TYPE", message, self.start, self.end, "compare it: … > 0, … != null")

    def path(self, trace: Trace) -> Path | None:
        return self.value.trace(trace)


def decided(node: Node, run: Run) -> bool:
    """Returns what a part of a condition says; nothing but true and false counts as either."""
    value = opened(run, node.evaluate(run))
    if isinstance(value, bool):
        return value
    message = f"expected true or false, {node.described()} is {kind_of(value)}"
    raise ExpressionError("EXPR_TYPE", message, node.start, node.end, "compare it: … > 0, … != null")


def attempted(node: Node, run: Run) -> bool | ExpressionError:
    """Returns what a part of a condition says, or why it says nothing."""
    try:
        return decided(node, run)
    except ExpressionError as error:
        if error.code in FINAL:
            raise
        run.spend(ABSORBED_COST)
        return error


def walked(run: Run, value: Any, node: Name | Select, before: str, hint: str = "") -> Any:
    """Returns what lies under the names of a node, all of which must exist."""
    for name in node.names:
        try:
            found = value.get(name, MISSING) if type(value) is dict else run.field(value, name)
        except ExpressionError as error:
            raise error.placed(node.start, node.end) from None
        if found is MISSING:
            raise Undefined(before + name, node, Gap(value, before, name), hint=hint)
        value, before = found, f"{before}{name}."
    return value


def _listed(run: Run, value: Any) -> Any:
    value = opened(run, value) if not isinstance(value, (int, float, str)) else value
    return settle(run, value) if isinstance(value, View) else value
