"""The top level of what a template sees, and the calls that it can make: `.tools.X.fn(…)`, `.memory.X` (R24).

Source: workflows.md 4.3, 20.1 and 20.3.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from statewright.kernel import values
from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.views import MISSING
from statewright.kernel.moves import Request
from statewright.kernel.schemas import Schema
from statewright.kernel.state import Frame, Result
from statewright.kernel.values import Json, Secret
from statewright.kernel.views import ChildrenView, Lookup, MapView, TasksView, WorkflowView, plain

# Calls that the templates of one task may make; more is a workflow that hides in a prompt (R24).
TEMPLATE_CALLS_MAX = 20


class Asked(Exception):
    """Raised by a template that needs a tool's answer first. The answer is memoised and the text rendered again."""

    def __init__(self, key: str, request: Request) -> None:
        super().__init__(key)
        self.key = key
        self.request = request


class ScopeView(MapView):
    """The root of a template's data in the frame at `path`."""

    def __init__(self, lookup: Lookup, path: str, extra: dict[str, Json]) -> None:
        self._lookup = lookup
        self._path = path
        self._extra = extra

    def get(self, key: str) -> Any:
        """Returns the variable `key`: a fixed name, or one that a container of this frame introduced."""
        if key in self._extra:
            return self._extra[key]
        known = _NAMES.get(key)
        if known is not None:
            return known(self._lookup, self._path)
        return _given(self._lookup, self._path, key)

    def follow(self, names: tuple[str, ...]) -> tuple[Any, tuple[str, ...]]:
        """Goes to `.tasks.X.output` at once: what most templates read needs no view of all tasks, nor of one."""
        if names[0] != "tasks" or names[2:3] != ("output",) or "tasks" in self._extra:
            return self, names
        path = self._lookup.find(self._path, names[1])
        result = None if path is None else self._lookup.overlay.result(path)
        return (MISSING if path is None or result is None else self._lookup.shown(path, result)), names[3:]

    def names(self) -> list[str]:
        """Returns all names, for near misses."""
        return [*_NAMES, *self._extra]


class ToolsView(MapView):
    """`.tools`: the program's tools by id."""

    def __init__(self, lookup: Lookup, path: str) -> None:
        self._lookup = lookup
        self._path = path

    def get(self, key: str) -> Any:
        """Returns the callable tool."""
        return ToolView(self._lookup, self._path, key) if key in self._lookup.program.tools else MISSING

    def names(self) -> list[str]:
        """Returns the ids of the tools."""
        return list(self._lookup.program.tools)


class ToolView(MapView):
    """`.tools.X`: calling a method of it calls the tool with `action` set to the method's name."""

    def __init__(self, lookup: Lookup, path: str, tool: str) -> None:
        self._lookup = lookup
        self._path = path
        self._tool = self._lookup.program.tools[tool]

    def get(self, key: str) -> Any:
        """Returns what a person may read of a tool."""
        return {"id": self._tool.id, "description": self._tool.description}.get(key, MISSING)

    def names(self) -> list[str]:
        """Returns the readable facts."""
        return ["id", "description"]

    def call(self, name: str, args: list[Json]) -> Json:
        """Returns the memoised answer, or raises `Asked`."""
        request = {"input": self._bound(name, [plain(argument) for argument in args])}
        key = f"{self._tool.id}.{name}:{hashlib.sha256(values.encode(request)).hexdigest()[:16]}"
        frame = self._lookup.overlay.frame(self._path)
        assert frame is not None
        if key in frame.memo:
            return frame.memo[key]
        if len(frame.memo) >= TEMPLATE_CALLS_MAX:
            message = f"the templates of one task may make {TEMPLATE_CALLS_MAX} tool calls"
            raise ExpressionError("EXPR_CALLS_LIMIT", message, 0, 0)
        asking = Request(kind="tool", target=self._tool.id, request=request, role=f"memo:{key}", **self._manner())
        raise Asked(key, asking)

    def _manner(self) -> dict[str, Any]:
        node = self._lookup.program.nodes[_frame(self._lookup, self._path).node]
        return {
            "timeout": self._tool.timeout,
            "attempts": node.retry.attempts,
            "at_most_once": self._tool.at_most_once,
        }

    def _bound(self, name: str, args: list[Json]) -> Json:
        """Binds positional arguments to the properties of the input schema, in order, after `action`."""
        properties = self._tool.input.document.get("properties", {}) if self._tool.input else {}
        free = [key for key in properties if key != "action"]
        if len(args) > len(free):
            message = f"tool {self._tool.id!r} takes {len(free)} arguments, {name!r} got {len(args)}"
            raise ExpressionError("EXPR_ARGUMENTS", message, 0, 0)
        return {"action": name, **dict(zip(free, args, strict=False))}


