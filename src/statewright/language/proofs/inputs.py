"""Proves that what flows into a tool, an action or a task's own `input` can fit its schema: kinds, values, names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from statewright.kernel.expressions.template import Template
from statewright.kernel.program import Node
from statewright.kernel.tasks.basic import UseTool
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import Diagnostic, did_you_mean
from statewright.language.proofs.layout import name_of
from statewright.language.proofs.picture import Picture
from statewright.language.proofs.schemas import OBJECT, Shape, disjoint, kinds, part
from statewright.language.proofs.shapes import Shapes, path_of


class Wanted(NamedTuple):
    """What somebody takes: its schema, its id, what it is, and the names that are filled in beside `with`."""

    schema: Shape
    id: str
    what: str
    filled: frozenset[str] = frozenset()


def check_inputs(picture: Picture, shapes: Shapes) -> None:
    """Complains about input that no run can accept."""
    for node in picture.program.nodes.values():
        for wanted in _wanted(node, picture):
            _Check(node, wanted, picture, shapes).input()


def _wanted(node: Node, picture: Picture) -> Iterator[Wanted]:
    if node.input is not None:
        id = node.action or name_of(node)
        yield Wanted(node.input.document, id, f"{'action' if node.action else 'task'} {id!r}")
    component = getattr(node.fields, "component", None)
    tool = picture.program.tools.get(component.tool) if isinstance(component, UseTool) else None
    if tool is not None and tool.input is not None:
        yield Wanted(tool.input.document, tool.id, f"tool {tool.id!r}", frozenset(tool.with_ or ()))


class _Check:
    """Compares one task's `with` with one schema."""

    def __init__(self, node: Node, wanted: Wanted, picture: Picture, shapes: Shapes) -> None:
        self._node = node
        self._id = wanted.id
        self._what = wanted.what
        self._schema = wanted.schema
        self._brought = wanted.filled | shapes.brought(node.key)
        self._picture = picture
        self._shapes = shapes

    def input(self) -> None:
        own = self._node.with_.value if self._node.with_ is not None else {}
        if "*" not in self._brought:
            self._missing(self._schema, own, ())
        self._map(self._schema, own, ())

    def _map(self, schema: Shape, given: dict[str, Json], keys: tuple[str, ...]) -> None:
        for name, value in given.items():
            found = part({"type": "object", **schema}, name)
            if isinstance(found, dict):
                self._value(found, value, (*keys, name))
            elif found is not None and found.closed:
                self._unknown(name, found.names, keys)

    def _value(self, schema: Shape, value: Json, keys: tuple[str, ...]) -> None:
        reason = disjoint(schema, self._shapes.of(value, self._node, "with"))
        if reason:
            self._tell("TYPE_FLOW", f"{'.'.join((self._id, *keys))} {reason}{self._origin(value)}", keys)
        elif isinstance(value, dict) and kinds(schema) == OBJECT:
            self._missing(schema, value, keys)
            self._map(schema, value, keys)

    def _missing(self, schema: Shape, given: dict[str, Json], keys: tuple[str, ...]) -> None:
        required, properties = schema.get("required"), schema.get("properties")
        for name in required if isinstance(required, list) else ():
            inner = properties.get(name) if isinstance(properties, dict) else None
            filled = isinstance(inner, dict) and "default" in inner
            if name not in given and not filled and (keys or name not in self._brought):
                message = f"{self._what} needs {'.'.join((*keys, str(name)))!r}"
                self._tell("INPUT_MISSING", message, keys, hint=f"give it under `{'.'.join(('with', *keys))}`")

    def _unknown(self, name: str, names: tuple[str, ...], keys: tuple[str, ...]) -> None:
        hint = did_you_mean(name, names, listed="it takes")
        self._tell("INPUT_UNKNOWN", f"{self._what} takes no {'.'.join((*keys, name))!r}", (*keys, name), hint=hint)

    def _origin(self, value: Json) -> str:
        """Returns where a value comes from, if that is another place of the text."""
        path = path_of(value.sole) if isinstance(value, Template) else None
        if path is None:
            return ""
        key = self._picture.program.places.get(path[1]) if path[0] == "tasks" and len(path) > 1 else None
        node = self._picture.program.nodes.get(key or "") if key else None
        line = f" (line {node.place.line})" if node is not None and node.place is not None else ""
        return f" from {'.'.join(path[1:] if path[0] == 'tasks' else path)}{line}"

    def _tell(self, code: str, message: str, keys: tuple[str, ...], *, hint: str = "") -> None:
        found = Diagnostic(code=code, message=message, hint=hint or "change the value, or the schema")
        at = self._picture.entry(self._node.key, "with", *keys)
        if at is None or not keys:
            self._picture.at_node(found, self._node)
        else:
            self._picture.at_entry(found, at)
