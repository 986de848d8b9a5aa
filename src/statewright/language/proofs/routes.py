"""Proves what a router can meet: where its condition is an answer with an enum, every value needs a route.

Follows `.tasks.X.output…` through the task's `outputs` to the schema of what was answered. What cannot be followed is
not judged.
"""

from __future__ import annotations

import re

from statewright.kernel.expressions.template import Template
from statewright.kernel.program import Node, Program, Prompt
from statewright.kernel.schemas import Schema
from statewright.kernel.tasks.basic import UseTool
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import Diagnostic
from statewright.language.tasks.graph import DEFAULT, ROUTER
from statewright.language.yaml.reading import Reader

_PLAIN_PATH = re.compile(r"\{\{-?\s*((?:\.[A-Za-z_][\w-]*)+)\s*-?\}\}\Z")


def check_routes(program: Program, reader: Reader) -> None:
    """Warns of routers that have no route for a value, and of routes that no value leads to."""
    for node in program.nodes.values():
        if node.kind.name == ROUTER:
            values = _values(node.fields.condition, program)
            if values:
                _compare(node, values, reader)


def _compare(node: Node, values: list[str], reader: Reader) -> None:
    routes = node.fields.routes
    open_ends = [value for value in values if value not in routes]
    if open_ends and DEFAULT not in routes:
        message = f"the condition may be {' | '.join(values)}; no route covers {', '.join(open_ends)}"
        _warn(node, "ROUTE_FALLS_THROUGH", message, f"add a `default` route, or cover: {', '.join(open_ends)}", reader)
    for route in routes:
        if route != DEFAULT and route not in values:
            message = f"the route {route!r} is never taken: the condition is {' | '.join(values)}"
            _warn(node, "ROUTE_UNREACHABLE", message, "remove it, or add the value to the schema's enum", reader)


def _warn(node: Node, code: str, message: str, hint: str, reader: Reader) -> None:
    width = len(node.id) if isinstance(node.id, str) else 1
    reader.problems.at_place(Diagnostic(code=code, message=message, hint=hint, severity="warning"), node.place, width)


def _values(condition: Template, program: Program) -> list[str]:
    """Returns what the condition can come to; nothing where that is not known."""
    path = _plain_path(condition)
    if len(path) < 3 or path[0] != "tasks" or path[2] != "output":
        return []
    node = program.nodes.get(program.places.get(path[1], ""))
    document = None if node is None else _answered(node, path[3:], program)
    enum = document.get("enum") if isinstance(document, dict) else None
    is_closed = isinstance(enum, list) and bool(enum) and all(isinstance(value, str) for value in enum)
    return list(enum) if is_closed and enum is not None else []


def _answered(node: Node, rest: tuple[str, ...], program: Program) -> Json:
    """Returns the schema of a part of a task's output."""
    if node.outputs is not None:
        value = node.outputs.value
        while rest and isinstance(value, dict):
            value, rest = value.get(rest[0]), rest[1:]
        path = _plain_path(value) if isinstance(value, Template) else ()
        if not path or path[0] != "output":
            return None
        rest = (*path[1:], *rest)
    schema = _schema(node, program)
    return None if schema is None else _part(schema.document, rest)


def _schema(node: Node, program: Program) -> Schema | None:
    component = getattr(node.fields, "component", None)
    if isinstance(component, Prompt):
        return component.schema
    if isinstance(component, UseTool):
        tool = program.tools.get(component.tool)
        return None if tool is None else tool.output
    return None


def _part(document: Json, rest: tuple[str, ...]) -> Json:
    for name in rest:
        properties = document.get("properties") if isinstance(document, dict) else None
        document = properties.get(name) if isinstance(properties, dict) else None
    return document


def _plain_path(template: Template) -> tuple[str, ...]:
    found = _PLAIN_PATH.match(template.source.strip())
    return tuple(found[1].split(".")[1:]) if found else ()
