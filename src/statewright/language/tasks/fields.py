"""Reads what YAML says of a task into its type's own `Fields`: the annotations of that record are the grammar.

The aliases of kernel/program.py (`Children`, `Child`, `Routes`, `Duration`) are known by their name; the rest by type.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Literal, Protocol, get_args, get_origin

import msgspec

from statewright.kernel.program import TaskType
from statewright.language.diagnostics.diagnostic import article
from statewright.language.marks import At
from statewright.language.templates.compiling import has_template
from statewright.language.templates.texts import parsed, tree
from statewright.language.yaml.reading import Reader

# Filled by the compiler from the graph, never written by an author.
DERIVED = frozenset({"order"})
# Stands for several keys of YAML: see components.py.
COMPONENT = "component"


class Compiler(Protocol):
    """What compiles the tasks inside a task, for the fields that hold some."""

    reader: Reader

    def children(self, at: At) -> tuple[str, ...]:
        """Returns the keys of a list of tasks."""

    def child(self, at: At) -> str:
        """Returns the key of the task that a collection repeats."""

    def routes(self, at: At) -> dict[str, str]:
        """Returns the keys of the routed tasks, by route."""


@cache
def fields_of(record: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """Returns a record's fields; looking them up each time would cost more than all the rest of a task."""
    return msgspec.structs.fields(record)


def yaml_keys(kind: TaskType) -> frozenset[str]:
    """Returns the keys that a task of this type may have beside those of every task."""
    return frozenset(field.name for field in fields_of(kind.Fields)) - DERIVED - {COMPONENT}


def read_fields(kind: TaskType, at: At, compiler: Compiler) -> dict[str, Any]:
    """Returns the arguments of the type's `Fields`; a missing or broken required one is left out."""
    values: dict[str, Any] = {}
    for field in fields_of(kind.Fields):
        if field.name in DERIVED or field.name == COMPONENT:
            continue
        if at.get(field.name) is None:
            if field.required:
                compiler.reader.missing(at, field.name, f"{article(kind.name)} task")
            continue
        annotation = kind.Fields.__annotations__[field.name]
        read = _NAMED.get(str(annotation)) or _typed(field.type)
        value = read(at, field.name, compiler)
        if value is not None:
            values[field.name] = value
    return values


Read = Callable[[At, str, Compiler], Any]


def _children(at: At, name: str, compiler: Compiler) -> Any:
    elements = compiler.reader.maps(at, name)
    if not elements:
        compiler.reader.problems.error("TASKS_EMPTY", f"{name!r} needs at least one task", at.get(name) or at)
        return None
    return compiler.children(at)


def _child(at: At, name: str, compiler: Compiler) -> Any:
    return None if compiler.reader.mapping(at, name) is None else compiler.child(at)


def _routes(at: At, name: str, compiler: Compiler) -> Any:
    routes = compiler.reader.mapping(at, name)
    if routes is not None and not routes.value:
        compiler.reader.problems.error("ROUTES_EMPTY", "a router needs at least one route", routes)
        return None
    return None if routes is None else compiler.routes(at)


def _template(at: At, name: str, compiler: Compiler) -> Any:
    entry = at.get(name)
    if entry is None or not compiler.reader.text(at, name):
        return None
    if not has_template(entry.value):
        hint = f'write it as a template: "{{{{ {entry.value} }}}}"'
        message = f"{name!r} without {{{{ }}}} is not available in this release"
        compiler.reader.problems.error("NOT_AVAILABLE", message, entry, hint=hint)
        return None
    return parsed(entry, compiler.reader)


def _tree(at: At, name: str, compiler: Compiler) -> Any:
    entry = at.get(name)
    return None if entry is None else tree(entry, compiler.reader)


# By the text of the annotation: these aliases are plain types to Python.
_NAMED: dict[str, Read] = {
    "Children": _children,
    "Child": _child,
    "Routes": _routes,
    "Duration": lambda at, name, compiler: compiler.reader.duration(at, name),
    "Template": _template,
    "Template | None": _template,
    "Tree": _tree,
}
_PLAIN: dict[Any, Read] = {
    int: lambda at, name, compiler: compiler.reader.integer(at, name),
    bool: lambda at, name, compiler: compiler.reader.boolean(at, name),
    str: lambda at, name, compiler: compiler.reader.text(at, name) or None,
}


def _typed(annotation: Any) -> Read:
    if get_origin(annotation) is Literal:
        return lambda at, name, compiler: compiler.reader.choice(at, name, get_args(annotation), "") or None
    return _PLAIN[annotation]
