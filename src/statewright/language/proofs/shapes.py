"""What a template can come to, as a JSON Schema: literals, paths through tasks and inputs, functions of a known result.

Where a value cannot be followed the answer is None, and nobody says anything about it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Literal as Word

from statewright.kernel.expressions import comprehensions, conditions
from statewright.kernel.expressions import nodes as expressions
from statewright.kernel.expressions.calls import Call, ScopeCall
from statewright.kernel.expressions.template import Template, Tree
from statewright.kernel.expressions.trace import Path, Trace
from statewright.kernel.program import ROOT, Node, Prompt
from statewright.kernel.tasks.basic import Pass, UseTool
from statewright.kernel.values import Json
from statewright.language.proofs.layout import Layout
from statewright.language.proofs.schemas import DEPTH_MAX, Shape, any_of, descended, kinds

# When in a task's life a template is rendered: before its input is there, with it, or when its output is there too.
Phase = Word["with", "body", "outputs"]

OWN_INPUT = ("input", "with", "task_input")
_ITEM = ("item", "index")
TEXT: Shape = {"type": "string"}
_PLAIN: dict[str, tuple[str, ...]] = {
    "integer": ("length", "len", "int", "int64", "atoi"),
    "number": ("float64", "addf", "subf", "mulf", "divf", "avg"),
    "boolean": (
        "eq", "ne", "lt", "le", "gt", "ge", "not", "contains", "hasPrefix", "hasSuffix", "hasKey", "has", "empty",
    ),
    "string": (
        "toJson", "toPrettyJson", "toRawJson", "join", "upper", "lower", "title", "trim", "trimAll", "trimPrefix",
        "trimSuffix", "quote", "squote", "printf", "print", "println", "repeat", "replace", "trunc", "nospace",
        "toString", "b64enc", "sha256sum", "kebabcase", "snakecase", "camelcase", "indent", "nindent", "date", "cat",
    ),
    "array": ("list", "splitList", "keys", "values", "sortAlpha", "uniq", "toStrings", "flatten", "until"),
    "object": ("dict",),
}  # fmt: skip
# The kind of value that a function returns whatever it is given.
RESULTS: dict[str, Shape] = {name: {"type": kind} for kind, names in _PLAIN.items() for name in names}


class Shapes:
    """Follows values through one program."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._program = layout.program
        self._inputs: dict[str, Shape | None] = {}
        # What a template comes to, by what it is part of; None while it is looked at, so that circles end.
        self._known: dict[tuple[Template, str, Phase], Shape | None] = {}

    def of(self, value: Json, node: Node, phase: Phase, depth: int = 0) -> Shape | None:
        """Returns what a value of a definition comes to: a constant, a template, or a map or list of them."""
        if depth > DEPTH_MAX:
            return None
        if isinstance(value, Tree):
            value = value.value
        if isinstance(value, Template):
            return self._template(value, node, phase, depth)
        if isinstance(value, dict):
            inner = {name: self.of(item, node, phase, depth + 1) or {} for name, item in value.items()}
            return {"type": "object", "properties": inner, "required": [*inner], "additionalProperties": False}
        if isinstance(value, list):
            return {"type": "array"}
        return {"const": value}

    def _template(self, template: Template, node: Node, phase: Phase, depth: int) -> Shape | None:
        if template.sole is None:
            return None if template.reads_json else TEXT
        known = (template, node.key, phase)
        if known not in self._known:
            self._known[known] = None
            self._known[known] = self.result(template.sole, node, phase, depth)
        return self._known[known]

    def result(self, expression: object, node: Node, phase: Phase, depth: int = 0) -> Shape | None:
        """Returns what an expression comes to."""
        if isinstance(expression, expressions.Literal):
            return {"const": expression.value}
        follow = next((_RESULTS[kind] for kind in type(expression).__mro__ if kind in _RESULTS), None)
        if follow is not None:
            return follow(self, expression, node, phase, depth)
        path = path_of(expression)
        return None if path is None else self.at(path, node, phase, depth)

    def at(self, path: Path, node: Node, phase: Phase, depth: int = 0) -> Shape | None:
        """Returns what lies at a path, as the task sees it in a phase."""
        start, rest = self.start(path, node, phase, depth)
        return descended(start, rest)

    def start(self, path: Path, node: Node, phase: Phase, depth: int = 0) -> tuple[Shape | None, Path]:
        """Returns the outermost known value on a path, and what of the path lies below it."""
        if depth > DEPTH_MAX:
            return None, ()
        if path[:1] == ("tasks",) and len(path) > 2 and path[2] == "output":
            # A task that could not be compiled has a place, and no node.
            key = self._program.places.get(path[1])
            named = None if key is None else self._program.nodes.get(key)
            return (None, ()) if named is None else self._output(named, path[3:], depth + 1)
        if path[:2] == ("workflow", "input"):
            return self.workflow_input(), path[2:]
        if path[:1] and path[0] in OWN_INPUT:
            if node.key == ROOT or phase == "with":
                return self.workflow_input(), path[1:]
            return self._input(node, path[1:], depth)
        if path[:1] == ("output",) and phase == "outputs" and node.key != ROOT:
            return self._raw(node, path[1:], depth + 1)
        return None, ()

    def workflow_input(self) -> Shape:
        """Returns what a run starts with."""
        return self._program.input.document if self._program.input is not None else {"type": "object"}

    def given(self, node: Node, depth: int = 0) -> Shape | None:
        """Returns a task's input: its `with`, over what its container and its arrow bring."""
        own = self.of(node.with_.value if node.with_ is not None else {}, node, "with", depth + 1)
        if own is None:
            return None
        brought = self.brought(node.key)
        if "*" in brought:
            return {**own, "additionalProperties": True}
        others: Shape = {name: {} for name in brought}
        declared = node.input.document.get("properties") if node.input is not None else None
        inner = {**(declared if isinstance(declared, dict) else {}), **others, **own["properties"]}
        return {**own, "properties": inner}

    def _input(self, node: Node, rest: Path, depth: int) -> tuple[Shape | None, Path]:
        """Returns the part of a task's input that a path goes on in, without looking at the others."""
        own = node.with_.value if node.with_ is not None else {}
        if rest and rest[0] in own:
            return self.of(own[rest[0]], node, "with", depth + 1), rest[1:]
        if node.key not in self._inputs:
            self._inputs[node.key] = self.given(node, depth + 1)
        return self._inputs[node.key], rest

    def brought(self, key: str) -> frozenset[str]:
        """Returns the names that a task's input may have without saying so itself; `*` where that is not known."""
        nodes, above = self._program.nodes, [one for one in self._layout.ancestors(key) if one != ROOT]
        found = {name for one in above for name in _names(nodes[one].with_)}
        found |= {name for one in (key, *above) for tree in self._arrows.get(one, ()) for name in _names(tree)}
        return frozenset(found.union(_ITEM if any(nodes[one].kind.name == "collection" for one in above) else ()))

    @cached_property
    def _arrows(self) -> dict[str, list[Tree]]:
        """What arrows bring, by the task that they lead to."""
        found: dict[str, list[Tree]] = {}
        for node in self._program.nodes.values():
            for arrow in (node.on_success, node.on_error):
                if arrow is not None and arrow.with_ is not None:
                    found.setdefault(arrow.node, []).append(arrow.with_)
        return found

    def _output(self, node: Node, rest: Path, depth: int) -> tuple[Shape | None, Path]:
        """Returns what a finished task shows of itself."""
        if depth > DEPTH_MAX:
            return None, ()
        if node.outputs is None:
            return self._raw(node, rest, depth)
        value, walked = node.outputs.value, 0
        while walked < len(rest) and isinstance(value, dict) and rest[walked] in value:
            value, walked = value[rest[walked]], walked + 1
        return self.of(value, node, "outputs", depth + 1), rest[walked:]

    def _raw(self, node: Node, rest: Path, depth: int) -> tuple[Shape | None, Path]:
        """Returns what a task's own work comes to."""
        component = getattr(node.fields, "component", None)
        if isinstance(component, Pass):
            return self.given(node, depth + 1), rest
        if isinstance(component, Prompt):
            return _answer(component), rest
        if isinstance(component, UseTool):
            tool = self._program.tools.get(component.tool)
            return (tool.output.document if tool is not None and tool.output is not None else None), rest
        children = getattr(node.fields, "tasks", None)
        if children and rest and node.kind.name in ("parallel", "composite"):
            inner = [key for key in children if self._program.places.get(rest[0]) == key]
            return self._output(self._program.nodes[inner[0]], rest[1:], depth + 1) if inner else (None, ())
        if node.kind.name == "collection" and not rest:
            return {"type": "array"}, ()
        return None, ()

    def _called(self, call: Call, node: Node, phase: Phase, depth: int) -> Shape | None:
        if call.name == "default":
            return any_of([self.result(argument, node, phase, depth + 1) for argument in call.args])
        return RESULTS.get(call.name)

    def _chosen(self, choice: conditions.Choice, node: Node, phase: Phase, depth: int) -> Shape | None:
        return any_of([self.result(value, node, phase, depth + 1) for value in (choice.yes, choice.no)])

    def _supplied(self, call: ScopeCall, node: Node, phase: Phase, depth: int) -> Shape | None:
        """`validateSchema` returns what fits the schema; a list may be validated element by element."""
        if call.name != "validateSchema" or len(call.args) != 2:
            return None
        id = getattr(call.args[1], "value", None)
        schema = self._program.schemas.get(id) if isinstance(id, str) else None
        known = kinds(self.result(call.args[0], node, phase, depth + 1))
        return schema.document if schema is not None and known is not None and "array" not in known else None


