"""Reads what YAML says of a task into its type's own `Fields`: the annotations of that record are the grammar.

The aliases of kernel/program.py (`Children`, `Child`, `Routes`, `Duration`) are known by their name; the rest by type.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Literal, Protocol, get_args, get_origin

import msgspec

from statewright.kernel.program import TaskType
from statewright.language.conditions.texts import parsed_condition
from statewright.language.diagnostics.diagnostic import article
from statewright.language.grammar.task import COMPONENT, DERIVED
from statewright.language.marks import At
from statewright.language.templates.texts import template, tree
from statewright.language.yaml.reading import Reader


class Compiler(Protocol):
    """What compiles the tasks inside a task, for the fields that hold some."""

    reader: Reader

    def children(self, at: At) -> tuple[str, ...]:
        """Returns the keys of a list of tasks."""

    def child(self, at: At, name: str) -> str:
        """Returns the key of the one task that stands under `name`."""

    def routes(self, at: At) -> dict[str, str]:
        """Returns the keys of the routed tasks, by route."""

    def target(self, at: At) -> str | None:
        """Returns the key of the task beside this one that a text names."""

    def workflow(self, at: At) -> str | None:
        """Returns the id of the workflow that a text names."""


@cache
def fields_of(record: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """Returns a record's fields; looking them up each time would cost more than all the rest of a task."""
    return msgspec.structs.fields(record)


@cache
def needed_of(record: type[msgspec.Struct]) -> frozenset[str]:
    """Returns the fields that a record cannot do without."""
    return frozenset(field.name for field in fields_of(record) if field.required)


@cache
def _plan(record: type[msgspec.Struct]) -> tuple[tuple[str, bool, Read], ...]:
    """Returns the fields that YAML may say: name, whether it must, and what reads it."""
    written = (field for field in fields_of(record) if field.name not in DERIVED and field.name != COMPONENT)
    return tuple((field.name, field.required, _reader(record, field)) for field in written)


def _reader(record: type[msgspec.Struct], field: msgspec.structs.FieldInfo) -> Read:
    annotation = str(record.__annotations__[field.name]).removesuffix(" | None")
    return _NAMED.get(annotation) or _typed(field.type)


def yaml_keys(kind: TaskType) -> frozenset[str]:
    """Returns the keys that a task of this type may have beside those of every task."""
    return frozenset(field.name for field in fields_of(kind.Fields)) - DERIVED - {COMPONENT}


def read_fields(kind: TaskType, at: At, compiler: Compiler) -> dict[str, Any]:
    """Returns the arguments of the type's `Fields`; a missing or broken required one is left out."""
    values: dict[str, Any] = {}
    for name, required, read in _plan(kind.Fields):
        if at.value.get(name) is None:
            if required:
                compiler.reader.missing(at, name, f"{article(kind.name)} task")
            continue
        value = read(at, name, compiler)
        if value is not None:
            values[name] = value
    return values


Read = Callable[[At, str, Compiler], Any]


def _children(at: At, name: str, compiler: Compiler) -> Any:
    elements = compiler.reader.maps(at, name)
    if not elements:
        compiler.reader.problems.error("TASKS_EMPTY", f"{name!r} needs at least one task", at.get(name) or at)
        return None
    return compiler.children(at)


def _child(at: At, name: str, compiler: Compiler) -> Any:
    return None if compiler.reader.mapping(at, name) is None else compiler.child(at, name)


def _routes(at: At, name: str, compiler: Compiler) -> Any:
    routes = compiler.reader.mapping(at, name)
    if routes is not None and not routes.value:
        compiler.reader.problems.error("ROUTES_EMPTY", "a router needs at least one route", routes)
        return None
    return None if routes is None else compiler.routes(at)


def _template(at: At, name: str, compiler: Compiler) -> Any:
    return _condition(at, name, compiler, decides=False)


def _predicate(at: At, name: str, compiler: Compiler) -> Any:
    return _condition(at, name, compiler, decides=True)


def _condition(at: At, name: str, compiler: Compiler, *, decides: bool) -> Any:
    entry = at.get(name)
    compiler.reader.text(at, name)
    if entry is None or not isinstance(entry.value, str):
        return None
    return parsed_condition(entry, compiler.reader, decides=decides)


def _tree(at: At, name: str, compiler: Compiler) -> Any:
    entry = at.get(name)
    return None if entry is None else tree(entry, compiler.reader)


def _words(at: At, name: str, compiler: Compiler) -> Any:
    entry = at.get(name)
    return template(entry, compiler.reader) if entry is not None and compiler.reader.text(at, name) else None


def _target(at: At, name: str, compiler: Compiler) -> Any:
    entry = at.get(name)
    return None if entry is None else compiler.target(entry)


def _workflow(at: At, name: str, compiler: Compiler) -> Any:
    entry = at.get(name)
    return compiler.workflow(entry) if entry is not None and compiler.reader.text(at, name) else None


def _signalled(at: At, name: str, compiler: Compiler) -> Any:
    signal = compiler.reader.mapping(at, name)
    if signal is None:
        return None
    if signal.get("id") is None:
        compiler.reader.missing(signal, "id", "a signal")
        return None
    payload = compiler.reader.mapping(signal, "payload")
    return _words(signal, "id", compiler), None if payload is None else tree(payload, compiler.reader)


# By the text of the annotation: these aliases are plain types to Python.
_NAMED: dict[str, Read] = {
    "Children": _children,
    "Child": _child,
    "Routes": _routes,
    "Duration": lambda at, name, compiler: compiler.reader.duration(at, name),
    "Template": _template,
    "Predicate": _predicate,
    "Tree": _tree,
    "Words": _words,
    "Target": _target,
    "WorkflowId": _workflow,
    "Signalled": _signalled,
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