def validated(schemas: dict[str, Schema], value: Json, id: str) -> Json:
    """The template function `validateSchema`: returns the value with defaults, or fails with what is wrong.

    A list against a schema of something else is validated element by element (workflows.md 20.1).
    """
    schema = schemas.get(id)
    if schema is None:
        listed = ", ".join(schemas) or "none"
        raise ExpressionError("SCHEMA_UNKNOWN", f"there is no schema {id!r}; known: {listed}", 0, 0)
    value = plain(value)
    if isinstance(value, list) and schema.document.get("type") != "array":
        return [_fitting(schema, item, f"[{index}]") for index, item in enumerate(value)]
    return _fitting(schema, value, "")


def _fitting(schema: Schema, value: Json, where: str) -> Json:
    filled = schema.with_defaults(value)
    problems = schema.problems(filled)
    if problems:
        told = "; ".join(f"{where}{problem.path}: {problem.message}" for problem in problems)
        raise ExpressionError("SCHEMA_VALIDATION", f"the value does not fit schema {schema.id!r}: {told}", 0, 0)
    return filled


def _frame(lookup: Lookup, path: str) -> Frame:
    frame = lookup.overlay.frame(path)
    assert frame is not None
    return frame


def _input(lookup: Lookup, path: str) -> Json:
    """Before a task's `with` is rendered, `.input` is the workflow's (workflows.md 4.3)."""
    frame = _frame(lookup, path)
    return lookup.overlay.run("input") if frame.phase == "with" or frame.parent is None else frame.input


def _output(lookup: Lookup, path: str) -> Any:
    frame = _frame(lookup, path)
    if frame.phase != "outputs":
        return MISSING
    return _finishing(lookup, path, frame)


def _finishing(lookup: Lookup, path: str, frame: Frame) -> Any:
    node = lookup.program.nodes[frame.node]
    if frame.parent is None:
        return frame.raw
    _, left = node.kind.extent(frame)
    result = Result(node=frame.node, id="", output=frame.raw, count=frame.count, left=left, target=frame.target)
    return node.kind.view(lookup, path, result)


def _children(lookup: Lookup, path: str) -> Any:
    view = _output(lookup, path)
    return view.tasks() if isinstance(view, ChildrenView) else MISSING


def _memory(lookup: Lookup, path: str) -> Json:
    """`.memory.X` is the conversation as text, one line a message (workflows.md 20.1)."""
    read = _frame(lookup, path).memory.get("conversations") or {}
    return {
        id: "\n".join(f"{message['role']}: {message['content']}" for message in messages)
        for id, messages in read.items()
    }


def _task(lookup: Lookup, path: str) -> Json:
    frame = _frame(lookup, path)
    node = lookup.program.nodes[frame.node]
    return {"id": node.id if isinstance(node.id, str) else path, "type": node.kind.name, "with": frame.input}


def _parent(lookup: Lookup, path: str) -> Any:
    parent = _frame(lookup, path).parent
    return MISSING if parent is None else ScopeView(lookup, parent, {})


def _config(lookup: Lookup, path: str) -> Json:
    program = lookup.program
    return {"id": program.id, "version": program.version, "description": program.description}


def _env(lookup: Lookup, path: str) -> Json:
    """The run's variables below the task's own; one that refers to a secret nobody set is not there either."""
    env: Json = lookup.overlay.run("env")
    own = lookup.program.nodes[_frame(lookup, path).node].env
    if not own:
        return env
    return {**env, **{name: value for name, value in own.items() if not isinstance(value, Secret) or value.name in env}}


def _given(lookup: Lookup, path: str, key: str) -> Any:
    """Returns a variable that the nearest container gave: `item`, `index` or the names that its author chose."""
    at: str | None = path
    while at is not None:
        frame = _frame(lookup, at)
        if key in frame.extra:
            return frame.extra[key]
        at = frame.parent
    return MISSING


_NAMES: dict[str, Callable[[Lookup, str], Any]] = {
    "workflow": lambda lookup, path: WorkflowView(lookup),
    "tasks": TasksView,
    "input": _input,
    "with": _input,
    "task_input": _input,
    "output": _output,
    "children": _children,
    "task": _task,
    "parent": _parent,
    "env": _env,
    "project": lambda lookup, path: lookup.program.project,
    "config": _config,
    "tools": ToolsView,
    "memory": _memory,
    "trigger": lambda lookup, path: {},
}
# What every template can begin with; containers give more.
SCOPE_NAMES: tuple[str, ...] = tuple(_NAMES)
