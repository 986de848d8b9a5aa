"""A compiled template, and a tree of them: what definitions hold where YAML has text with `{{ }}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from statewright.kernel import values
from statewright.kernel.expressions.blocks import Block
from statewright.kernel.expressions.evaluate import ExpressionError, Scope
from statewright.kernel.expressions.made import settle
from statewright.kernel.expressions.nodes import Node
from statewright.kernel.expressions.operators import kind_of, opened
from statewright.kernel.expressions.run import Run
from statewright.kernel.expressions.trace import Path, Read, Trace
from statewright.kernel.expressions.undefined import undefined
from statewright.kernel.expressions.views import MISSING
from statewright.kernel.values import Concat, Json

TRUE = "true"


class Template(msgspec.Struct, frozen=True, eq=False):
    """One text with actions in it.

    `sole` is the expression of a text that is exactly one action: such a template keeps the native type of its value.
    """

    source: str
    body: Block
    templates: Mapping[str, Block] = {}
    sole: Node | None = None
    go: bool = False
    missing_key: str = "default"
    reads_json: bool = False

    @property
    def names(self) -> tuple[Path, ...]:
        """The paths that this template reads, in the order of the source; `*` is a key that only a run knows."""
        return self._traced().found()

    @property
    def reads(self) -> tuple[Read, ...]:
        """Every read of a path, with what its author asked for before."""
        return tuple(self._traced().reads)

    def _traced(self) -> Trace:
        trace = Trace(dict(self.templates))
        self.body.trace(trace)
        return trace

    def evaluate(self, scope: Scope) -> Json:
        """Returns the native value of a sole action, else the text."""
        run = Run(scope)
        try:
            return self.evaluate_in(run)
        finally:
            run.end()

    def required(self, scope: Scope) -> Json:
        """Returns the value; what is missing is an error that names it."""
        run = Run(scope)
        run.strict = True
        try:
            return self.evaluate_in(run)
        finally:
            run.end()

    def text(self, scope: Scope) -> str | Concat:
        """Returns the text; with secrets in it, what it consists of."""
        run = Run(scope)
        self._begin(run)
        try:
            self.body.render(run)
            return run.written()
        finally:
            run.end()

    def truth(self, scope: Scope) -> bool:
        """Returns what a condition says: a native true or false, or the text "true" of any other template."""
        run = Run(scope)
        try:
            value = opened(run, self.evaluate_in(run))
        except ExpressionError as error:
            raise error.placed(0, len(self.source)) from None
        finally:
            run.end()
        if isinstance(value, bool):
            return value
        if isinstance(value, str):
            return value.strip() == TRUE
        if value is None:
            return False
        message = f"a condition must be true or false, this is {kind_of(value)}"
        raise ExpressionError("EXPR_RESULT_TYPE", message, 0, len(self.source), "compare it: … > 0, … != null")

    def evaluate_in(self, run: Run) -> Json:
        """Returns the value, spending the budget of a run that several templates share."""
        self._begin(run)
        if self.sole is None or self.go:
            self.body.render(run)
            text = run.written()
            return _parsed(text) if self.reads_json and isinstance(text, str) else text
        run.spend(self.body.weight)
        value = self.sole.evaluate(run)
        if value is None:
            if run.strict:
                undefined(run, self.sole)
            return None
        return self._settled(run, value)

    def _begin(self, run: Run) -> None:
        run.begin(self.body.slots, self.templates, go=self.go, missing_key=self.missing_key)

    def _settled(self, run: Run, value: Any) -> Json:
        if value is MISSING:
            return None
        try:
            return settle(run, value)
        except ExpressionError as error:
            raise error.placed(0, len(self.source)) from None


class Tree:
    """A value whose texts may be templates: rendered from the top, keys as they are."""

    __slots__ = ("constant", "value")

    def __init__(self, value: Json) -> None:
        self.value = value
        self.constant = not _templates(value)

    @property
    def names(self) -> tuple[Path, ...]:
        """The paths that the templates read, in the order of the value."""
        return tuple(dict.fromkeys(path for template in _templates(self.value) for path in template.names))

    def evaluate(self, scope: Scope) -> Json:
        """Returns the value with every template evaluated; they share one budget."""
        if self.constant:
            return self.value
        run = Run(scope)
        try:
            return _rendered(self.value, run)
        finally:
            run.end()


def _rendered(value: Json, run: Run) -> Json:
    kind = type(value)
    if kind is Template:
        return value.evaluate_in(run)
    if kind is dict:
        # Mostly a map of templates: they are evaluated here, what nests goes round.
        return {
            key: item.evaluate_in(run) if type(item) is Template else _rendered(item, run)
            for key, item in value.items()
        }
    if kind is list:
        return [_rendered(item, run) for item in value]
    return value


def _templates(value: Json) -> list[Template]:
    if isinstance(value, Template):
        return [value]
    if isinstance(value, (dict, list)):
        items = value.values() if isinstance(value, dict) else value
        return [template for item in items for template in _templates(item)]
    return []


def _parsed(text: str) -> Json:
    """Text that is a JSON list or map becomes it (workflows.md 4.4, case 3a); any other stays text."""
    if text[:1] not in ("{", "["):
        return text
    try:
        return values.admit(msgspec.json.decode(text))
    except (msgspec.DecodeError, values.ValueRefused):
        return text