def phase_of(slot: str) -> Phase:
    """Returns when the templates of a slot are rendered."""
    if slot == "with":
        return "with"
    return "outputs" if slot in ("outputs", "on_success", "on_error") else "body"


def path_of(expression: object) -> Path | None:
    """Returns the path that an expression is; None where it is anything else."""
    plain = (expressions.Field, expressions.Access, expressions.Index)
    return expression.path(Trace({})) if isinstance(expression, plain) else None


def _answer(prompt: Prompt) -> Shape | None:
    if prompt.schema is not None:
        return prompt.schema.document
    if prompt.json_mode:
        return None
    return {"type": "object", "properties": {"response": TEXT}, "additionalProperties": False}


def _names(tree: Tree | None) -> Iterable[str]:
    if tree is None:
        return ()
    return tree.value if isinstance(tree.value, dict) else ("*",)


Follow = Callable[[Shapes, Json, Node, Phase, int], Shape | None]
_BOOLEAN: Follow = lambda shapes, expression, node, phase, depth: {"type": "boolean"}  # noqa: E731  # a table's row
_RESULTS: dict[type, Follow] = {
    expressions.Equality: _BOOLEAN,
    expressions.Ordering: _BOOLEAN,
    expressions.Both: _BOOLEAN,
    expressions.Not: _BOOLEAN,
    expressions.Negative: lambda shapes, expression, node, phase, depth: {"type": "number"},
    comprehensions.Every: _BOOLEAN,
    comprehensions.Single: _BOOLEAN,
    conditions.Has: _BOOLEAN,
    conditions.Verdict: _BOOLEAN,
    conditions.Within: _BOOLEAN,
    conditions.Choice: Shapes._chosen,
    Call: Shapes._called,
    ScopeCall: Shapes._supplied,
}
